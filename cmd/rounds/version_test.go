package main

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
)

func TestVersionIsOneLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Run(t.Context(), []string{"--version"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	line := out.String()
	if !strings.HasPrefix(line, "rounds unreleased") || strings.Count(line, "\n") != 1 || !strings.Contains(line, runtime.Version()) {
		t.Errorf("--version prints %q", line)
	}
	told := buildInfo{Release: "v1.4.2", Revision: "0123abc", Time: "2026-11-23T12:00:00Z", Changed: true, Go: "go1.26"}.String()
	if want := "rounds v1.4.2, commit 0123abc, with changes, of 2026-11-23T12:00:00Z (go1.26)"; told != want {
		t.Errorf("%q, want %q", told, want)
	}
}
