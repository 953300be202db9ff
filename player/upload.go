package player

import "net/http"

// uploadView is the content of the upload page.
type uploadView struct {
	PresentedWebinar
	Zone string
}

// upload is where a presenter hands a recording over. It needs a script: the
// file goes in parts straight to the storage.
func (s *site) upload(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	webinar, err := s.Backend.PresentedWebinar(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "upload", Title: "upload.title", Section: "presenter", Script: "upload.js", Content: uploadView{webinar, v.TimeZone}})
}
