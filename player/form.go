package player

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Option is one choice of a select.
type Option struct{ Value, Label string }

// field is one input of a form. Label and Help are keys of the locale.
type field struct {
	Name, Label, Help string
	Type              string // text, email, number, datetime-local, textarea, select, multiple (check boxes), consent (one box, to be ticked), hidden; empty means text
	InputMode         string
	Autocomplete      string
	Class             string
	Required, Focus   bool
	Options           []Option
	Suggested         []string // values of a text that are offered; others can be typed
	Value             string
	Values            []string // chosen, when Type is multiple
	Error             string
}

// Chosen tells whether an option is selected.
func (f field) Chosen(value string) bool {
	if f.Type == "multiple" {
		return slices.Contains(f.Values, value)
	}
	return f.Value == value
}

// DescribedBy lists the ids of the texts that explain the input.
func (f field) DescribedBy() string {
	var ids []string
	if f.Help != "" {
		ids = append(ids, f.Name+"-help")
	}
	if f.Error != "" {
		ids = append(ids, f.Name+"-error")
	}
	return strings.Join(ids, " ")
}

// form is a page that is one form: sign-in, registration, the administrators'
// forms. All are rendered by templates/form.html.
type form struct {
	Title, Intro, Submit string // keys
	IntroArgs            []any
	Action               string
	Fields               []field
	Message              string // a problem that belongs to no field
	Links                []link
	Passkey              bool   // offer to sign in with one
	Next                 string // where that leads
}

// formScript is the script of pages with forms.
const formScript = "form.js"

// typeTextarea is the type of a field with several lines.
const typeTextarea = "textarea"

// link is a way out of a form.
type link struct{ URL, Label string }

// Makes tells whether something new comes from the page it leads to: only such a
// link stands out among others.
func (l link) Makes() bool {
	return strings.HasSuffix(l.URL, "/new") || strings.HasSuffix(l.URL, "/import")
}

// keep puts what the reader typed back into the fields.
func (f *form) keep(r *http.Request) {
	for i := range f.Fields {
		f.Fields[i].Value = strings.TrimSpace(r.PostFormValue(f.Fields[i].Name))
		f.Fields[i].Values = r.PostForm[f.Fields[i].Name]
	}
}

// value returns what was typed into a field.
func (f *form) value(name string) string {
	for _, x := range f.Fields {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

// blame puts err beside its field, or above the form. It returns err when it
// is not about the reader's input.
func (f *form) blame(err error) error {
	var wrong *FieldError
	var refusal *Refusal
	switch {
	case errors.As(err, &wrong):
		for i := range f.Fields {
			f.Fields[i].Focus = false
			if f.Fields[i].Name == wrong.Field {
				f.Fields[i].Error = wrong.Message
				f.Fields[i].Focus = true
				return nil
			}
		}
		f.Message = wrong.Message
		return nil
	case errors.As(err, &refusal):
		f.Message = refusal.Message
		return nil
	}
	return err
}

// missing returns the first required field that was left empty.
func (f *form) missing(l *locale) error {
	for _, x := range f.Fields {
		if x.Required && x.Value == "" {
			if x.Type == "consent" {
				return &FieldError{Field: x.Name, Message: l.T("consent.required")}
			}
			return &FieldError{Field: x.Name, Message: l.T("form.required", l.T(x.Label))}
		}
	}
	return nil
}

// status is 422 when the form carries a complaint.
func (f *form) status() int {
	wrong := func(x field) bool { return x.Error != "" }
	if f.Message != "" || slices.ContainsFunc(f.Fields, wrong) {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// showForm renders a form: 422 when it carries a complaint.
func (s *site) showForm(w http.ResponseWriter, r *http.Request, f *form, section string) error {
	s.render(w, r, f.status(), page{Name: "form", Title: f.Title, Section: section, Script: formScript, Content: f})
	return nil
}

// complain renders the form again with err shown, or returns err when it is not the reader's.
func (s *site) complain(w http.ResponseWriter, r *http.Request, f *form, section string, err error) error {
	if err := f.blame(err); err != nil {
		return err
	}
	return s.showForm(w, r, f, section)
}
