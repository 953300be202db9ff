package catalogdb

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
)

// layout is a layout of that many pieces of picture and the sound.
func layout(owner string, length time.Duration, pieces int) catalog.Layout {
	l := catalog.Layout{Fingerprint: "first", Plan: json.RawMessage(`{"Preset": "fast"}`), Owner: owner, Length: length, SourceBytes: 1000}
	for range pieces {
		l.Pictures = append(l.Pictures, length/time.Duration(pieces))
	}
	return l
}

// laidOut begins an attempt at the bundle's recording and divides it into two
// pieces of picture and the sound.
func (b *testBundle) laidOut(t *testing.T) catalog.Attempt {
	t.Helper()
	a := b.begin(t)
	if err := b.LayOut(context.Background(), a, layout("acc_a", 2*time.Minute, 2)); err != nil {
		t.Fatal(err)
	}
	return a
}

// claim takes a piece as a worker with room for both kinds does.
func (b *testBundle) claim(t *testing.T, worker string) catalog.ChunkClaim {
	t.Helper()
	c, err := b.ClaimSound(context.Background(), worker, time.Minute)
	if errors.Is(err, catalog.ErrNotFound) {
		c, err = b.ClaimChunk(context.Background(), worker, time.Minute)
	}
	return must(c, err)(t)
}

// loseWorker is what time does to a worker that was killed.
func (b *testBundle) loseWorker(t *testing.T, c catalog.ChunkClaim) {
	t.Helper()
	b.exec(t, `update chunks set lease_expires_at = now() - interval '1 second' where recording_id = $1 and number = $2`, c.RecordingID, c.Number)
}

// states are the states of the pieces, the sound first.
func (b *testBundle) states(t *testing.T, a catalog.Attempt) (states []catalog.ChunkState) {
	t.Helper()
	for _, c := range must(b.Chunks(context.Background(), a, nil))(t) {
		states = append(states, c.State)
	}
	return states
}

func TestChunkTravels(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a := b.laidOut(t)
	sound, first := b.claim(t, "w1"), b.claim(t, "w2")
	if sound.Number != catalog.SoundChunk || sound.Length != 2*time.Minute || first.Number != 0 || first.Length != time.Minute ||
		first.Try != 1 || first.SourceBytes != 1000 || string(first.Plan) != `{"Preset": "fast"}` || !catalog.ValidToken(first.Token) || first.Token == sound.Token {
		t.Fatalf("claims %+v and %+v", sound, first)
	}
	if err := b.RenewChunk(ctx, first, time.Minute, catalog.ChunkProgress{Done: 30 * time.Second, Speed: 2}); err != nil {
		t.Fatal(err)
	}
	parts := []catalog.Part{{Name: "v360.mp4", Size: 7, SHA256: []byte{1, 2}}}
	for range 2 { // the answer to the first may be lost
		if err := b.CompleteChunk(ctx, sound, catalog.ChunkResult{Parts: parts, Speed: 9, Complaints: 3, Decoded: 50, Heard: json.RawMessage(`{"LUFS": -16}`)}); err != nil {
			t.Fatal(err)
		}
	}
	list := must(b.Chunks(ctx, a, nil))(t)
	if len(list) != 3 || list[0].State != catalog.ChunkDone || list[0].Token != sound.Token || list[0].Complaints != 3 || list[0].Decoded != 50 || string(list[0].Heard) != `{"LUFS": -16}` ||
		len(list[0].Parts) != 1 || list[0].Parts[0].Size != 7 || list[1].Done != 30*time.Second || list[1].Speed != 2 || list[2].State != catalog.ChunkWaiting {
		t.Errorf("chunks %+v", list)
	}
	if list := must(b.Chunks(ctx, a, []catalog.ChunkNumber{catalog.SoundChunk}))(t); list[0].Parts != nil {
		t.Errorf("parts that nobody asked for: %+v", list[0])
	}
	queue := must(b.ChunkQueue(ctx))(t)
	if queue.Waiting != 1 || queue.Running != 1 || queue.Oldest != 0 {
		t.Errorf("queue %+v", queue)
	}
}

