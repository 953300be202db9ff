package playbackdb

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/figures"
	"rounds/playback"
)

func newAudiences(life time.Duration) (*audiences, *time.Time) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	a := (&Store{}).Remembering(life).audiences
	a.now = func() time.Time { return now }
	return a, &now
}

// TestAnAudienceIsCountedOnce for all who ask at once, and again when it is old.
func TestAnAudienceIsCountedOnce(t *testing.T) {
	t.Parallel()
	a, now := newAudiences(time.Minute)
	counted, began, release := 0, make(chan struct{}), make(chan struct{})
	count := func() (playback.Audience, error) {
		counted++ // racing, were it counted twice
		began <- struct{}{}
		<-release
		return playback.Audience{Started: counted, Countries: []figures.Row{{Name: "EG"}}}, t.Context().Err()
	}
	var asked sync.WaitGroup
	get := func(want int) {
		defer asked.Done()
		got, err := a.get(t.Context(), "rec_1", count)
		if err != nil || got.Started != want || len(got.Countries) != 1 || got.Countries[0].Name != "EG" {
			t.Errorf("%+v, %v, want %d", got, err, want)
			return
		}
		got.Countries[0].Name = "changed" // by who got it, in her own copy
	}
	asked.Add(9)
	go get(1)
	<-began
	for range 8 {
		go get(1)
	}
	release <- struct{}{}
	asked.Wait()
	*now = now.Add(time.Minute - 1)
	asked.Add(1)
	get(1)
	*now = now.Add(1)
	asked.Add(1)
	go get(2)
	<-began
	release <- struct{}{}
	asked.Wait()
	if len(a.known) != 1 {
		t.Errorf("%d are kept", len(a.known))
	}
}

// TestACountThatFailsIsNotKept: the next one counts for herself, and who goes away
// waits no longer.
func TestACountThatFailsIsNotKept(t *testing.T) {
	t.Parallel()
	a, _ := newAudiences(time.Minute)
	began, release := make(chan struct{}), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		_, err := a.get(t.Context(), "rec_1", func() (playback.Audience, error) {
			close(began)
			<-release
			return playback.Audience{}, catalog.ErrNotReady
		})
		failed <- err
	}()
	<-began
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := a.get(gone, "rec_1", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who went away: %v", err)
	}
	close(release)
	if err := <-failed; !errors.Is(err, catalog.ErrNotReady) {
		t.Error(err)
	}
	got, err := a.get(t.Context(), "rec_1", func() (playback.Audience, error) { return playback.Audience{Started: 7}, nil })
	if err != nil || got.Started != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}
