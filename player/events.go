package player

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Events is registration on the spot: what moderators and administrators do.
type Events interface {
	// Events lists what the reader decides about, newest first.
	Events(ctx context.Context) ([]Event, error)
	// Event is one of them, with who waits.
	Event(ctx context.Context, id string) (Event, error)
	// Moderators can be chosen to decide.
	Moderators(ctx context.Context) ([]Person, error)
	// CreateEvent opens registration and returns the event code, which can be
	// read now and never again.
	CreateEvent(ctx context.Context, programID string, event NewEvent) (code string, err error)
	// DecideRequest admits a doctor who waits, or refuses her with a reason.
	DecideRequest(ctx context.Context, id string, admit bool, reason string) error
}

// Event is a time in which doctors register with an event code.
type Event struct {
	ID, Title, ProgramTitle string
	Admission               string // domain, number, approval
	Domains                 []string
	Cap, Admitted, Waiting  int
	OpensAt, ClosesAt       time.Time
	Requests                []EventRequest // who waits, longest first
}

// EventRequest is a doctor who waits.
type EventRequest struct {
	ID, Name, Email, Country, Speciality, CouncilNumber string
	CreatedAt                                           time.Time
}

// NewEvent is an event to be made.
type NewEvent struct {
	Title, Admission  string
	Cap               int
	OpensAt, ClosesAt *time.Time
	Domains, Numbers  []string
	ModeratorIDs      []string
}

// eventsView is the content of the list, eventView of one event.
type (
	eventsView struct {
		Events []Event
		Zone   string
	}
	eventView struct {
		Event
		Zone string
	}
	eventCodeView struct {
		Title, Code, BaseURL string
	}
)

// moderator returns who decides about registrations.
func (s *site) moderator(r *http.Request) (Viewer, error) {
	v, err := s.viewer(r)
	if err == nil && !v.Admin && !v.Moderator {
		err = ErrForbidden
	}
	return v, err
}

// events lists the events that the reader decides about.
func (s *site) events(w http.ResponseWriter, r *http.Request) error {
	v, err := s.moderator(r)
	if err != nil {
		return err
	}
	events, err := s.Backend.Events(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "events", Title: "events.title", Section: "events", Content: eventsView{events, v.TimeZone}})
}

// event is the queue of one event.
func (s *site) event(w http.ResponseWriter, r *http.Request) error {
	v, err := s.moderator(r)
	if err != nil {
		return err
	}
	event, err := s.Backend.Event(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "event", Title: "events.title", Section: "events", Content: eventView{event, v.TimeZone}})
}

// admitDoctor and refuseDoctor are the buttons beside each doctor.
func (s *site) admitDoctor(w http.ResponseWriter, r *http.Request) error { return s.decide(w, r, true) }

func (s *site) refuseDoctor(w http.ResponseWriter, r *http.Request) error {
	return s.decide(w, r, false)
}

func (s *site) decide(w http.ResponseWriter, r *http.Request, admit bool) error {
	if _, err := s.moderator(r); err != nil {
		return err
	}
	if err := s.Backend.DecideRequest(r.Context(), r.PathValue("request"), admit, r.PostFormValue("reason")); err != nil {
		return err
	}
	http.Redirect(w, r, "/events/"+url.PathEscape(r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// eventForm opens registration at an event of a program.
func eventForm(s *site, r *http.Request) (*form, error) {
	people, err := s.Backend.Moderators(r.Context())
	if err != nil {
		return nil, err
	}
	l := s.locale(r)
	var moderators, admissions []Option
	for _, p := range people {
		moderators = append(moderators, Option{p.ID, p.Name + " · " + p.Email})
	}
	for _, a := range []string{"approval", "domain", "number"} {
		admissions = append(admissions, Option{a, l.T("events.admission." + a)})
	}
	return &form{Title: "events.new", Intro: "events.new_intro", Submit: "events.open", Fields: []field{
		{Name: "title", Label: "events.name", Help: "events.name_help", Required: true, Focus: true, Autocomplete: "off"},
		{Name: "cap", Label: "events.cap", Type: "number", InputMode: "numeric", Required: true},
		{Name: "opens_at", Label: "events.opens_at", Help: "events.opens_at_help", Type: typeTime, Required: true},
		{Name: "closes_at", Label: "events.closes_at", Type: typeTime, Required: true},
		{Name: "admission", Label: "events.admission", Help: "events.admission_help", Type: typeSelect, Required: true, Options: admissions},
		{Name: "domains", Label: "events.domains", Help: "events.domains_help", Autocomplete: "off"},
		{Name: "numbers", Label: "events.numbers", Help: "events.numbers_help", Type: typeTextarea},
		{Name: "moderator_ids", Label: "events.moderators", Help: "events.moderators_help", Type: "multiple", Options: moderators},
	}}, nil
}

func submitEvent(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	l := s.locale(r)
	event := NewEvent{
		Title: f.value("title"), Admission: f.value("admission"), ModeratorIDs: r.PostForm["moderator_ids"],
		Domains: splitList(f.value("domains"), " ,;\t\r\n"), Numbers: splitList(f.value("numbers"), ",;\r\n"),
	}
	if event.Cap, err = strconv.Atoi(f.value("cap")); err != nil {
		return &FieldError{Field: "cap", Message: l.T("events.bad_cap")}
	}
	if event.OpensAt, err = localTime(l, "opens_at", f.value("opens_at"), v.TimeZone); err != nil {
		return err
	}
	if event.ClosesAt, err = localTime(l, "closes_at", f.value("closes_at"), v.TimeZone); err != nil {
		return err
	}
	code, err := s.Backend.CreateEvent(r.Context(), r.PathValue("id"), event)
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "event_code", Title: "events.code", Section: "admin", Content: eventCodeView{event.Title, code, s.BaseURL}})
}

// splitList reads a list that a person typed.
func splitList(text, separators string) (items []string) {
	for _, item := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(separators, c) }) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// waiting tells a doctor what happens until a moderator has decided.
func (s *site) waiting(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, page{Name: "waiting", Title: "waiting.title"})
}
