package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// ChunkNumber counts the pieces that a recording is encoded in, from 0.
type ChunkNumber int

// SoundChunk is the piece that holds the sound of the whole recording.
const SoundChunk ChunkNumber = -1

// ChunkTries is how often a piece is begun before it fails for good. A worker
// that was killed counts, one that handed the piece back does not.
const ChunkTries = 3

// Layout is how the encoding of a recording is divided into pieces.
type Layout struct {
	Fingerprint string          // equal exactly when pieces that were encoded for another attempt can be used
	Plan        json.RawMessage // opaque here; handed to each encoder
	Owner       string          // owners take turns
	Length      time.Duration   // of the recording
	SourceBytes int64
	Pictures    []time.Duration // lengths of the pieces of picture, in order; the sound is one more
}

// ChunkClaim is the right to encode one piece: a lease that must be renewed,
// and a fencing number that grows with each claim of the piece. Every write
// carries it; an older one gets ErrLeaseLost.
type ChunkClaim struct {
	RecordingID RecordingID
	Number      ChunkNumber
	Fence       int64
	Token       string // belongs to this claim alone, see PartsPrefix
	Try         int    // from 1
	Plan        json.RawMessage
	SourceID    RecordingID // see Recording
	SourceBytes int64
	Length      time.Duration // of media
}

// Source is the recording under whose UploadKey the file lies.
func (c ChunkClaim) Source() RecordingID { return cmp.Or(c.SourceID, c.RecordingID) }

// ChunkProgress is how far the encoding of a piece is.
type ChunkProgress struct {
	Done  time.Duration // of media
	Speed float64       // media seconds a second; 0 while unknown
}

// Part is one file of an encoded piece.
type Part struct {
	Name   string `json:"name"` // below the claim's PartsPrefix
	Size   int64  `json:"size"`
	SHA256 []byte `json:"sha256"`
}

// ChunkResult is what the encoding of a piece gave.
type ChunkResult struct {
	Parts      []Part
	Speed      float64         // media seconds a second, over all of it
	Complaints int             // how often the decoder could not read what it was given
	Decoded    int             // pictures that came out of the decoder
	Heard      json.RawMessage // of the sound: what was measured; opaque here
}

// ChunkState is where a piece stands.
type ChunkState string

// The states of a piece.
const (
	ChunkWaiting ChunkState = "waiting"
	ChunkRunning ChunkState = "running" // a worker holds a live lease
	ChunkDone    ChunkState = "done"
	ChunkFailed  ChunkState = "failed" // after ChunkTries
)

// ChunkStatus is a piece as whoever waits for it sees it.
type ChunkStatus struct {
	Number ChunkNumber
	State  ChunkState
	Length time.Duration
	ChunkProgress
	Token      string // of the claim that finished it
	Parts      []Part // of a finished one; nil when they were not asked for
	Complaints int
	Decoded    int
	Heard      json.RawMessage
	LastError  string
}

// ChunkQueue is how busy all workers together are.
type ChunkQueue struct {
	Waiting int // pieces that a worker could take
	Sounds  int // of these, the sound of a recording
	Running int
	Oldest  time.Duration // how long the recording that waits longest for its first free worker has waited
}

// String names the piece for logs and errors.
func (c ChunkClaim) String() string {
	if c.Number == SoundChunk {
		return fmt.Sprintf("sound of %s", c.RecordingID)
	}
	return fmt.Sprintf("chunk %d of %s", c.Number, c.RecordingID)
}
