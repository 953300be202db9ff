package player

import (
	"encoding/json"
	"net/http"
)

// uploadView is the content of the upload page.
type uploadView struct {
	PresentedWebinar
	Zone      string
	Others    []PresentedWebinar // of the same presenter
	ByLink    bool               // what it is for is told to the script alone, by the link's secret
	Rehearsed bool               // nobody but its makers sees it
}

// PlannedS is how long the webinar was planned to be; 0 when nobody has said.
func (v uploadView) PlannedS() float64 {
	if v.StartsAt == nil || v.EndsAt == nil {
		return 0
	}
	return v.EndsAt.Sub(*v.StartsAt).Seconds()
}

// knownFile is a file that was uploaded before.
type knownFile struct {
	Fingerprint string `json:"fingerprint"`
	State       string `json:"state"`
	Filename    string `json:"filename"`
	Webinar     string `json:"webinar,omitempty"` // another one, to which it was sent
}

// Known is what the script knows files again by.
func (v uploadView) Known() (string, error) {
	known := knownFiles(v.Recordings, "")
	for _, w := range v.Others {
		if w.ID != v.ID {
			known = append(known, knownFiles(w.Recordings, w.Title)...)
		}
	}
	text, err := json.Marshal(known)
	return string(text), err
}

func knownFiles(recordings []Recording, webinar string) []knownFile {
	known := []knownFile{}
	for _, r := range recordings {
		if r.Fingerprint != "" {
			known = append(known, knownFile{r.Fingerprint, r.State, r.Filename, webinar})
		}
	}
	return known
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
	view := uploadView{PresentedWebinar: webinar, Zone: v.TimeZone}
	if view.Others, err = s.Backend.PresentedWebinars(r.Context()); err != nil {
		return err
	}
	if view.Rehearsed, err = s.rehearses(r, v, webinar.ID); err != nil {
		return err
	}
	return s.show(w, r, page{Name: "upload", Title: "upload.title", Section: presenterSection, Script: "upload.js", Content: view})
}

// send is the page that an upload link leads to. It knows nothing by itself: the
// secret stands behind the # of its address, which browsers keep to themselves.
func (s *site) send(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, page{Name: "send", Title: "upload.title", Script: "upload.js", Content: uploadView{ByLink: true}})
}
