package player

import (
	"context"
	"net/http"
	"time"
)

// Presenting is what a presenter sees and does; administrators may too, for every webinar.
type Presenting interface {
	// PresentedWebinars lists the webinars the reader presents, newest first.
	PresentedWebinars(ctx context.Context) ([]PresentedWebinar, error)
	// PresentedWebinar is one of them, or any for an administrator.
	PresentedWebinar(ctx context.Context, id string) (PresentedWebinar, error)
	// PublishRecording makes a ready recording the webinar's current one.
	PublishRecording(ctx context.Context, id string) error
	// WithdrawRecording stops its play at once; reason is kept.
	WithdrawRecording(ctx context.Context, id, reason string) error
	// RetryRecording processes a failed recording again.
	RetryRecording(ctx context.Context, id string) error
}

// PresentedWebinar is a webinar with its recordings, for those who make it.
type PresentedWebinar struct {
	ID, Title    string
	ProgramTitle string
	CourseTitle  string
	Presenters   []string
	StartsAt     *time.Time
	EndsAt       *time.Time
	Recordings   []Recording // newest first

	OpenQuestions int // of doctors, that have no answer
}

// Recording is one uploaded file and what became of it.
type Recording struct {
	ID, Filename string
	Fingerprint  string // of the file, as its sender's browser knows it again
	SizeBytes    int64
	State        string // uploading, uploaded, processing, ready, failed
	Progress     float64
	ETAS         float64 // seconds; 0 when unknown
	PartsDone    int     // of Parts, while it is converted part by part
	Parts        int     // 0 before and afterwards
	Failure      string  // what happened and what to do
	Retry        bool    // trying again may help
	Warnings     []string
	DurationS    float64
	Current      bool // doctors see this one
	Private      bool // of a rehearsal: doctors see none
	Withdrawn    bool
	CreatedAt    time.Time
}

// Publishable tells whether doctors could see this one instead.
func (r Recording) Publishable() bool { return r.State == "ready" && !r.Current && !r.Withdrawn }

// Restorable tells whether a withdrawal can be taken back.
func (r Recording) Restorable() bool { return r.State == "ready" && r.Withdrawn }

// presenterSection is the link of the head that presenters' pages belong to.
const presenterSection = "presenter"

// presenterView is the content of the presenter's list.
type presenterView struct {
	Webinars  []PresentedWebinar
	Zone      string
	Rehearsal Rehearsal // her own; without an id: none
	Ended     bool      // just now
}

// presenter lists the presenter's webinars.
func (s *site) presenter(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	webinars, err := s.Backend.PresentedWebinars(r.Context())
	if err != nil {
		return err
	}
	own, err := s.rehearsal(r)
	if err != nil {
		return err
	}
	view := presenterView{webinars, v.TimeZone, own, r.URL.Query().Get("saved") == "rehearsal"}
	return s.show(w, r, page{Name: "presenter", Title: "presenter.title", Section: presenterSection, Script: formScript, Content: view})
}

// publishRecording, withdrawRecording and retryRecording are the buttons beside a recording.
func (s *site) publishRecording(w http.ResponseWriter, r *http.Request) error {
	return backTo(w, r, s.Backend.PublishRecording(r.Context(), r.PathValue("id")))
}

func (s *site) withdrawRecording(w http.ResponseWriter, r *http.Request) error {
	return backTo(w, r, s.Backend.WithdrawRecording(r.Context(), r.PathValue("id"), r.PostFormValue("reason")))
}

func (s *site) retryRecording(w http.ResponseWriter, r *http.Request) error {
	return backTo(w, r, s.Backend.RetryRecording(r.Context(), r.PathValue("id")))
}

// backTo returns to the list the button was on.
func backTo(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	next := safeNext(r.PostFormValue("next"))
	if next == "" {
		next = "/presenter"
	}
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // G710: safeNext lets paths of this site through only
	return nil
}
