package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Reasons tells why a program is not completed, and lets administrators waive.
type Reasons interface {
	// Missing explains a program to its doctor, and to an administrator when
	// accountID names somebody else. ErrNotFound, ErrForbidden.
	Missing(ctx context.Context, programID, accountID string) (Missing, error)
	// FindDoctor finds an account by its e-mail address, for administrators. ErrNotFound.
	FindDoctor(ctx context.Context, email string) (Doctor, error)
	// Waive lets a doctor off a webinar.
	Waive(ctx context.Context, webinarID, accountID, reason string) error
	// RevokeWaiver takes that back, and the completion by it only when asked to.
	RevokeWaiver(ctx context.Context, id, reason string, takeBack bool) error
}

// Missing is the page "What is missing?". Sentences are made by whoever keeps
// the record, with clock times of the doctor.
type Missing struct {
	ProgramID, Title string
	AccountID        string // set for administrators, who see somebody else's
	Name, Email      string // of that person
	Sentence, Rule   string
	Completed        bool
	Webinars         []MissingWebinar
}

// MissingWebinar is one webinar of it.
type MissingWebinar struct {
	ID, Title, Sentence string
	Completed, Playable bool
	DurationS           float64
	WatchedPercent      float64
	Watched             [][2]float64
	Gaps                []string // sentences
	Sessions            []string
	Live                []string
	Carried             bool    // part of it was watched of an earlier recording
	Waiver              *Waiver // that stands; its reason is for administrators
	RevokedWaiver       string  // for administrators: id of one whose completion stands all the same
}

// Waiver is why and by whom a webinar was waived.
type Waiver struct {
	ID, Reason, By string
	At             time.Time
}

// Doctor is somebody an administrator looked for.
type Doctor struct {
	AccountID, Name, Email string
	Programs               []DoctorProgram
}

// DoctorProgram is one program of a doctor.
type DoctorProgram struct {
	ID, Title string
	Completed bool
	Sentence  string
}

// missing explains a program to its doctor, or to an administrator.
func (s *site) missing(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	found, err := s.Backend.Missing(r.Context(), r.PathValue("id"), r.URL.Query().Get("account_id"))
	if err != nil {
		return err
	}
	section := "courses"
	if found.AccountID != "" {
		section = "admin"
	}
	return s.show(w, r, page{Name: "missing", Title: "missing.title", Section: section, Content: missingView{found, v.TimeZone}})
}

// missingView is the content of the page.
type missingView struct {
	Missing
	Zone string // of the reader
}

// doctorView is the content of the page about one doctor.
type doctorView struct {
	Asked  string
	Doctor *Doctor // nil: nobody has this address
}

// doctor finds somebody by e-mail.
func (s *site) doctor(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	if !v.Admin {
		return ErrForbidden
	}
	view := doctorView{Asked: strings.TrimSpace(r.URL.Query().Get("email"))}
	switch found, err := s.Backend.FindDoctor(r.Context(), view.Asked); {
	case err == nil:
		view.Doctor = &found
	case err != ErrNotFound: //nolint:errorlint // a Backend answers it as it is
		return err
	}
	return s.show(w, r, page{Name: "doctor", Title: "doctor.title", Section: "admin", Content: view})
}

// waive and revokeWaiver are the forms on the page.
func (s *site) waive(w http.ResponseWriter, r *http.Request) error {
	return s.andBack(w, r, s.Backend.Waive(r.Context(), r.PathValue("id"), r.PostFormValue("account_id"), r.PostFormValue("reason")))
}

func (s *site) revokeWaiver(w http.ResponseWriter, r *http.Request) error {
	return s.andBack(w, r, s.Backend.RevokeWaiver(r.Context(), r.PathValue("id"), r.PostFormValue("reason"), r.PostFormValue("take_back_credit") != ""))
}

// andBack returns to the explanation that a form was sent from.
func (s *site) andBack(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	query := url.Values{"account_id": {r.PostFormValue("account_id")}}
	back := "/programs/" + url.PathEscape(r.PostFormValue("program_id")) + "/missing?" + query.Encode()
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}
