package care_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/deploy/care"
)

// TestOneThatHangsKeepsNobodyWaiting: its line is red, the others come, weekly
// ones only when they are asked for.
func TestOneThatHangsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	checks := []care.Check{
		{Name: "log_rotation", Look: func(context.Context) care.Finding { return care.Fine("weekly") }},
		{Name: "database", Look: func(context.Context) care.Finding { <-release; return care.Fine("late") }},
		{Name: "disk", Look: func(context.Context) care.Finding { return care.Fine("room") }},
		{Name: "cpu", Look: func(context.Context) care.Finding { return care.NotKnown("not here") }},
		{Name: "memory", Look: func(context.Context) care.Finding { panic("a mistake") }},
	}
	r := care.Run(t.Context(), care.Daily, "host", checks, 20*time.Millisecond)
	names := make([]string, 0, len(r.Lines))
	for _, l := range r.Lines {
		names = append(names, l.Check+" "+string(l.Light))
	}
	if want := []string{"disk green", "cpu unknown", "memory amber", "database red"}; !slices.Equal(names, want) || r.Light != care.Red {
		t.Errorf("%v %v", names, r.Light)
	}
	if !slices.Equal(r.Reds(), []string{"database"}) {
		t.Errorf("reds: %v", r.Reds())
	}
	if weekly := care.Run(t.Context(), care.Weekly, "host", checks[:1], time.Minute); len(weekly.Lines) != 1 || weekly.Light != care.Green {
		t.Errorf("%+v", weekly)
	}
}

// TestWordsNotColoursTell: a report on paper says the same as one on a screen.
func TestWordsNotColoursTell(t *testing.T) {
	t.Parallel()
	r := care.Run(t.Context(), care.Daily, "host", []care.Check{
		{Name: "disk", Look: func(context.Context) care.Finding { return care.Not(care.Red, "Remove things.", "Full.") }},
		{Name: "cpu", Look: func(context.Context) care.Finding { return care.Fine("Idle.") }},
	}, time.Minute)
	var plain, coloured strings.Builder
	if err := r.Print(&plain, false); err != nil {
		t.Fatal(err)
	}
	if err := r.Print(&coloured, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"RED      disk", "→ Remove things. (deploy/runbooks/RoundsDiskFilling.md)", "green    cpu", "1 green, 0 amber, 1 red, 0 unknown"} {
		if !strings.Contains(plain.String(), want) {
			t.Errorf("%q is missing in\n%s", want, plain.String())
		}
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[1;31mRED") {
		t.Errorf("%q", coloured.String())
	}
}

func TestTheMachineTells(t *testing.T) {
	t.Parallel()
	disk, err := care.LookAtDisk(t.TempDir())
	if err != nil || disk.Free <= 0 || disk.Free > 1 || disk.Bytes <= 0 {
		t.Errorf("%+v %v", disk, err)
	}
	if _, err := care.LookAtDisk("/not/there"); err == nil {
		t.Error("a folder that is missing has room")
	}
	if load, cores, err := care.LookAtLoad(); err != nil || load < 0 || cores < 1 {
		t.Errorf("%v %v %v", load, cores, err)
	}
	if available, total, err := care.LookAtMemory(); err != nil || available <= 0 || available > total {
		t.Errorf("%v %v %v", available, total, err)
	}
	if largest, err := care.LookAtLogs("."); err != nil || largest.Bytes <= 0 {
		t.Errorf("%+v %v", largest, err)
	}
}
