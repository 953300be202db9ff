package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAgreement(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, " y \n": true, "y": true, "n\n": false, "\n": false, "": false, "yep\n": false} {
		if got, err := askYes(strings.NewReader(answer), io.Discard)(t.Context(), "?"); got != want || err != nil {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
	for answer, want := range map[string]bool{"staging\n": true, "staging": true, "y\n": false, "yes\n": false, "Staging\n": false, "": false} {
		if got, err := askName(strings.NewReader(answer), io.Discard, "staging")(t.Context(), "?"); got != want || err != nil {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
}

// TestQuestions: each takes one line of the same input.
func TestQuestions(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	agree := askYes(strings.NewReader("y\nn\ny\n"), &shown)
	for i, want := range []bool{true, false, true, false} {
		if got, err := agree(t.Context(), "go ahead?"); got != want || err != nil {
			t.Errorf("question %d: %v, %v", i, got, err)
		}
	}
	if !strings.HasPrefix(shown.String(), "go ahead? [y/N] ") {
		t.Errorf("asked %q", shown.String())
	}
}

func TestNobodyWaitsForAnAnswerAfterTheEnd(t *testing.T) {
	t.Parallel()
	in, never := io.Pipe()
	defer never.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if agreed, err := askYes(in, io.Discard)(ctx, "?"); agreed || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", agreed, err)
	}
}