// TestSoundIsTakenAside: who looks for sounds gets nothing else, and who looks
// for anything gets pictures first.
func TestSoundIsTakenAside(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.laidOut(t)
	if q := must(b.ChunkQueue(ctx))(t); q.Waiting != 3 || q.Sounds != 1 {
		t.Errorf("queue %+v", q)
	}
	for _, want := range []catalog.ChunkNumber{0, 1, catalog.SoundChunk} {
		if c := must(b.ClaimChunk(ctx, "w1", time.Minute))(t); c.Number != want {
			t.Errorf("claim %v, want piece %d", c, want)
		}
	}
	if c, err := b.ClaimSound(ctx, "w1", time.Minute); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("claim %v, %v of no sound", c, err)
	}
	b.exec(t, `update chunks set lease_expires_at = now() - interval '1 second'`)
	if c := must(b.ClaimSound(ctx, "w2", time.Minute))(t); c.Number != catalog.SoundChunk {
		t.Errorf("claim %v, want the sound", c)
	}
	if q := must(b.ChunkQueue(ctx))(t); q.Waiting != 2 || q.Sounds != 0 || q.Running != 1 {
		t.Errorf("queue %+v", q)
	}
}

// TestChunkTries: a piece whose worker dies or fails is given to others, three
// times in all; one that is handed back does not count.
func TestChunkTries(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a := b.laidOut(t)
	if err := b.ReleaseChunk(ctx, b.claim(t, "w1")); err != nil {
		t.Fatal(err)
	}
	dead := b.claim(t, "w1")
	b.loseWorker(t, dead)
	if got := b.states(t, a); got[0] != catalog.ChunkWaiting {
		t.Errorf("a piece whose worker died is %s", got[0])
	}
	second := b.claim(t, "w2")
	if second.Number != catalog.SoundChunk || second.Try != 2 || second.Fence <= dead.Fence || second.Token == dead.Token {
		t.Fatalf("second claim %+v after %+v", second, dead)
	}
	if err := b.FailChunk(ctx, second, "disk full", time.Hour); err != nil {
		t.Fatal(err)
	}
	if c := b.claim(t, "w2"); c.Number != 0 {
		t.Errorf("a worker that has just failed gets the same piece: %+v", c)
	}
	third := b.claim(t, "w3")
	if third.Number != catalog.SoundChunk || third.Try != catalog.ChunkTries {
		t.Fatalf("third claim %+v", third)
	}
	b.loseWorker(t, third)
	list := must(b.Chunks(ctx, a, nil))(t)
	if list[0].State != catalog.ChunkFailed || list[0].LastError == "" {
		t.Errorf("after the last try: %+v", list[0])
	}
	if c := b.claim(t, "w3"); c.Number != 1 {
		t.Errorf("a failed piece is given out again: %+v", c)
	}
	if c, err := b.ClaimChunk(ctx, "w4", time.Minute); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("claim of nothing: %+v, %v", c, err)
	}
}

// TestFailingWorkerSpreadsItsTries: a worker that fails at everything goes from
// piece to piece, so that others have the time to come to each of them.
func TestFailingWorkerSpreadsItsTries(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.laidOut(t)
	var tried []catalog.ChunkNumber
	for range 3 {
		c := must(b.ClaimChunk(ctx, "full", time.Minute))(t)
		if err := b.FailChunk(ctx, c, "disk full", 0); err != nil {
			t.Fatal(err)
		}
		tried = append(tried, c.Number)
	}
	if want := []catalog.ChunkNumber{0, 1, catalog.SoundChunk}; !slices.Equal(tried, want) {
		t.Errorf("tried %v, want %v", tried, want)
	}
}

