package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

const origin = "rounds/production/origin"

// rotating is a deployment whose header is in some state of being replaced, and what
// the load balancer believes and CloudFront sends, as the stacks were made.
type rotating struct {
	*testBundle
	header    versions
	believed  []string
	sent      string
	failsAt   string // the stack that fails
	unordered bool   // once something was sent that was not believed
}

func newRotating(t *testing.T, header versions) *rotating {
	t.Helper()
	r := &rotating{testBundle: setup(t), header: header}
	r.aws.secrets = safe{put: func(string) {}, staged: map[string]versions{origin: header}}
	r.believed, r.sent = []string{header[stageCurrent], header.other()}, header[stageCurrent]
	r.apply = func(ctx context.Context, stack string) error {
		r.done = append(r.done, stack)
		if stack == r.failsAt {
			return errors.New("failed")
		}
		current, err := r.setting(ctx, "origin-current")
		if err != nil {
			return err
		}
		other, err := r.setting(ctx, "origin-other")
		if stack == "app" {
			r.believed = []string{current, other}
		} else {
			r.sent = current
		}
		r.unordered = r.unordered || !slices.Contains(r.believed, r.sent)
		return err
	}
	return r
}

// TestHeaderIsReplacedInOrder: whatever the state it was left in, CloudFront never
// sends what the load balancer does not believe, and in the end only the new one is.
func TestHeaderIsReplacedInOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		header versions
		want   string
	}{
		{"from the start", versions{stageCurrent: "old"}, "app edge app"},
		{"a value was made", versions{stageCurrent: "old", stageNext: "new"}, "app edge app"},
		{"it is believed", versions{stageCurrent: "old", stageNext: "new", stageLast: "old"}, "app edge app"},
		{"it is current", versions{stageCurrent: "new", stageNext: "new", stageLast: "old"}, "edge app"},
		{"it is to be sent", versions{stageCurrent: "new", stageLast: "old"}, "edge app"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRotating(t, c.header)
			if err := r.rotate(t.Context(), "origin"); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.done, " "); got != c.want || r.unordered {
				t.Errorf("made %s, want %s; in wrong order: %t", got, c.want, r.unordered)
			}
			if !maps.Equal(r.header, versions{stageCurrent: "new"}) || r.sent != "new" || !slices.Equal(r.believed, []string{"new", "new"}) {
				t.Errorf("versions %v, sent %s, believed %v", r.header, r.sent, r.believed)
			}
		})
	}
}

// TestHeaderThatCouldNotBeReplaced: a stack that fails leaves a state in which
// everything goes on, and from which it is replaced later.
func TestHeaderThatCouldNotBeReplaced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fails string
		order []string // of what somebody deploys in between
	}{{"app", []string{"edge", "app"}}, {"edge", []string{"edge", "app"}}, {"edge", []string{"app", "edge"}}} {
		fails := c.fails
		r := newRotating(t, versions{stageCurrent: "old"})
		r.failsAt = fails
		if err := r.rotate(t.Context(), "origin"); err == nil || r.unordered || r.sent != "old" || !slices.Contains(r.believed, "old") {
			t.Errorf("%s fails: %v; sent %s, believed %v", fails, err, r.sent, r.believed)
		}
		r.failsAt, r.done = "", nil
		for _, stack := range c.order {
			if err := r.apply(t.Context(), stack); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.rotate(t.Context(), "origin"); err != nil || r.unordered || r.sent != "new" {
			t.Errorf("%s failed, again: %v; sent %s, believed %v", fails, err, r.sent, r.believed)
		}
	}
}

func TestHeaderWithoutAValue(t *testing.T) {
	t.Parallel()
	r := newRotating(t, versions{})
	if _, err := r.setting(t.Context(), "origin-current"); err == nil || !strings.Contains(err.Error(), "rounds/production/origin has no value") {
		t.Error(err)
	}
}

// TestPasswordIsReplaced: first where processes read it, then at the server, by the
// machine that migrates, although this version's migration was done.
func TestPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	const secret = "rounds/production/database"
	for _, c := range []struct {
		name, says, wantError string
		agrees                bool
		wantRuns              int
	}{
		{name: "not agreed to", wantError: "stopped"},
		{name: "agreed to", agrees: true, says: "v2 done", wantRuns: 1},
		{name: "the machine fails", agrees: true, says: "v2 failed", wantRuns: 1, wantError: "run this again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			machine := &migrating{kept: b.kept, says: c.says}
			values := map[string]string{}
			b.aws.images, b.aws.machines = pushed{"v2": true, "v2-worker": true}, machine
			b.aws.secrets = safe{values: values, put: func(string) {
				if len(machine.ran) != 0 {
					t.Error("the server was told first")
				}
			}}
			b.kept["network/private-subnets"], b.kept["migrate/template"], b.kept["migrated"] = "subnet-a", "lt-1", "v2 done"
			if c.agrees {
				b.agree = always
			}
			err := b.rotate(t.Context(), "database")
			if c.wantError == "" && err != nil || c.wantError != "" && (err == nil || !strings.Contains(err.Error(), c.wantError)) {
				t.Errorf("got %v, want %q", err, c.wantError)
			}
			if len(machine.ran) != c.wantRuns || len(values) != c.wantRuns || c.agrees && len(values[secret]) < 40 {
				t.Errorf("%d machines, %d values", len(machine.ran), len(values))
			}
			if c.agrees && strings.Contains(b.out.String(), values[secret]) {
				t.Error("the password was told")
			}
		})
	}
}
