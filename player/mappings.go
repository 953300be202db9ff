package player

import (
	"net/http"
	"net/url"
)

// mappingsView is the content of the page of column mappings.
type mappingsView struct {
	Mappings []ColumnMapping
	Form     *form
	Saved    bool
}

// mappings shows administrators which sheets are known beside the platforms' reports.
func (s *site) mappings(w http.ResponseWriter, r *http.Request) error {
	return s.showMappings(w, r, mappingForm(), r.URL.Query().Get("saved") != "")
}

func mappingForm() *form {
	return &form{Submit: "mappings.save", Action: "/admin/attendance-mappings", Fields: []field{
		{Name: "name", Label: "mappings.name", Help: "mappings.name_help", Required: true, Autocomplete: "off"},
		{Name: "email", Label: "mappings.email", Help: "mappings.column_help", Autocomplete: "off"},
		{Name: "person", Label: "mappings.person", Help: "mappings.person_help", Autocomplete: "off"},
		{Name: "joined_at", Label: "mappings.joined_at", Required: true, Autocomplete: "off"},
		{Name: "left_at", Label: "mappings.left_at", Required: true, Autocomplete: "off"},
	}}
}

func (s *site) saveMapping(w http.ResponseWriter, r *http.Request) error {
	f := mappingForm()
	f.keep(r)
	err := f.missing(s.locale(r))
	if err == nil {
		err = s.Backend.SaveMapping(r.Context(), ColumnMapping{
			Name: f.value("name"), Email: f.value("email"), Person: f.value("person"), JoinedAt: f.value("joined_at"), LeftAt: f.value("left_at"),
		})
	}
	if err == nil {
		http.Redirect(w, r, f.Action+"?saved="+url.QueryEscape(f.value("name")), http.StatusSeeOther)
		return nil
	}
	if err := f.blame(err); err != nil {
		return err
	}
	return s.showMappings(w, r, f, false)
}

func (s *site) removeMapping(w http.ResponseWriter, r *http.Request) error {
	if err := s.Backend.RemoveMapping(r.Context(), r.PostFormValue("name")); err != nil {
		return err
	}
	http.Redirect(w, r, "/admin/attendance-mappings", http.StatusSeeOther)
	return nil
}

func (s *site) showMappings(w http.ResponseWriter, r *http.Request, f *form, saved bool) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	if !v.Admin {
		return ErrForbidden
	}
	known, err := s.Backend.Mappings(r.Context())
	if err != nil {
		return err
	}
	s.render(w, r, f.status(), page{
		Name: "mappings", Title: "mappings.title", Section: "admin", Script: formScript, Content: mappingsView{known, f, saved},
	})
	return nil
}