func TestOlderClaimsAreFenced(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a := b.laidOut(t)
	older := b.claim(t, "w1")
	b.loseWorker(t, older)
	newer := b.claim(t, "w2")
	acts := map[string]func(catalog.ChunkClaim) error{
		"renew": func(c catalog.ChunkClaim) error { return b.RenewChunk(ctx, c, time.Minute, catalog.ChunkProgress{}) },
		"complete": func(c catalog.ChunkClaim) error {
			return b.CompleteChunk(ctx, c, catalog.ChunkResult{})
		},
		"release": func(c catalog.ChunkClaim) error { return b.ReleaseChunk(ctx, c) },
		"fail":    func(c catalog.ChunkClaim) error { return b.FailChunk(ctx, c, "no", 0) },
	}
	for name, act := range acts {
		if err := act(older); !errors.Is(err, catalog.ErrLeaseLost) {
			t.Errorf("%s by the older claim: %v, want ErrLeaseLost", name, err)
		}
	}
	if err := b.CompleteChunk(ctx, newer, catalog.ChunkResult{}); err != nil {
		t.Errorf("complete by the newest claim: %v", err)
	}
	if err := b.CompleteChunk(ctx, older, catalog.ChunkResult{}); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("complete by the older claim: %v", err)
	}
	if err := b.Publish(ctx, a, publication); err != nil {
		t.Fatal(err)
	}
	if err := b.CompleteChunk(ctx, newer, catalog.ChunkResult{}); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("complete after the recording was published: %v", err)
	}
}

// TestLayoutIsUsedAgain: the next attempt finds what the one before has left,
// as long as the plan is the same.
func TestLayoutIsUsedAgain(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	first := b.laidOut(t)
	if err := b.CompleteChunk(ctx, b.claim(t, "w1"), catalog.ChunkResult{}); err != nil {
		t.Fatal(err)
	}
	b.expireLease(t)
	second := b.begin(t)
	if err := b.LayOut(ctx, first, layout("acc_a", time.Hour, 3)); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("layout of the older attempt: %v", err)
	}
	again := layout("acc_a", 2*time.Minute, 2)
	if err := b.LayOut(ctx, second, again); err != nil {
		t.Fatal(err)
	}
	if got := b.states(t, second); !slices.Equal(got, []catalog.ChunkState{catalog.ChunkDone, catalog.ChunkWaiting, catalog.ChunkWaiting}) {
		t.Errorf("after the same layout: %v", got)
	}
	again.Fingerprint = "second"
	if err := b.LayOut(ctx, second, again); err != nil {
		t.Fatal(err)
	}
	if got := b.states(t, second); !slices.Equal(got, []catalog.ChunkState{catalog.ChunkWaiting, catalog.ChunkWaiting, catalog.ChunkWaiting}) {
		t.Errorf("after another layout: %v", got)
	}
	if _, err := b.Chunks(ctx, first, nil); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("chunks of the older attempt: %v", err)
	}
	if err := b.Fail(ctx, second, catalog.Failure{Code: catalog.FailInternal}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ClaimChunk(ctx, "w1", time.Minute); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("claim of a piece of a failed recording: %v", err)
	}
}

// TestRedoChunk: parts that cannot be used are made again, as often as a piece
// is tried at all.
func TestRedoChunk(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a := b.laidOut(t)
	for try := range catalog.ChunkTries {
		c := b.claim(t, "w1")
		if err := b.CompleteChunk(ctx, c, catalog.ChunkResult{}); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{catalog.NewToken(), c.Token, c.Token} {
			if err := b.RedoChunk(ctx, a, c.Number, token, "a part is missing"); err != nil {
				t.Fatal(err)
			}
		}
		want := catalog.ChunkWaiting
		if try == catalog.ChunkTries-1 {
			want = catalog.ChunkFailed
		}
		if got := b.states(t, a); got[0] != want {
			t.Errorf("after %d tries: %s, want %s", try+1, got[0], want)
		}
	}
}

