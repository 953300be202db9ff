package player

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// AdminWriting is what an administrator makes. *FieldError names fields as in the JSON API.
type AdminWriting interface {
	// CreateProgram makes a certification.
	CreateProgram(ctx context.Context, title, description string) error
	// CreateCourse makes a course at the end of a program.
	CreateCourse(ctx context.Context, programID, title, description string) error
	// CreateWebinar makes a webinar at the end of a course.
	CreateWebinar(ctx context.Context, courseID string, webinar NewWebinar) (id string, err error)
	// CreatePresenter makes an account that may present, or gives the role to one.
	CreatePresenter(ctx context.Context, name, email string) error
	// CreateInvitations mints codes for a program: one for each address, which
	// is mailed, or count unbound ones.
	CreateInvitations(ctx context.Context, programID string, emails []string, count int) ([]Invitation, error)
}

// NewWebinar is a webinar to be made.
type NewWebinar struct {
	Title, Description string
	TimeZone           string // by whose clock it is announced
	StartsAt, EndsAt   *time.Time
	PresenterIDs       []string
}

// Invitation is a fresh code. It can be read now and never again.
type Invitation struct{ Code, Email string }

// adminForm is one of the administrators' forms.
type adminForm struct {
	path   string
	make   func(s *site, r *http.Request) (*form, error)
	submit func(s *site, w http.ResponseWriter, r *http.Request, f *form) error
}

// adminForms lists the forms; submit answers by itself when it writes to w.
func adminForms() []adminForm {
	return []adminForm{
		{"/admin/programs/new", programForm, submitProgram},
		{"/admin/programs/{id}/courses/new", courseForm, submitCourse},
		{"/admin/courses/{id}/webinars/new", webinarForm, submitWebinar},
		{"/admin/presenters/new", presenterForm, submitPresenter},
		{"/admin/programs/{id}/invitations/new", invitationForm, submitInvitations},
		{"/admin/programs/{id}/events/new", eventForm, submitEvent},
		{"/admin/programs/{id}/rule", ruleForm, submitRule},
		{"/admin/webinars/{id}/excluded", excludedForm, submitExcluded},
	}
}

func (s *site) showAdminForm(a adminForm) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := s.adminForm(a, r)
		if err != nil {
			return err
		}
		return s.showForm(w, r, f, "admin")
	}
}

func (s *site) submitAdminForm(a adminForm) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := s.adminForm(a, r)
		if err != nil {
			return err
		}
		f.keep(r)
		if err = f.missing(s.locale(r)); err == nil {
			err = a.submit(s, w, r, f)
		}
		if err != nil {
			return s.complain(w, r, f, "admin", err)
		}
		return nil
	}
}

// adminForm makes the form for an administrator.
func (s *site) adminForm(a adminForm, r *http.Request) (*form, error) {
	v, err := s.viewer(r)
	if err != nil {
		return nil, err
	}
	if !v.Admin {
		return nil, ErrForbidden
	}
	f, err := a.make(s, r)
	if err != nil {
		return nil, err
	}
	f.Action = r.URL.Path
	f.Links = append(f.Links, link{"/admin", "form.cancel"})
	return f, nil
}

// toAdmin ends a form that worked.
func toAdmin(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		http.Redirect(w, r, "/admin?saved=1", http.StatusSeeOther)
	}
	return err
}

func titleFields() []field {
	return []field{
		{Name: "title", Label: "admin.name", Required: true, Focus: true, Autocomplete: "off"},
		{Name: "description", Label: "admin.description", Type: typeTextarea},
	}
}

func programForm(*site, *http.Request) (*form, error) {
	return &form{Title: "admin.new_program", Intro: "admin.new_program_intro", Submit: submitCreate, Fields: titleFields()}, nil
}

func submitProgram(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	return toAdmin(w, r, s.Backend.CreateProgram(r.Context(), f.value("title"), f.value("description")))
}

func courseForm(*site, *http.Request) (*form, error) {
	return &form{Title: "admin.new_course", Intro: "admin.new_course_intro", Submit: submitCreate, Fields: titleFields()}, nil
}

func submitCourse(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	return toAdmin(w, r, s.Backend.CreateCourse(r.Context(), r.PathValue("id"), f.value("title"), f.value("description")))
}

// webinarForm offers every presenter, and the reader's time zone.
func webinarForm(s *site, r *http.Request) (*form, error) {
	v, err := s.viewer(r)
	if err != nil {
		return nil, err
	}
	overview, err := s.Backend.Overview(r.Context())
	if err != nil {
		return nil, err
	}
	var presenters []Option
	for _, p := range overview.Presenters {
		presenters = append(presenters, Option{p.ID, p.Name + " · " + p.Email})
	}
	return &form{Title: "admin.new_webinar", Intro: "admin.new_webinar_intro", Submit: submitCreate, Fields: append(titleFields(),
		field{Name: "presenter_ids", Label: "admin.presenters", Help: "admin.presenters_help", Type: "multiple", Options: presenters},
		zoneField(v.TimeZone),
		field{Name: "starts_at", Label: "admin.starts_at", Help: "edit.starts_at_help", Type: typeTime},
		field{Name: "ends_at", Label: "admin.ends_at", Type: typeTime},
	)}, nil
}

