package player

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Asking is what doctors ask who presents a webinar.
type Asking interface {
	// Questions are what the reader sees of the questions at a webinar, her own
	// first, each in the order of their places. ErrNotFound when she does not take part.
	Questions(ctx context.Context, webinar string) (Questions, error)
	// AskQuestion asks; at is a second of the recording, nil: of no place. A
	// *FieldError on "text" or "position_s", a *Refusal.
	AskQuestion(ctx context.Context, webinar, text string, at *float64) error
	// WithdrawQuestion takes one of the reader's own back; idempotent. A *Refusal
	// when it has an answer.
	WithdrawQuestion(ctx context.Context, id string) error
}

// Questions are those that one reader sees at a webinar.
type Questions struct {
	MayAsk bool // now
	Items  []Question
}

// Question is one, and what became of it.
type Question struct {
	ID, Text        string
	Answer          string // empty: none
	State           string // open, answered, dismissed
	AtS             *float64
	Own             bool
	Shared          bool // all who watch the webinar see it with its answer
	AskedAt         time.Time
	AccountID, Name string // who asked; for administrators only
}

// questionsView is the part of the player page that is about questions.
type questionsView struct {
	Own, Others []Question
	WebinarID   string
	Zone        string
	Form        *form  // nil: nothing can be asked now
	Done        string // key of what was done just now
	Problem     string // why one could not be taken back
}

// Any tells whether there is anything to show.
func (v questionsView) Any() bool { return v.Form != nil || len(v.Own)+len(v.Others) > 0 }

// Open tells whether the form is to be seen at once.
func (v questionsView) Open() bool { return v.Form != nil && v.Form.status() != http.StatusOK }

func questionForm(webinar string) *form {
	return &form{Action: "/webinars/" + url.PathEscape(webinar) + "/questions", Submit: "questions.send", Fields: []field{
		{Name: "text", Label: "questions.text", Help: "questions.text_help", Type: typeTextarea, Required: true},
		{Name: "position_s", Label: "questions.place", Help: "questions.place_help", Autocomplete: "off", Class: "clock"},
	}}
}

// questions reads what the reader sees; f is the form, filled in or new.
func (s *site) questions(r *http.Request, v Viewer, webinar string, f *form) (questionsView, error) {
	seen, err := s.Backend.Questions(r.Context(), webinar)
	if errors.Is(err, ErrNotFound) {
		return questionsView{}, nil
	}
	view := questionsView{WebinarID: webinar, Zone: v.TimeZone, Done: doneKey(r, "questions.did", "sent", "withdrawn")}
	if seen.MayAsk || f.status() != http.StatusOK {
		view.Form = f
	}
	for _, q := range seen.Items {
		if q.Own {
			view.Own = append(view.Own, q)
		} else {
			view.Others = append(view.Others, q)
		}
	}
	return view, err
}

// askQuestion takes the form below the video. The script sends it too, and shows
// the part of the answer that is about questions.
func (s *site) askQuestion(w http.ResponseWriter, r *http.Request) error {
	webinar := r.PathValue("id")
	f := questionForm(webinar)
	f.keep(r)
	err := s.sendQuestion(r, webinar, f)
	if err == nil {
		http.Redirect(w, r, "/webinars/"+url.PathEscape(webinar)+"?done=sent#questions", http.StatusSeeOther)
		return nil
	}
	if err := f.blame(err); err != nil {
		return err
	}
	return s.showWebinar(w, r, f, nil)
}

// withdrawQuestion takes one back, when that was confirmed. The script sends this
// form like the one above.
func (s *site) withdrawQuestion(w http.ResponseWriter, r *http.Request) error {
	webinar := r.PathValue("id")
	err := s.Backend.WithdrawQuestion(r.Context(), r.PathValue("question"))
	if err == nil {
		http.Redirect(w, r, "/webinars/"+url.PathEscape(webinar)+"?done=withdrawn#questions", http.StatusSeeOther)
		return nil
	}
	var refused *Refusal
	if !errors.As(err, &refused) {
		return err
	}
	return s.showWebinar(w, r, questionForm(webinar), refused)
}

func (s *site) sendQuestion(r *http.Request, webinar string, f *form) error {
	l := s.locale(r)
	if err := f.missing(l); err != nil {
		return err
	}
	text := f.value("position_s")
	if text == "" {
		return s.Backend.AskQuestion(r.Context(), webinar, f.value("text"), nil)
	}
	at, err := readClock(text)
	if err != nil {
		return &FieldError{Field: "position_s", Message: l.T("details.bad_time", text)}
	}
	return s.Backend.AskQuestion(r.Context(), webinar, f.value("text"), &at)
}
