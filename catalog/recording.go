package catalog

import "time"

// RecordingState is where a recording stands. The values are part of the API.
type RecordingState string

// The states of a recording.
const (
	StateUploading  RecordingState = "uploading"  // parts are being sent to S3
	StateUploaded   RecordingState = "uploaded"   // complete in S3, waiting for a worker
	StateProcessing RecordingState = "processing" // a worker holds the lease
	StateReady      RecordingState = "ready"      // verified; playable once published
	StateFailed     RecordingState = "failed"     // Error says why
)

// Final tells whether no worker will touch a recording in this state by itself.
func (s RecordingState) Final() bool { return s == StateReady || s == StateFailed }

// Recording is one uploaded media file and everything made from it. It is
// immutable once published; a replacement is a new recording.
type Recording struct {
	ID          RecordingID
	WebinarID   WebinarID
	Filename    string
	SizeBytes   int64
	ContentType string
	Fingerprint string      // chosen by the client; the same again continues the upload
	Checksum    string      // "" or "sha256": whether every part carries one
	SourceID    RecordingID // whose uploaded file this one is made from as well; empty: its own
	Cut         Cut         // what of that file is shown
	State       RecordingState
	Progress    float64 // 0–1 over all stages
	ETASeconds  *float64
	Stages      []Stage
	Warnings    []Warning
	Failure     *Failure
	Renditions  []Rendition
	DurationMS  int64  // Σ EXTINF of the top rendition; 0 until ready
	Token       string // path element of the live prefix; empty until ready
	CreatedBy   AccountID
	CreatedAt   time.Time
	UpdatedAt   time.Time
	PublishedAt *time.Time // when it became the webinar's current recording
	WithdrawnAt *time.Time // keys are refused from then on
}

// Stage is one step of processing as shown to a presenter.
type Stage struct {
	Name       string     `json:"name"`     // "upload", "probe", "encode", "package", "verify", "publish"
	State      string     `json:"state"`    // "waiting", "running", "done", "failed"
	Progress   float64    `json:"progress"` // 0–1
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	// Chunks counts the pieces that a stage is divided into.
	Chunks *StageChunks `json:"chunks,omitempty" doc:"Pieces that this stage is divided into, each done by any worker; only where it is divided."`
}

// StageChunks is how many pieces of a stage are done.
type StageChunks struct {
	Done  int `json:"done" minimum:"0"`
	Total int `json:"total" minimum:"1"`
}

// Failure is why a recording cannot be used, in words for its presenter.
type Failure struct {
	Code    FailureCode `json:"code"`
	Message string      `json:"message"` // what happened and what to do about it
}

// Final tells whether the same file would fail again, so that only another
// one helps.
func (f Failure) Final() bool { return f.Code != FailInternal }

// FailureCode is stable and part of the API.
type FailureCode string

// Why a recording failed. All but FailInternal are final: retrying the same
// file gives the same answer.
const (
	FailNotMedia        FailureCode = "not_media"
	FailNoVideo         FailureCode = "no_video"
	FailNothing         FailureCode = "no_audio_and_no_video"
	FailUnsupported     FailureCode = "unsupported_codec"
	FailTooLong         FailureCode = "too_long"
	FailTooLarge        FailureCode = "too_large"
	FailTooShort        FailureCode = "too_short"
	FailTruncated       FailureCode = "truncated"
	FailDamaged         FailureCode = "damaged"
	FailTooManyStreams  FailureCode = "too_many_streams"
	FailEncrypted       FailureCode = "encrypted"
	FailUnsafeReference FailureCode = "unsafe_reference"
	FailEmpty           FailureCode = "empty"
	FailInternal        FailureCode = "internal" // our fault after bounded tries; retry may help
)

// Warning is something a presenter should know about a recording that was
// accepted, e.g. code "no_audio".
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"` // the Text of a Sentence
	Args    []any  `json:"-"`       // what is filled in there
}

// Sentence is what is said to the reader.
func (w Warning) Sentence() Sentence { return Sentence{w.Message, w.Args} }

// Rendition is one rung of the ladder of a recording.
type Rendition struct {
	Name             string  `json:"name"`   // folder below the media prefix, e.g. "v720"
	Height           int     `json:"height"` // 0, as Width and FrameRate, for the sound alone
	Width            int     `json:"width"`
	FrameRate        float64 `json:"frame_rate"`
	Bandwidth        int64   `json:"bandwidth"`         // peak segment bit rate, bit/s (RFC 8216 section 4.3.4.2)
	AverageBandwidth int64   `json:"average_bandwidth"` // bit/s
	Codecs           string  `json:"codecs"`            // RFC 6381
	SizeBytes        int64   `json:"size_bytes"`
}

// Attempt is the right to process a recording: a lease that must be renewed
// and a fencing token that grows with every attempt. Every write of the
// attempt carries it; an older one gets ErrLeaseLost.
type Attempt struct {
	RecordingID  RecordingID
	FencingToken int64
	Token        string // path element this attempt writes under, see MediaPrefix
	Number       int    // from 1 since the upload or the last retry; attempts handed back by Release do not count
}

// Publication is what a successful attempt hands over to be made live.
type Publication struct {
	DurationMS int64
	Renditions []Rendition
	Warnings   []Warning
	Stages     []Stage // all done, with their times
	Stills     Stills
	SealedKey  []byte // the AES-128 key, sealed by a Sealer with the attempt's Token as additional data
}
