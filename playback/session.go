package playback

import (
	"time"

	"rounds/catalog"
)

// StartRequest asks for a playback session.
type StartRequest struct {
	AccountID catalog.AccountID
	WebinarID catalog.WebinarID
	LoginID   string // of the login session; empty for an API token
	Device    string // in words, e.g. "Chrome on Windows"
	// Access is the secret that stands for the login when media is fetched
	// without cookies; empty for delivery by cookies.
	Access  string
	Devices Devices // how many the account may use
}

// Media is where a session's recording lies and how long it is.
type Media struct {
	RecordingID catalog.RecordingID
	Token       string // see catalog.MediaPrefix
	DurationMS  int64
}

// Started is a playback session that was just opened.
type Started struct {
	SessionID catalog.PlaybackSessionID
	Code      ViewerCode // for the mark over the picture
	Media     Media
	Resume    ResumeAt
	From      *ResumeFrom // nil: play starts over, or goes on where this very login left
	Watched   Ranges      // in any way, on the recording's timeline
	// Previous is what the same login played before, when that was another
	// recording: its cookies are to be taken away.
	Previous *Media
}

// BeatRequest is a beat and who sends it.
type BeatRequest struct {
	SessionID catalog.PlaybackSessionID
	AccountID catalog.AccountID
	Beat      Beat
}

// BeatResult is what became of a beat that is stored.
type BeatResult struct {
	Media      Media
	AcceptedMS int64
	RefusedMS  int64
	Resume     ResumeAt
	Percent    float64 // watched in any way
	Completed  bool
}

// Errors with which a session ends. The seconds that such a beat claims are
// still credited as far as the session's clock went.
var (
	ErrTakenOver = &catalog.ConflictError{
		Code:    "session_taken_over",
		Message: "You have started to play on another device or in another tab. Press play to continue here.",
	}
	ErrWithdrawn = &catalog.ConflictError{
		Code:    "recording_withdrawn",
		Message: "This recording has been withdrawn for now. What you have watched of it is kept.",
	}
	ErrAccessEnded = &catalog.ConflictError{
		Code:    "access_ended",
		Message: "Your access to this program was ended. What you have watched is kept. If this is a mistake, please ask the program's office.",
	}
)

// Delivery is what a session's access token opens.
type Delivery struct {
	SessionID catalog.PlaybackSessionID
	AccountID catalog.AccountID
	Media     Media
	ExpiresAt time.Time
}

// DeliveryLife is how long query delivery lasts for a recording: a token frozen
// into a loaded playlist must outlive pauses, and no more.
func DeliveryLife(durationMS int64) time.Duration {
	return time.Duration(durationMS)*time.Millisecond*3/2 + 30*time.Minute
}

// WebinarProgress is where an enrolled doctor stands with one webinar.
type WebinarProgress struct {
	WebinarID    catalog.WebinarID
	CourseID     catalog.CourseID
	Title        string
	Playable     bool  // there is a recording that may be played now
	Locked       bool  // its course waits for others to be completed, and play is refused until they are
	Hidden       bool  // it is not open yet, and not shown to doctors
	DurationMS   int64 // of the recording that counts; 0 without one
	Coverage     Coverage
	Resume       ResumeAt
	PlayedAt     *time.Time // when the position was last moved; nil: never begun
	Case         Case       // what the requirements were judged by
	Requirements []Requirement
	Completion   *Completion // when and under which rule it was completed first
	RefusedMS    int64       // claimed beyond the clock, over all sessions
}

// Completed tells whether all requirements are met.
func (p WebinarProgress) Completed() bool { return Completed(p.Requirements) }

// ProgramProgress is where an enrolled doctor stands with a program.
type ProgramProgress struct {
	ProgramID catalog.ProgramID
	Webinars  []WebinarProgress // in the order of courses and webinars
}

// Next is the webinar to go on with: of those that can be played, wait for no other
// course and are not completed the one that was played last, else the first. Nil
// when none is left.
func (p ProgramProgress) Next() *WebinarProgress {
	var next *WebinarProgress
	for i := range p.Webinars {
		w := &p.Webinars[i]
		if !w.Playable || w.Locked || w.Completed() {
			continue
		}
		if next == nil || w.PlayedAt != nil && (next.PlayedAt == nil || w.PlayedAt.After(*next.PlayedAt)) {
			next = w
		}
	}
	return next
}

// Requirements of a program: all its webinars completed.
func (p ProgramProgress) Requirements() []Requirement {
	r := Requirement{Kind: KindWebinars, State: Unmet, Need: float64(len(p.Webinars))}
	for _, w := range p.Webinars {
		if w.Completed() {
			r.Have++
		}
	}
	if r.Have == r.Need && r.Need > 0 {
		r.State = Met
	}
	r.Explanation = explainWebinars(int(r.Have), len(p.Webinars))
	return []Requirement{r}
}
