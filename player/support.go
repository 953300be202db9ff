package player

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Supporting is what supporters (and administrators) see and do. Each act needs
// a reason.
type Supporting interface {
	// FindDoctors finds people by words of a name, an address or a number.
	FindDoctors(ctx context.Context, words string) ([]HelpedDoctor, error)
	// HelpedDoctor is one of them with what happened to her, the newest first.
	HelpedDoctor(ctx context.Context, id string) (HelpedDoctor, []Happening, error)
	// MailCode sends a fresh code and returns where it went.
	MailCode(ctx context.Context, id, reason string) (email string, err error)
	// ReadOutCode makes a code to be read out; it can be read now and never again.
	ReadOutCode(ctx context.Context, id, reason string) (PhoneCode, error)
	// CorrectDoctor changes name or address; what is empty stays.
	CorrectDoctor(ctx context.Context, id, name, email, reason string) error
	LinkEmail(ctx context.Context, id, email, reason string) error
	UnlinkEmail(ctx context.Context, id, email, reason string) error
	// PreviewMerge tells what would become of the account and the one that has the address.
	PreviewMerge(ctx context.Context, id, email string) (MergePreview, error)
	// MergeDoctors does it, for ever; a *Refusal when the preview is not true any more.
	MergeDoctors(ctx context.Context, id, sourceID, digest, reason string) error
}

// HelpedDoctor is a person as support sees her.
type HelpedDoctor struct {
	ID, Name, Email   string
	TimeZone, Country string
	CouncilNumber     string
	Device            string // of the last sign-in
	SignedInAt        *time.Time
	Further           []FurtherEmail
	Bounces           []string
	Programs          []HelpedProgram
	Disabled, Erased  bool
	MergedInto        string // id; not empty: it is part of that account now
	MayBeHelped       bool
}

// FurtherEmail is an address beside the account's own.
type FurtherEmail struct {
	Email   string
	SignsIn bool
}

// HelpedProgram is a program she takes part in.
type HelpedProgram struct {
	ID, Title string
	Ended     bool
	EndReason string
}

// Happening is something that happened to her.
type Happening struct {
	Sentence, Hers, Yours string // the time on her clock and on the reader's
	Trouble               bool
}

// PhoneCode is to be read out.
type PhoneCode struct {
	Code, Email string
	ExpiresAt   time.Time
}

// MergePreview is what would become of two accounts.
type MergePreview struct {
	Source, Target HelpedDoctor
	Programs       []MergeProgram
	Overlap        time.Duration // for which both played at the same time
	Digest         string
}

// MergeProgram is one program of either.
type MergeProgram struct {
	Title    string
	Ended    bool
	Webinars []MergeWebinar
}

// MergeWebinar is one webinar of it.
type MergeWebinar struct {
	Title                                       string
	Source, Target, Union                       float64 // percent
	SourceCompleted, TargetCompleted, Completed bool
}

// supportView is the content of the search.
type supportView struct {
	Asked  string
	Found  []HelpedDoctor
	Looked bool
}

// support finds doctors.
func (s *site) support(w http.ResponseWriter, r *http.Request) error {
	if err := s.supporter(r); err != nil {
		return err
	}
	view := supportView{Asked: strings.TrimSpace(r.URL.Query().Get("q"))}
	if len(view.Asked) > 1 {
		var err error
		if view.Found, err = s.Backend.FindDoctors(r.Context(), view.Asked); err != nil {
			return err
		}
		view.Looked = true
	}
	return s.show(w, r, page{Name: "support", Title: "support.title", Section: "support", Content: view})
}

// supporter refuses whoever does not help doctors.
func (s *site) supporter(r *http.Request) error {
	v, err := s.viewer(r)
	if err == nil && !v.Support && !v.Admin {
		err = ErrForbidden
	}
	return err
}

// helpedView is the content of the page about one doctor.
type helpedView struct {
	Doctor  HelpedDoctor
	Past    []Happening
	Problem string // why the last act was not done
	Done    string // key of what was done
	To      string // whom that concerned
	Zone    string
	Code    *PhoneCode
}

// helped shows a doctor.
func (s *site) helped(w http.ResponseWriter, r *http.Request) error {
	if err := s.supporter(r); err != nil {
		return err
	}
	return s.showHelped(w, r, helpedView{})
}

func (s *site) showHelped(w http.ResponseWriter, r *http.Request, view helpedView) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view.Zone = v.TimeZone
	if view.Doctor, view.Past, err = s.Backend.HelpedDoctor(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	status := http.StatusOK
	if view.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	w.Header().Set("Cache-Control", "no-store") // a code may be on it
	s.render(w, r, status, page{Name: "helped", Title: "support.title", Section: "support", Content: view})
	return nil
}

// help does one of the acts on the page and shows it again.
func (s *site) help(w http.ResponseWriter, r *http.Request) error {
	if err := s.supporter(r); err != nil {
		return err
	}
	id, reason, email := r.PathValue("id"), r.PostFormValue("reason"), r.PostFormValue("email")
	var view helpedView
	var err error
	switch r.PathValue("act") {
	case "mail-code":
		view.Done = "support.code_mailed"
		view.To, err = s.Backend.MailCode(r.Context(), id, reason)
	case "phone-code":
		var code PhoneCode
		code, err = s.Backend.ReadOutCode(r.Context(), id, reason)
		view.Code = &code
	case "correct":
		view.Done = "support.corrected"
		err = s.Backend.CorrectDoctor(r.Context(), id, r.PostFormValue("name"), email, reason)
	case "link":
		view.Done, view.To = "support.linked", email
		err = s.Backend.LinkEmail(r.Context(), id, email, reason)
	case "unlink":
		view.Done, view.To = "support.unlinked", email
		err = s.Backend.UnlinkEmail(r.Context(), id, email, reason)
	case "merge":
		return s.merge(w, r)
	default:
		return ErrNotFound
	}
	return s.helpedOr(w, r, view, err)
}

// helpedOr shows the page with what was done, or why it was not.
func (s *site) helpedOr(w http.ResponseWriter, r *http.Request, view helpedView, err error) error {
	var wrong *FieldError
	var refusal *Refusal
	switch {
	case err == nil:
		return s.showHelped(w, r, view)
	case errors.As(err, &wrong):
		return s.showHelped(w, r, helpedView{Problem: wrong.Message})
	case errors.As(err, &refusal):
		return s.showHelped(w, r, helpedView{Problem: refusal.Message})
	default:
		return err
	}
}

// merge shows what would become of two accounts, or does it.
func (s *site) merge(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if digest := r.PostFormValue("digest"); digest != "" {
		err := s.Backend.MergeDoctors(r.Context(), id, r.PostFormValue("source_id"), digest, r.PostFormValue("reason"))
		return s.helpedOr(w, r, helpedView{Done: "support.merged"}, err)
	}
	preview, err := s.Backend.PreviewMerge(r.Context(), id, r.PostFormValue("email"))
	if errors.Is(err, ErrNotFound) {
		err = &FieldError{Field: "email", Message: s.locale(r).T("support.nobody_else")}
	}
	if err != nil {
		return s.helpedOr(w, r, helpedView{}, err)
	}
	return s.show(w, r, page{Name: "merge", Title: "support.merge", Section: "support", Content: preview})
}

func (s *site) forSupporters(page adder) {
	page("GET /support", s.support)
	page("GET /support/doctors/{id}", s.helped)
	page("POST /support/doctors/{id}/{act}", s.help)
}
