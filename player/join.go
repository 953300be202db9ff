package player

import (
	"net/http"
	"net/url"
)

// joinForm is what an invitation's link leads to for somebody signed in: all
// that registering asks is known already.
func joinForm(name, code string) *form {
	again := "/register?" + url.Values{"new": {"1"}, "code": {code}}.Encode()
	return &form{
		Title: "join.title", Intro: "join.intro", IntroArgs: []any{name}, Submit: "join.submit", Action: "/join",
		Fields: []field{{Name: "invitation_code", Label: "register.code", Help: "register.code_help", Autocomplete: "off", Class: "code", Required: true, Focus: code == "", Value: code}},
		Links:  []link{{"/courses", "nav.courses"}, {again, "join.register"}},
	}
}

// submitJoin takes an invitation for who is signed in.
func (s *site) submitJoin(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	f := joinForm(v.Name, r.PostFormValue("invitation_code"))
	f.keep(r)
	if err = f.missing(s.locale(r)); err == nil {
		err = s.Backend.Join(r.Context(), f.value("invitation_code"))
	}
	if err != nil {
		return s.complain(w, r, f, "", err)
	}
	http.Redirect(w, r, "/courses", http.StatusSeeOther)
	return nil
}
