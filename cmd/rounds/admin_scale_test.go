package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/deploy/scale"
)

// fakeGroup has every step as a change until it was applied.
type fakeGroup struct{ applied int }

func (g *fakeGroup) Changes(_ context.Context, _ time.Time, steps []scale.Step) ([]scale.Change, error) {
	var changes []scale.Change
	for _, s := range steps[1+g.applied:] {
		changes = append(changes, scale.Change{Name: "event", At: s.At, Least: s.Least})
	}
	return changes, nil
}

func (g *fakeGroup) Apply(_ context.Context, changes []scale.Change) error {
	g.applied += len(changes)
	return nil
}

func TestScaleShowsBeforeItChanges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	crowds := []catalog.Crowd{{Webinar: "w", Title: "Heart failure", StartsAt: now.Add(2 * time.Hour), EndsAt: now.Add(3 * time.Hour), Doctors: 104_000}}
	c := scaleCommand{Group: "api", Each: 6500, Least: 3, Most: 10, Share: .5, Before: 45 * time.Minute, After: 30 * time.Minute, Days: 7}
	group := &fakeGroup{}
	run := func() string {
		var out, log bytes.Buffer
		if err := c.schedule(t.Context(), &out, slog.New(slog.NewTextHandler(&log, nil)), now, crowds, group); err != nil {
			t.Fatal(err)
		}
		return out.String() + log.String()
	}
	shown := run()
	for _, want := range []string{"104000 enrolled  Heart failure", "2026-11-23 13:15Z   52000 expected  at least 10 machines", "would put", "needed=12", "looked at the coming events", "applied=false"} {
		if !strings.Contains(shown, want) {
			t.Errorf("lacks %q:\n%s", want, shown)
		}
	}
	if group.applied != 0 {
		t.Error("it was changed without being told to")
	}
	c.Apply = true
	if shown := run(); group.applied != 2 || strings.Contains(shown, "would") {
		t.Errorf("%d applied:\n%s", group.applied, shown)
	}
	if shown := run(); group.applied != 2 || !strings.Contains(shown, "what is scheduled is right") {
		t.Errorf("%d applied:\n%s", group.applied, shown)
	}
}

// TestScaleGoesByWhatIsExpected: what was said of a webinar counts, whoever is enrolled.
func TestScaleGoesByWhatIsExpected(t *testing.T) {
	t.Parallel()
	c := scaleCommand{Each: 100, Least: 1, Most: 50, Share: .5}
	for _, x := range []struct{ enrolled, expected, want int }{{1000, 0, 500}, {1000, 200, 200}, {0, 3000, 3000}, {1000, 4000, 4000}} {
		if got := c.events([]catalog.Crowd{{Doctors: x.enrolled, Expected: x.expected}}); len(got) != 1 || got[0].Doctors != x.want {
			t.Errorf("%+v: %+v", x, got)
		}
	}
	var out bytes.Buffer
	showSteps(&out, []catalog.Crowd{{Title: "Heart failure", Doctors: 12, Expected: 3000}}, nil)
	if !strings.Contains(out.String(), "    12 enrolled, 3000 expected  Heart failure") {
		t.Errorf("shown %q", out.String())
	}
}

func TestScaleSettings(t *testing.T) {
	t.Parallel()
	good := scaleCommand{Group: "api", Each: 1, Least: 1, Most: 1, Days: 1, Apply: true}
	for name, spoil := range map[string]func(*scaleCommand){
		"ROUNDS_SCALE_DOCTORS_EACH": func(c *scaleCommand) { c.Each = 0 },
		"ROUNDS_SCALE_MOST":         func(c *scaleCommand) { c.Most = 0 },
		"ROUNDS_SCALE_SHARE":        func(c *scaleCommand) { c.Share = 1.1 },
		"ROUNDS_SCALE_BEFORE":       func(c *scaleCommand) { c.Before = -1 },
		"ROUNDS_SCALE_DAYS":         func(c *scaleCommand) { c.Days = 31 },
		"ROUNDS_SCALE_GROUP":        func(c *scaleCommand) { c.Group = "" },
	} {
		c := good
		spoil(&c)
		if _, err := c.rules(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := good.rules(); err != nil {
		t.Error(err)
	}
}