// TestChunkTurns: who is served next by one free worker.
func TestChunkTurns(t *testing.T) {
	t.Parallel()
	type recording struct {
		owner   string
		minutes int
		waited  int // minutes since it was laid out
		running int // pieces
	}
	tests := map[string]struct {
		recordings []recording
		want       int // index, −1: nobody
	}{
		"nobody waits":                               {nil, -1},
		"the shortest first":                         {[]recording{{"a", 360, 0, 0}, {"b", 10, 0, 0}}, 1},
		"the one that waited its own length":         {[]recording{{"a", 60, 61, 0}, {"b", 10, 0, 0}}, 0},
		"not behind the chunks of six hours":         {[]recording{{"a", 360, 30, 1}, {"b", 10, 0, 0}}, 1},
		"nor behind those of the same presenter":     {[]recording{{"a", 360, 30, 1}, {"a", 10, 0, 0}}, 1},
		"the presenter who has nothing running":      {[]recording{{"a", 10, 0, 1}, {"b", 50, 0, 0}}, 1},
		"the presenter who has less running":         {[]recording{{"a", 10, 0, 2}, {"b", 50, 0, 1}}, 1},
		"what another recording of hers has counts":  {[]recording{{"a", 10, 0, 0}, {"a", 60, 0, 1}, {"b", 20, 0, 0}}, 2},
		"a presenter alone may use all there is":     {[]recording{{"a", 60, 0, 2}}, 0},
		"of two alike the one that was there before": {[]recording{{"a", 10, 1, 0}, {"b", 10, 2, 0}}, 1},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, ids := setup(t), []catalog.RecordingID{}
			for _, r := range c.recordings {
				b.recording = b.newRecording(t)
				ids = append(ids, b.recording)
				if err := b.LayOut(context.Background(), b.begin(t), layout(r.owner, time.Duration(r.minutes)*time.Minute, 4)); err != nil {
					t.Fatal(err)
				}
				b.exec(t, `update layouts set laid_out_at = now() - $2::interval where recording_id = $1`, b.recording, time.Duration(r.waited)*time.Minute)
				b.exec(t, `update chunks set state = 'running', fence = 1, attempts = 1, lease_expires_at = now() + interval '1 hour'
					where recording_id = $1 and number < $2 - 1`, b.recording, r.running)
			}
			claim, err := b.ClaimChunk(context.Background(), "w1", time.Minute)
			if err != nil && !errors.Is(err, catalog.ErrNotFound) {
				t.Fatal(err)
			}
			if got := slices.Index(ids, claim.RecordingID); got != c.want {
				t.Errorf("recording %d is served, want %d", got, c.want)
			}
		})
	}
}

// TestClaimsRace: many workers at once get each piece exactly once.
func TestClaimsRace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.LayOut(context.Background(), b.begin(t), layout("acc_a", time.Hour, 19)); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var workers sync.WaitGroup
	taken := map[catalog.ChunkNumber]int{}
	for range 8 {
		workers.Go(func() {
			for {
				c, err := b.ClaimChunk(context.Background(), "w", time.Minute)
				if errors.Is(err, catalog.ErrNotFound) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				taken[c.Number]++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if len(taken) != 20 {
		t.Errorf("%d pieces were taken: %v", len(taken), taken)
	}
	for number, times := range taken {
		if times != 1 {
			t.Errorf("piece %d was taken %d times", number, times)
		}
	}
}

// TestUnusedParts: parts are needed while a piece refers to them.
func TestUnusedParts(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a := b.laidOut(t)
	done, running := b.claim(t, "w1"), b.claim(t, "w2")
	if err := b.CompleteChunk(ctx, done, catalog.ChunkResult{}); err != nil {
		t.Fatal(err)
	}
	lost := catalog.PartsFolder{RecordingID: b.recording, Token: catalog.NewToken()}
	folders := []catalog.PartsFolder{{RecordingID: b.recording, Token: done.Token}, lost, {RecordingID: b.recording, Token: running.Token}}
	if unused := must(b.UnusedParts(ctx, folders))(t); !slices.Equal(unused, []catalog.PartsFolder{lost}) {
		t.Errorf("unused: %v", unused)
	}
	if err := b.Publish(ctx, a, publication); err != nil {
		t.Fatal(err)
	}
	if unused := must(b.UnusedParts(ctx, folders))(t); len(unused) != 3 {
		t.Errorf("unused after publishing: %v", unused)
	}
}

// TestDeletedWebinar: nobody works for a webinar that is gone.
func TestDeletedWebinar(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	a := b.laidOut(t)
	b.exec(t, `update webinars set deleted_at = now() where id = $1`, b.webinar)
	if _, err := b.ClaimChunk(ctx, "w1", time.Minute); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("claim: %v", err)
	}
	if _, err := b.Chunks(ctx, a, nil); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("chunks: %v", err)
	}
	b.expireLease(t)
	if ids := must(b.Abandoned(ctx, time.Hour))(t); len(ids) != 0 {
		t.Errorf("abandoned: %v", ids)
	}
	if q := must(b.ChunkQueue(ctx))(t); q != (catalog.ChunkQueue{}) {
		t.Errorf("queue %+v", q)
	}
}
