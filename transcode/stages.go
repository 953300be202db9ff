package transcode

import (
	"slices"
	"sync"
	"time"

	"rounds/catalog"
)

// The stages a presenter sees, in order, with their share of the whole.
var stageShares = []struct {
	name  string
	share float64
}{
	{stageUpload, 0.02}, {stageProbe, 0.05}, {stageEncode, 0.80}, {stagePackage, 0.09}, {stageVerify, 0.03}, {stagePublish, 0.01},
}

// Names of the stages; part of the API.
const (
	stageUpload  = "upload"
	stageProbe   = "probe"
	stageEncode  = "encode"
	stagePackage = "package"
	stageVerify  = "verify"
	stagePublish = "publish"
)

// States of a stage; part of the API.
const (
	stageWaiting = "waiting"
	stageRunning = "running"
	stageDone    = "done"
)

// tracker keeps the stages of an attempt. It is safe for concurrent use: the
// work advances it while the heartbeat reads it. Progress never goes back.
type tracker struct {
	now  func() time.Time
	news chan struct{} // has one element while there is something that nobody has been told of

	mu     sync.Mutex
	stages []catalog.Stage
	eta    *float64
}

func newTracker(now func() time.Time, uploaded time.Time) *tracker {
	t := &tracker{now: now, news: make(chan struct{}, 1)}
	for _, s := range stageShares {
		t.stages = append(t.stages, catalog.Stage{Name: s.name, State: stageWaiting})
	}
	t.stages[0] = catalog.Stage{Name: stageUpload, State: stageDone, Progress: 1, FinishedAt: &uploaded}
	return t
}

// begin finishes the stages before name and starts it, which is news.
func (t *tracker) begin(name string) { t.reach(name, stageRunning) }

// await finishes the stages before name, which waits for its turn. That is news.
func (t *tracker) await(name string) { t.reach(name, stageWaiting) }

func (t *tracker) reach(name, state string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tell()
	now := t.now()
	for i := range t.stages {
		s := &t.stages[i]
		if s.Name == name {
			s.State = state
			if state == stageRunning {
				s.StartedAt = &now
			}
			return
		}
		if s.State != stageDone {
			s.State, s.Progress, s.FinishedAt = stageDone, 1, &now
		}
	}
}

// tell makes what has changed known soon.
func (t *tracker) tell() {
	select {
	case t.news <- struct{}{}:
	default: // not yet told of the change before
	}
}

// advance moves the running stage forward to fraction; smaller values change nothing.
func (t *tracker) advance(fraction float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.stages {
		if s := &t.stages[i]; s.State == stageRunning {
			s.Progress = max(s.Progress, min(1, fraction))
		}
	}
}

// expect sets the seconds until the end, nil when unknown.
func (t *tracker) expect(seconds *float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.eta = seconds
}

// finished is all stages as they are told when the recording is ready: the one
// still running is done by then.
func (t *tracker) finished() []catalog.Stage {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, stages := t.now(), slices.Clone(t.stages)
	for i := range stages {
		if s := &stages[i]; s.State != stageDone {
			s.State, s.Progress, s.FinishedAt = stageDone, 1, &now
		}
	}
	return stages
}

// snapshot is the progress so far.
func (t *tracker) snapshot() catalog.Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := catalog.Progress{ETASeconds: t.eta, Stages: slices.Clone(t.stages)}
	for i, s := range stageShares {
		p.Fraction += s.share * t.stages[i].Progress
	}
	p.Fraction = min(1, p.Fraction)
	return p
}

// encoding tells how far the pieces of the encode are. Its stage runs as soon as
// somebody is at one of them.
func (t *tracker) encoding(o outlook) {
	t.count(stageEncode, catalog.StageChunks{Done: o.done, Total: o.total})
	t.expect(o.eta)
	if o.begun && !t.runs(stageEncode) {
		t.begin(stageEncode)
	}
	t.advance(o.fraction)
}

// count tells how many pieces of a stage are done. A further one is news.
func (t *tracker) count(name string, c catalog.StageChunks) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.stages {
		if s := &t.stages[i]; s.Name == name && (s.Chunks == nil || *s.Chunks != c) {
			s.Chunks = &c
			t.tell()
		}
	}
}

// runs tells whether a stage has begun.
func (t *tracker) runs(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.stages, func(s catalog.Stage) bool { return s.Name == name && s.State != stageWaiting })
}

// outlook is how far an encode in pieces is, over all workers.
type outlook struct {
	begun       bool // somebody is, or was, at a piece
	done, total int  // pieces
	fraction    float64
	eta         *float64 // seconds until the recording is ready; nil while unknown
}

// soundWeight is how long a second of sound takes to encode for each second of
// picture.
const soundWeight = 0.03

// outlookOf looks at all pieces of a recording. The estimate is that the
// workers that are at its picture go on at the speed they have, sharing what
// waits; it is unknown while nobody is.
func outlookOf(list []catalog.ChunkStatus) outlook {
	o := outlook{total: len(list)}
	var all, done float64 // seconds of work, by weight
	for _, c := range list {
		weight := 1.0
		if c.Number == catalog.SoundChunk {
			weight = soundWeight
		}
		all += weight * c.Length.Seconds()
		done += weight * c.Done.Seconds()
		o.begun = o.begun || c.State == catalog.ChunkRunning || c.State == catalog.ChunkDone
		if c.State == catalog.ChunkDone {
			o.done++
		}
	}
	o.fraction = done / max(all, 1e-9)
	o.eta = etaOf(list)
	return o
}

// afterEncode is how long packaging and storing take for each second of
// encoding, as measured on small machines; it keeps the estimate from being
// optimistic near the end.
const afterEncode = 0.06

// etaOf estimates the seconds to the end from the measured speeds of those who
// work on the pieces now.
func etaOf(list []catalog.ChunkStatus) *float64 {
	var length, left, longest, speeds, known float64
	running := 0.0 // media seconds a second, of all at the picture now
	for _, c := range list {
		remaining := max(0, (c.Length - c.Done).Seconds())
		if c.State == catalog.ChunkRunning && c.Speed > 0 {
			longest = max(longest, remaining/c.Speed)
		}
		if c.Number == catalog.SoundChunk {
			continue
		}
		length += c.Length.Seconds()
		left += remaining
		if c.Speed > 0 && c.State != catalog.ChunkWaiting {
			speeds, known = speeds+c.Speed, known+1
		}
		if c.State == catalog.ChunkRunning {
			running += c.Speed
		}
	}
	if known == 0 || left > 0 && running == 0 {
		return nil
	}
	if left > 0 {
		longest = max(longest, left/running)
	}
	eta := longest + afterEncode*length*known/speeds
	return &eta
}
