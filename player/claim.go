package player

import (
	"net/http"
	"net/url"
)

// claimView is the content of the page "I was there".
type claimView struct {
	OwnClaims
	Form *form
	Zone string
	Sent bool
}

// claim lets a doctor say that she attended live by another address or name.
func (s *site) claim(w http.ResponseWriter, r *http.Request) error {
	return s.showClaim(w, r, claimForm(), r.URL.Query().Get("sent") != "")
}

func claimForm() *form {
	return &form{Submit: "claim.submit", Fields: []field{
		{Name: "email", Label: "claim.email", Help: "claim.email_help", Type: "email", Autocomplete: "email"},
		{Name: "name", Label: "claim.name", Help: "claim.name_help", Autocomplete: "off"},
		{Name: "note", Label: "claim.note", Help: "claim.note_help", Type: typeTextarea},
	}}
}

func (s *site) submitClaim(w http.ResponseWriter, r *http.Request) error {
	f := claimForm()
	f.keep(r)
	err := s.Backend.ClaimAttendance(r.Context(), r.PathValue("id"), f.value("email"), f.value("name"), f.value("note"))
	if err == nil {
		http.Redirect(w, r, "/webinars/"+url.PathEscape(r.PathValue("id"))+"/claim?sent=1", http.StatusSeeOther)
		return nil
	}
	if err := f.blame(err); err != nil {
		return err
	}
	return s.showClaim(w, r, f, false)
}

func (s *site) showClaim(w http.ResponseWriter, r *http.Request, f *form, sent bool) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	own, err := s.Backend.OwnClaims(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f.Action = "/webinars/" + url.PathEscape(own.WebinarID) + "/claim"
	s.render(w, r, f.status(), page{
		Name: "claim", Title: "claim.title", Section: sectionCourses, Script: formScript,
		Content: claimView{OwnClaims: own, Form: f, Zone: v.TimeZone, Sent: sent},
	})
	return nil
}