func submitWebinar(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	l := s.locale(r)
	webinar := NewWebinar{Title: f.value("title"), Description: f.value("description"), TimeZone: f.value(fieldZone), PresenterIDs: r.PostForm["presenter_ids"]}
	err := knownZone(l, webinar.TimeZone)
	if err == nil {
		webinar.StartsAt, err = localTime(l, "starts_at", f.value("starts_at"), webinar.TimeZone)
	}
	if err == nil {
		webinar.EndsAt, err = localTime(l, "ends_at", f.value("ends_at"), webinar.TimeZone)
	}
	if err != nil {
		return err
	}
	id, err := s.Backend.CreateWebinar(r.Context(), r.PathValue("id"), webinar)
	if err == nil {
		http.Redirect(w, r, "/admin?"+url.Values{"made": {id}}.Encode(), http.StatusSeeOther)
	}
	return err
}

// fieldZone is the field of a schedule's time zone.
const fieldZone = "time_zone"

// zoneField asks by whose clock the times below it are.
func zoneField(zone string) field {
	return field{Name: fieldZone, Label: "edit.time_zone", Help: "edit.time_zone_help", Required: true, Autocomplete: "off", Value: zone, Suggested: suggestedZones(zone)}
}

// suggestedZones are offered to choose from; every other one can be typed.
func suggestedZones(own string) []string {
	zones := []string{own, "UTC"}
	for _, zone := range []string{
		"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Bogota", "America/Chicago", "America/Los_Angeles", "America/Mexico_City",
		"America/New_York", "America/Sao_Paulo", "Asia/Dhaka", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Karachi", "Asia/Kolkata", "Asia/Manila", "Asia/Riyadh",
		"Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Europe/Berlin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Paris",
	} {
		if zone != own {
			zones = append(zones, zone)
		}
	}
	return zones
}

// knownZone refuses a time zone that there is not: its times would be read as UTC.
func knownZone(l *locale, zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return &FieldError{Field: fieldZone, Message: l.T("form.bad_zone")}
	}
	return nil
}

// localTime reads an <input type=datetime-local> as the reader's own clock.
func localTime(l *locale, name, value, zone string) (*time.Time, error) {
	if value == "" {
		return nil, nil
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	for _, format := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(format, value, place); err == nil {
			if t.Format(format) != value { // the clocks are put forward over it
				return nil, &FieldError{Field: name, Message: l.T("form.skipped_time", zone)}
			}
			t = t.UTC()
			return &t, nil
		}
	}
	return nil, &FieldError{Field: name, Message: l.T("form.bad_time")}
}

func presenterForm(*site, *http.Request) (*form, error) {
	return &form{Title: "admin.new_presenter", Intro: "admin.new_presenter_intro", Submit: submitCreate, Fields: []field{
		{Name: "name", Label: "register.name", Required: true, Focus: true, Autocomplete: "off"},
		{Name: "email", Label: "signin.email", Type: "email", Required: true, Autocomplete: "off"},
	}}, nil
}

func submitPresenter(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	return toAdmin(w, r, s.Backend.CreatePresenter(r.Context(), f.value("name"), f.value("email")))
}

func invitationForm(*site, *http.Request) (*form, error) {
	return &form{Title: "admin.new_invitations", Intro: "admin.new_invitations_intro", Submit: "admin.invite", Fields: []field{
		{Name: "emails", Label: "admin.emails", Help: "admin.emails_help", Type: typeTextarea, Focus: true},
		{Name: "count", Label: "admin.count", Help: "admin.count_help", Type: "number", InputMode: "numeric"},
	}}, nil
}

// invitationsView is the page that shows fresh codes, once.
type invitationsView struct {
	BaseURL     string
	Invitations []Invitation
}

func submitInvitations(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	emails := strings.FieldsFunc(f.value("emails"), func(c rune) bool { return strings.ContainsRune(" ,;\t\r\n", c) })
	count, err := strconv.Atoi(f.value("count"))
	if len(emails) == 0 && (err != nil || count < 1) {
		return &FieldError{Field: "emails", Message: s.locale(r).T("admin.nobody_invited")}
	}
	invitations, err := s.Backend.CreateInvitations(r.Context(), r.PathValue("id"), emails, count)
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "invitations", Title: "admin.codes", Section: "admin", Content: invitationsView{s.BaseURL, invitations}})
}
