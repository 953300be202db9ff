package transcode

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"rounds/catalog"
)

// chunkFormat changes when pieces of this release cannot be joined with those
// of an older one.
const chunkFormat = 2

// fetchesAtOnce bounds the pieces of one recording that are fetched at the same time.
const fetchesAtOnce = 4

// ErrSpoiltPart says that a stored part is not what its encoder put there.
var ErrSpoiltPart = errors.New("stored part is not what was put there")

// chunkFailedError says in words for a presenter which piece of her recording
// could not be encoded.
type chunkFailedError struct {
	words string
	last  string // what its last try ended with
}

func (e *chunkFailedError) Error() string { return "a piece failed for good: " + e.last }

// layout divides a plan for encoders anywhere.
func (w *work) layout(ctx context.Context, plan Plan) (catalog.Layout, error) {
	encoded, err := json.Marshal(plan)
	if err != nil {
		return catalog.Layout{}, fmt.Errorf("write plan: %w", err)
	}
	l := catalog.Layout{
		Plan: encoded, Length: lengthOf(plan, plan.Frames), SourceBytes: w.recording.SizeBytes,
		Owner: cmp.Or(string(w.recording.CreatedBy), string(w.recording.WebinarID)), // machines upload for many
	}
	for _, c := range plan.Chunks() {
		l.Pictures = append(l.Pictures, lengthOf(plan, c.Frames))
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", chunkFormat, len(l.Pictures), encoded))
	l.Fingerprint = hex.EncodeToString(sum[:])
	if carried := w.trace().Carry(ctx); carried != "" {
		if l.Plan, err = json.Marshal(order{Plan: plan, Trace: carried}); err != nil {
			return catalog.Layout{}, fmt.Errorf("write plan: %w", err)
		}
	}
	return l, nil
}

// order is a plan as encoders anywhere get it: with the span of the attempt
// that wants its pieces, which the queue cannot tell them, since any free worker
// takes any piece. The span is no part of the plan's fingerprint.
type order struct {
	Plan
	Trace string `json:",omitempty"`
}

func lengthOf(plan Plan, frames int) time.Duration {
	return time.Duration(float64(frames) / plan.Rate.Float() * float64(time.Second))
}

// encode lays the recording out, waits until workers anywhere have encoded all
// pieces, and fetches what they made.
func (w *work) encode(ctx context.Context, plan Plan) (JoinJob, Loudness, EncodeProgress, error) {
	w.track.await(stageEncode)
	l, err := w.layout(ctx, plan)
	if err != nil {
		return JoinJob{}, Loudness{}, EncodeProgress{}, err
	}
	if err := w.Layouts.LayOut(ctx, w.attempt, l); err != nil {
		return JoinJob{}, Loudness{}, EncodeProgress{}, err
	}
	if w.Hint != nil {
		w.Hint(ctx, len(l.Pictures), 1)
	}
	g := &gathering{work: w, plan: plan, total: len(l.Pictures) + 1, state: map[catalog.ChunkNumber]fetchState{}, results: make(chan fetched), early: early{made: make(chan struct{}, 1)}}
	list, err := g.all(ctx)
	if err != nil {
		return JoinJob{}, Loudness{}, EncodeProgress{}, fmt.Errorf("encode: %w", err)
	}
	heard, health, err := healthOf(list)
	return g.job(), heard, health, err
}

// healthOf sums up what the encoders of all pieces came across.
func healthOf(list []catalog.ChunkStatus) (heard Loudness, health EncodeProgress, err error) {
	for _, c := range list {
		if c.Number != catalog.SoundChunk {
			health.Complaints += c.Complaints
			health.Decoded += c.Decoded
			continue
		}
		if err := json.Unmarshal(c.Heard, &heard); err != nil {
			return heard, health, fmt.Errorf("read what the sound's encoder heard: %w", err)
		}
	}
	return heard, health, nil
}

// gathering waits for the pieces of a recording and fetches them as they are
// finished.
type gathering struct {
	*work
	plan    Plan
	total   int // pieces, the sound included
	state   map[catalog.ChunkNumber]fetchState
	running int // fetches
	results chan fetched
	early   early
}

type fetchState int

const (
	fetchNone fetchState = iota
	fetchRunning
	fetchDone
)

// fetched is how a fetch ended.
type fetched struct {
	chunk catalog.ChunkStatus
	err   error
}

// all returns the pieces' last state when every one is here. It leaves no fetch
// running.
func (g *gathering) all(ctx context.Context) ([]catalog.ChunkStatus, error) {
	var list []catalog.ChunkStatus // as last seen
	fetching, stop := context.WithCancel(ctx)
	var fetches sync.WaitGroup
	defer fetches.Wait()
	defer stop()
	again := time.NewTicker(g.poll())
	defer again.Stop()
	for {
		seen, err := g.look(ctx)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			list = seen
		}
		for _, c := range seen {
			if c.State == catalog.ChunkDone && g.state[c.Number] == fetchNone && g.running < fetchesAtOnce {
				g.state[c.Number] = fetchRunning
				g.running++
				fetches.Go(func() { g.fetch(fetching, c) })
			}
		}
		if len(g.have()) == g.total {
			return list, nil
		}
		g.showEarly(fetching, &fetches)
		if err := g.wait(ctx, again.C); err != nil {
			return nil, err
		}
	}
}

