package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// release is the name of what was released, such as v1.4.2; the build sets it
// with -ldflags "-X main.release=v1.4.2".
var release string

// released is the time of the commit, RFC 3339, where the build cannot read it from
// a checkout: -X main.released=….
var released string

// buildInfo says what this program was built of.
type buildInfo struct {
	Release  string // "unreleased" when it is none
	Revision string // commit; empty when it was built outside of a checkout
	Time     string // of the commit, RFC 3339; may be empty
	Changed  bool   // files differed from the commit
	Go       string
}

// readBuildInfo asks the program itself.
func readBuildInfo() buildInfo {
	built := buildInfo{Release: cmp.Or(release, "unreleased"), Time: released}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return built
	}
	built.Go = info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			built.Revision = s.Value
		case "vcs.time":
			built.Time = s.Value
		case "vcs.modified":
			built.Changed = s.Value == "true"
		}
	}
	return built
}

// at is Time, or zero.
func (b buildInfo) at() time.Time {
	at, _ := time.Parse(time.RFC3339, b.Time) // zero when there is none
	return at
}

// String is the one line of `rounds --version`.
func (b buildInfo) String() string {
	parts := []string{"rounds " + b.Release}
	if b.Revision != "" {
		parts = append(parts, "commit "+b.Revision)
	}
	if b.Changed {
		parts = append(parts, "with changes")
	}
	if b.Time != "" {
		parts = append(parts, "of "+b.Time)
	}
	return fmt.Sprintf("%s (%s)", strings.Join(parts, ", "), b.Go)
}
