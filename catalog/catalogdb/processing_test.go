package catalogdb

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
)

var publication = catalog.Publication{
	DurationMS: 61_234,
	Renditions: []catalog.Rendition{
		{Name: "v240", Height: 240, Width: 426, FrameRate: 25, Bandwidth: 300_000, Codecs: "avc1.4d4015,mp4a.40.2"},
		{Name: "v720", Height: 720, Width: 1280, FrameRate: 25, Bandwidth: 2_000_000, Codecs: "avc1.4d401f,mp4a.40.2"},
	},
	Warnings:  []catalog.Warning{{Code: "no_audio", Message: "There is no sound."}},
	SealedKey: []byte("sealed"),
}

func (b *testBundle) begin(t *testing.T) catalog.Attempt {
	t.Helper()
	a, _, err := b.Begin(context.Background(), b.recording, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// expireLease is what time does to a worker that was killed.
func (b *testBundle) expireLease(t *testing.T) {
	t.Helper()
	b.exec(t, `update recordings set lease_expires_at = now() - interval '1 second' where id = $1`, b.recording)
}

func TestBeginIsExclusiveWhileTheLeaseLives(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	first := b.begin(t)
	if first.FencingToken != 1 || !catalog.ValidToken(first.Token) {
		t.Errorf("first attempt is %+v", first)
	}
	if _, _, err := b.Begin(ctx, b.recording, time.Minute); !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("second Begin under a live lease: %v, want ErrConflict", err)
	}
	if _, _, err := b.Begin(ctx, "rec_none", time.Minute); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("Begin of nothing: %v, want ErrNotFound", err)
	}
	b.expireLease(t)
	second, recording, err := b.Begin(ctx, b.recording, time.Minute)
	if err != nil || second.FencingToken != 2 || second.Token == first.Token {
		t.Errorf("Begin after the lease expired: %+v, %v", second, err)
	}
	if recording.State != catalog.StateProcessing || recording.WebinarID != b.webinar {
		t.Errorf("recording is %+v", recording)
	}
}

func TestBeginRacesWithItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, _, errs[i] = b.Begin(context.Background(), b.recording, time.Minute) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, catalog.ErrConflict):
			t.Errorf("loser got %v, want ErrConflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d attempts began, want 1", won)
	}
}

func TestOlderAttemptsAreFenced(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	older := b.begin(t)
	b.expireLease(t)
	newer := b.begin(t)
	acts := map[string]func(catalog.Attempt) error{
		"heartbeat": func(a catalog.Attempt) error {
			return b.Heartbeat(ctx, a, time.Minute, catalog.Progress{Fraction: 0.9})
		},
		"release": func(a catalog.Attempt) error { return b.Release(ctx, a) },
		"fail":    func(a catalog.Attempt) error { return b.Fail(ctx, a, catalog.Failure{Code: catalog.FailInternal}) },
		"publish": func(a catalog.Attempt) error { return b.Publish(ctx, a, publication) },
	}
	for name, act := range acts {
		if err := act(older); !errors.Is(err, catalog.ErrLeaseLost) {
			t.Errorf("%s by the older attempt: %v, want ErrLeaseLost", name, err)
		}
	}
	r := must(b.Recording(ctx, b.recording))(t)
	if r.State != catalog.StateProcessing || r.Progress != 0 || len(r.Renditions) != 0 {
		t.Errorf("the older attempt left a trace: %+v", r)
	}
	if err := b.Publish(ctx, newer, publication); err != nil {
		t.Errorf("publish by the newest attempt: %v", err)
	}
}

func TestHeartbeatStoresProgressThatNeverGoesBack(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a, eta := b.begin(t), 12.5
	stages := []catalog.Stage{{Name: "probe", State: "done", Progress: 1}}
	for _, p := range []catalog.Progress{{Fraction: 0.5, ETASeconds: &eta, Stages: stages}, {Fraction: 0.4, Stages: nil}} {
		if err := b.Heartbeat(ctx, a, time.Minute, p); err != nil {
			t.Fatal(err)
		}
	}
	r := must(b.Recording(ctx, b.recording))(t)
	if r.Progress != 0.5 || r.ETASeconds != nil || len(r.Stages) != 0 {
		t.Errorf("got progress %v, eta %v, stages %v", r.Progress, r.ETASeconds, r.Stages)
	}
}

