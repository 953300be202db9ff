package playbackdb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rounds/playback/evidence"
	"rounds/playback/playbackdb"
)

// memoryVault keeps heads as the real one does: the first of a day stays.
type memoryVault struct {
	days   []evidence.Day
	bodies map[evidence.Day][]byte
	after  func() error // what happens once a head is stored
}

func (v *memoryVault) Put(_ context.Context, day evidence.Day, body []byte) ([]byte, error) {
	if v.bodies == nil {
		v.bodies = map[evidence.Day][]byte{}
	}
	if _, found := v.bodies[day]; !found {
		v.bodies[day] = body
		v.days = append(v.days, day)
	}
	if v.after != nil {
		return nil, v.after()
	}
	return v.bodies[day], nil
}

func (v *memoryVault) heads() evidence.Heads {
	return func(yield func(evidence.StoredHead, error) bool) {
		for _, day := range v.days {
			if !yield(evidence.ReadHead(v.bodies[day])) {
				return
			}
		}
	}
}

// later has the heads written in the past, as they are when an export is made
// after them; these tests do not wait for midnight.
func later(heads evidence.Heads) evidence.Heads {
	return func(yield func(evidence.StoredHead, error) bool) {
		for h, err := range heads {
			h.WrittenAt = h.WrittenAt.AddDate(-1, 0, 0)
			if !yield(h, err) {
				return
			}
		}
	}
}

func tomorrow() time.Time {
	return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).Add(time.Hour)
}

func (b *bundle) writeHeads(t *testing.T, v *memoryVault, now time.Time, want int) {
	t.Helper()
	if n, err := b.WriteHeads(t.Context(), v, now); n != want || err != nil {
		t.Fatalf("%d heads written, want %d: %v", n, want, err)
	}
}

func TestHeadsOfEveryDay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var v memoryVault
	now := tomorrow()
	b.writeHeads(t, &v, now.AddDate(0, 0, -2), 1) // nothing is recorded yet
	b.writeHeads(t, &v, now.AddDate(0, 0, -2), 0)
	b.complete(t)
	b.writeHeads(t, &v, now.AddDate(0, 0, -1), 1) // not over yet: not in it
	if report := b.verified(t, later(v.heads())); report.Unheaded != 1 || report.Heads != 2 {
		t.Errorf("today: %+v", report)
	}
	b.writeHeads(t, &v, now.AddDate(0, 0, 3), 4) // as after three days without a worker
	if report := b.verified(t, later(v.heads())); report.Unheaded != 0 || report.Heads != 6 || report.LastHead != evidence.DayOf(now.AddDate(0, 0, 2)) {
		t.Errorf("at last: %+v", report)
	}
	if !slices.IsSorted(v.days) {
		t.Errorf("days %v", v.days)
	}
}

func TestHeadsWaitForTheLastMomentsOfADay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var v memoryVault
	midnight := tomorrow().Truncate(24 * time.Hour)
	b.writeHeads(t, &v, midnight.Add(9*time.Minute), 1)
	b.writeHeads(t, &v, midnight.Add(10*time.Minute), 1)
	if want := []evidence.Day{evidence.DayOf(midnight.AddDate(0, 0, -2)), evidence.DayOf(midnight.AddDate(0, 0, -1))}; !slices.Equal(v.days, want) {
		t.Errorf("days %v, want %v", v.days, want)
	}
}

// TestKilledBetweenVaultAndDatabase: the head is stored, the database does not
// know, and more is recorded before the next try.
func TestKilledBetweenVaultAndDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.complete(t)
	killed := errors.New("killed")
	v := memoryVault{after: func() error { return killed }}
	if _, err := b.WriteHeads(t.Context(), &v, tomorrow()); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	webinar, _, _ := b.newWebinar(t)
	s := b.startOf(t, b.doctor, webinar)
	b.age(t, "2 hours")
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 900)))
	v.after = nil
	b.writeHeads(t, &v, tomorrow(), 1)
	if report := b.verified(t, later(v.heads())); report.Heads != 1 || report.Records != 2 || report.Unheaded != 1 {
		t.Errorf("after the second try: %+v", report)
	}
	b.writeHeads(t, &v, tomorrow().AddDate(0, 0, 1), 1)
	if report := b.verified(t, later(v.heads())); report.Heads != 2 || report.Unheaded != 0 {
		t.Errorf("the day after: %+v", report)
	}
}

// TestAnOlderDatabaseDoesNotMatch: what a head vouches for is not there.
func TestAnOlderDatabaseDoesNotMatch(t *testing.T) {
	t.Parallel()
	b, other := setup(t), setup(t)
	b.complete(t)
	var v memoryVault
	b.writeHeads(t, &v, tomorrow(), 1)
	if _, err := other.WriteHeads(t.Context(), &v, tomorrow()); !errors.Is(err, playbackdb.ErrHeadMismatch) {
		t.Errorf("error %v", err)
	}
}
