package player

import "net/http"

// Plain is a recording for browsers without scripts: one file, from where play
// starts. Nothing that is watched of it can be credited.
type Plain struct {
	Webinar
	URL string
}

// watch opens a recording for somebody whose browser runs no scripts. It is a
// form's answer and not a page of its own, because it ends play elsewhere.
func (s *site) watch(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Backend.Webinar(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	plain := Plain{Webinar: found}
	if plain.URL, err = s.Backend.OpenPlain(r.Context(), found.ID); err != nil {
		return err
	}
	return s.show(w, r, page{Name: "watch", Title: found.Title, Section: sectionCourses, Wide: true, Content: plain})
}
