package catalog

import "time"

// QueuedRecording is a recording as whoever looks after the workers sees it.
type QueuedRecording struct {
	Recording    Recording
	WebinarTitle string
	ProgramTitle string
	Current      bool // doctors see it
	Rehearsal    bool // of a presenter's rehearsal: no doctor does
	Attempts     int  // since the upload or the last retry
	LeaseUntil   *time.Time
	Workers      []string // that have a piece of it now
	LastError    string   // of a worker, in the words of a program
}

// RecordingFilter says which recordings are wanted; what is empty does not matter.
type RecordingFilter struct {
	State   RecordingState
	Open    bool // only those that are not ready
	Stalled bool // only those of which nothing is heard, see Stalled
}

// How long nothing has to be heard of a recording until something is wrong.
const (
	UploadStalledAfter = 24 * time.Hour   // its sender has gone
	PickUpAfter        = 10 * time.Minute // no worker takes it
)

// Stalled tells why nothing goes on with a recording: "upload" (its sender has
// gone), "waiting" (no worker takes it), "lost" (its worker has gone and no other
// took over); empty when all is well or somebody has to decide.
func (q QueuedRecording) Stalled(now time.Time) string {
	since := now.Sub(q.Recording.UpdatedAt)
	switch q.Recording.State {
	case StateUploading:
		if since > UploadStalledAfter {
			return "upload"
		}
	case StateUploaded:
		if since > PickUpAfter {
			return "waiting"
		}
	case StateProcessing:
		if q.LeaseUntil != nil && now.Sub(*q.LeaseUntil) > PickUpAfter {
			return "lost"
		}
	case StateReady, StateFailed:
	}
	return ""
}

// RecordingBacklog is how much is under way of all recordings.
type RecordingBacklog struct {
	Uploading      int // their senders are not done
	Uploaded       int // no worker has begun
	Processing     int
	Unjudged       int           // of the last two: nobody knows yet whether the file can be used
	OldestUnjudged time.Duration // how long the first of them has waited
}
