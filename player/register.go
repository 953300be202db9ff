package player

import (
	"cmp"
	"net/http"
)

// Registration is what a doctor tells when taking an invitation. The JSON
// names of its fields are the form's, for FieldError.
type Registration struct {
	InvitationCode string // invitation_code, as typed
	Email          string // email
	Name           string // name
	Country        string // country, ISO 3166-1 alpha-2
	TimeZone       string // time_zone, IANA name
	Speciality     string // speciality, may be empty
	CouncilNumber  string // council_number, may be empty
	Locale         string // language the form was read in
	Consents       []ConsentChoice
}

// ConsentText is something that is asked: its words are the locale's, as
// "consent." and Purpose.
type ConsentText struct {
	Purpose, TextVersion string
	Required             bool
}

const consentField = "consent_"

// asks adds the questions of texts to a form; what is ticked has the version as its value.
func (f *form) asks(l *locale, texts []ConsentText) {
	for _, text := range texts {
		f.Fields = append(f.Fields, field{
			Name: consentField + text.Purpose, Label: "consent." + text.Purpose, Type: "consent", Required: text.Required,
			Options: []Option{{text.TextVersion, l.T("consent.version", text.TextVersion)}},
		})
	}
}

// answers are what was ticked and what was not, each with the version that was read.
func (f *form) answers(texts []ConsentText) []ConsentChoice {
	choices := make([]ConsentChoice, len(texts))
	for i, text := range texts {
		read := f.value(consentField + text.Purpose)
		choices[i] = ConsentChoice{Purpose: text.Purpose, TextVersion: cmp.Or(read, text.TextVersion), Granted: read != ""}
	}
	return choices
}

func registerForm(l *locale, texts []ConsentText) *form {
	f := &form{
		Title: "register.title", Intro: "register.intro", Submit: "register.submit", Action: "/register",
		Fields: []field{
			{Name: "invitation_code", Label: "register.code", Help: "register.code_help", Autocomplete: "off", Class: "code", Required: true},
			{Name: "email", Label: "signin.email", Help: "register.email_help", Type: "email", Autocomplete: "email", Required: true},
			{Name: "name", Label: "register.name", Help: "register.name_help", Autocomplete: "name", Required: true},
			{Name: "country", Label: "register.country", Type: "select", Autocomplete: "country", Required: true, Options: l.countryOptions()},
			{Name: "speciality", Label: "register.speciality", Autocomplete: "organization-title"},
			{Name: "council_number", Label: "register.number", Help: "register.number_help", Autocomplete: "off"},
			{Name: "time_zone", Label: "register.time_zone", Help: "register.time_zone_help", Autocomplete: "off", Required: true, Value: "UTC", Class: "guess"},
		},
		Links: []link{{"/sign-in", "register.signin"}},
	}
	f.asks(l, texts)
	return f
}

// register is where an invitation's link leads: /register?code=…. Who is signed
// in only has to join, unless they ask to register (new=1).
func (s *site) register(w http.ResponseWriter, r *http.Request) error {
	if v, err := s.viewer(r); err == nil && !r.URL.Query().Has("new") {
		return s.showForm(w, r, joinForm(v.Name, r.URL.Query().Get("code")), "")
	}
	f := registerForm(s.locale(r), s.Backend.ConsentTexts())
	f.Fields[0].Value = r.URL.Query().Get("code")
	next := 0
	if f.Fields[0].Value != "" {
		next = 1
	}
	f.Fields[next].Focus = true
	return s.showForm(w, r, f, "")
}

// submitRegistration hands the registration over and asks for the mailed code.
func (s *site) submitRegistration(w http.ResponseWriter, r *http.Request) error {
	l := s.locale(r)
	texts := s.Backend.ConsentTexts()
	f := registerForm(l, texts)
	f.keep(r)
	if err := f.missing(l); err != nil {
		return s.complain(w, r, f, "", err)
	}
	waiting, err := s.Backend.Register(r.Context(), Registration{
		InvitationCode: f.value("invitation_code"), Email: f.value("email"), Name: f.value("name"),
		Country: f.value("country"), TimeZone: f.value("time_zone"), Speciality: f.value("speciality"), CouncilNumber: f.value("council_number"), Locale: l.Lang, Consents: f.answers(texts),
	})
	if err != nil {
		return s.complain(w, r, f, "", err)
	}
	if waiting {
		http.Redirect(w, r, "/register/waiting", http.StatusSeeOther)
		return nil
	}
	s.goToCode(w, r, f.value("email"), "")
	return nil
}