func TestPublishFlipsThePointerWithTheContent(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a := b.begin(t)
	if err := b.Heartbeat(ctx, a, time.Minute, catalog.Progress{Stages: []catalog.Stage{{Name: "publish", State: "running"}}}); err != nil {
		t.Fatal(err)
	}
	told, finished := publication, time.Now().UTC()
	told.Stages = []catalog.Stage{{Name: "publish", State: "done", Progress: 1, FinishedAt: &finished}}
	if err := b.Publish(ctx, a, told); err != nil {
		t.Fatal(err)
	}
	r := must(b.Recording(ctx, b.recording))(t)
	if r.State != catalog.StateReady || r.Token != a.Token || r.DurationMS != publication.DurationMS || r.PublishedAt == nil {
		t.Errorf("recording is %+v", r)
	}
	if len(r.Stages) != 1 || r.Stages[0].State != "done" || r.Stages[0].FinishedAt == nil {
		t.Errorf("stages are %+v", r.Stages)
	}
	if len(r.Renditions) != 2 || r.Renditions[0].Height != 720 || len(r.Warnings) != 1 {
		t.Errorf("renditions %+v, warnings %+v", r.Renditions, r.Warnings)
	}
	if got := b.current(t); got != b.recording {
		t.Errorf("current recording is %q, want %q", got, b.recording)
	}
	if err := b.Publish(ctx, a, publication); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("second Publish: %v, want ErrLeaseLost", err)
	}
}

func TestPublishThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a, twice := b.begin(t), publication
	twice.Renditions = append(slices.Clone(publication.Renditions), publication.Renditions[0])
	if err := b.Publish(ctx, a, twice); err == nil {
		t.Fatal("two renditions of one name were accepted")
	}
	r := must(b.Recording(ctx, b.recording))(t)
	if r.State != catalog.StateProcessing || len(r.Renditions) != 0 || b.current(t) != "" {
		t.Errorf("a failed Publish left %+v, current %q", r, b.current(t))
	}
}

func TestPublishLeavesThePointerAlone(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, b *testBundle){
		"auto_publish is off": func(t *testing.T, b *testBundle) {
			t.Helper()
			b.exec(t, `update webinars set auto_publish = false where id = $1`, b.webinar)
		},
		"withdrawn while it was processed": func(t *testing.T, b *testBundle) {
			t.Helper()
			b.exec(t, `update recordings set withdrawn_at = now() where id = $1`, b.recording)
		},
		"a newer recording is current": func(t *testing.T, b *testBundle) {
			t.Helper()
			newer := b.newRecording(t)
			b.exec(t, `update recordings set created_at = now() + interval '1 second' where id = $1`, newer)
			b.exec(t, `update webinars set current_recording_id = $1 where id = $2`, newer, b.webinar)
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			a := b.begin(t)
			prepare(t, b)
			before := b.current(t)
			if err := b.Publish(context.Background(), a, publication); err != nil {
				t.Fatal(err)
			}
			r := must(b.Recording(context.Background(), b.recording))(t)
			if r.State != catalog.StateReady || r.PublishedAt != nil || b.current(t) != before {
				t.Errorf("state %s, published %v, current %q", r.State, r.PublishedAt, b.current(t))
			}
		})
	}
}

func TestReleaseLetsAnyoneBegin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Release(context.Background(), b.begin(t)); err != nil {
		t.Fatal(err)
	}
	if a := b.begin(t); a.FencingToken != 2 {
		t.Errorf("attempt after a release is %+v", a)
	}
}

func TestFailShowsThePresenterWhy(t *testing.T) {
	t.Parallel()
	b, want := setup(t), catalog.Failure{Code: catalog.FailNotMedia, Message: "This is not a video."}
	if err := b.Fail(context.Background(), b.begin(t), want); err != nil {
		t.Fatal(err)
	}
	r := must(b.Recording(context.Background(), b.recording))(t)
	if r.State != catalog.StateFailed || r.Failure == nil || *r.Failure != want {
		t.Errorf("recording is %+v, failure %+v", r, r.Failure)
	}
}

func TestAbandoned(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	if ids := must(b.Abandoned(ctx, time.Hour))(t); len(ids) != 0 {
		t.Errorf("a fresh upload is not abandoned: %v", ids)
	}
	if ids := must(b.Abandoned(ctx, -time.Second))(t); !slices.Equal(ids, []catalog.RecordingID{b.recording}) {
		t.Errorf("waiting too long: %v", ids)
	}
	b.begin(t)
	if ids := must(b.Abandoned(ctx, -time.Second))(t); len(ids) != 0 {
		t.Errorf("being worked on: %v", ids)
	}
	b.expireLease(t)
	if ids := must(b.Abandoned(ctx, time.Hour))(t); len(ids) != 1 {
		t.Errorf("lease expired: %v", ids)
	}
}

// current is the webinar's pointer.
func (b *testBundle) current(t *testing.T) (id catalog.RecordingID) {
	t.Helper()
	err := b.db.QueryRow(context.Background(),
		`select coalesce(current_recording_id, '') from webinars where id = $1`, b.webinar).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