// look asks for the pieces' state and tells it on. It returns none when the
// database does not answer: whether the attempt can go on is the lease's to say.
func (g *gathering) look(ctx context.Context) ([]catalog.ChunkStatus, error) {
	list, err := g.Layouts.Chunks(g.trace().Aside(ctx), g.attempt, g.have())
	switch {
	case errors.Is(err, catalog.ErrLeaseLost):
		return nil, err
	case err != nil:
		g.logger().WarnContext(ctx, "pieces not looked at, trying again", "recording", g.attempt.RecordingID, "error", err)
		return nil, nil
	}
	for _, c := range list {
		if c.State == catalog.ChunkFailed {
			return nil, &chunkFailedError{words: g.words(c.Number), last: c.LastError}
		}
	}
	g.track.encoding(outlookOf(list))
	return list, nil
}

// wait returns when it is time to look again: at a tick, and when a piece has come.
func (g *gathering) wait(ctx context.Context, tick <-chan time.Time) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-tick:
		return nil
	case <-g.early.made:
		g.early.making = false
		return nil
	case f := <-g.results:
		g.running--
		return g.settle(ctx, f)
	}
}

// settle takes note of how a fetch ended. Parts that are gone or spoilt are
// made again.
func (g *gathering) settle(ctx context.Context, f fetched) error {
	number := f.chunk.Number
	g.state[number] = fetchNone
	switch {
	case f.err == nil:
		g.state[number] = fetchDone
		return nil
	case errors.Is(f.err, catalog.ErrNotFound), errors.Is(f.err, ErrSpoiltPart):
		g.logger().WarnContext(ctx, "piece is encoded again", "recording", g.attempt.RecordingID, "number", number, "error", f.err)
		if err := g.Layouts.RedoChunk(ctx, g.attempt, number, f.chunk.Token, f.err.Error()); err != nil {
			return err
		}
		if g.Hint != nil {
			if number == catalog.SoundChunk {
				g.Hint(ctx, 0, 1)
			} else {
				g.Hint(ctx, 1, 0)
			}
		}
		return nil
	}
	return fmt.Errorf("fetch part: %w", f.err)
}

// fetch gets the files of a piece and tells how that went, unless ctx ends.
func (g *gathering) fetch(ctx context.Context, c catalog.ChunkStatus) {
	f := fetched{chunk: c, err: g.fetchParts(ctx, c)}
	select {
	case g.results <- f:
	case <-ctx.Done():
	}
}

func (g *gathering) fetchParts(ctx context.Context, c catalog.ChunkStatus) error {
	dir, prefix := g.folder(c.Number), catalog.PartsPrefix(g.attempt.RecordingID, c.Token)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, part := range c.Parts {
		if part.Name != filepath.Base(part.Name) {
			return fmt.Errorf("%w: named %q", ErrSpoiltPart, part.Name)
		}
		if err := g.Parts.FetchPart(ctx, prefix, part, filepath.Join(dir, part.Name)); err != nil {
			return err
		}
	}
	return nil
}

// have are the pieces that are here.
func (g *gathering) have() (numbers []catalog.ChunkNumber) {
	for number, state := range g.state {
		if state == fetchDone {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// folder is where a piece's files lie.
func (w *work) folder(number catalog.ChunkNumber) string {
	return filepath.Join(w.parts(), fmt.Sprintf("%05d", number+1))
}

// job describes what is here for the joiner.
func (g *gathering) job() JoinJob {
	job := JoinJob{Sound: g.folder(catalog.SoundChunk), Dir: g.out(), Plan: g.plan}
	for number := range g.total - 1 {
		job.Chunks = append(job.Chunks, g.folder(catalog.ChunkNumber(number)))
	}
	return job
}

// words tell a presenter which piece it was.
func (g *gathering) words(number catalog.ChunkNumber) string {
	what := "The sound of this recording"
	if chunks := g.plan.Chunks(); number != catalog.SoundChunk && int(number) < len(chunks) {
		c := chunks[number]
		what = fmt.Sprintf("The part of this recording from %s to %s", clock(lengthOf(g.plan, c.From)), clock(lengthOf(g.plan, c.From+c.Frames)))
	}
	return what + " could not be converted, although it was tried several times. Please choose “try again” in a while, and tell support if it happens twice; another export of the recording may help, too."
}

// clock writes a time in a recording as players do: 1:02:03.
func clock(at time.Duration) string {
	s := int(at.Round(time.Second).Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
