package player

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Preparing is what the makers of a webinar do beside its recordings.
type Preparing interface {
	// PresentedMaterials lists the files that go with a webinar.
	PresentedMaterials(ctx context.Context, webinar string) ([]PresentedMaterial, error)
	// AddMaterial adds a file; its title may be empty. A *FieldError when it is of no kind that is taken.
	AddMaterial(ctx context.Context, webinar, title, filename string, file io.ReadSeeker, size int64) error
	// RemoveMaterial removes one of them.
	RemoveMaterial(ctx context.Context, id string) error
	// UploadLinks lists the newest upload links of a webinar.
	UploadLinks(ctx context.Context, webinar string) ([]UploadLink, error)
	// MakeUploadLink makes one and returns its address, which is told only this once.
	MakeUploadLink(ctx context.Context, webinar string) (UploadLink, error)
	// EndUploadLink takes one back.
	EndUploadLink(ctx context.Context, id string) error
}

// PresentedMaterial is a file that goes with a webinar, for those who make it.
type PresentedMaterial struct {
	ID string
	Material
}

// UploadLink is a link by which somebody without an account sends one recording.
type UploadLink struct {
	ID, URL   string // URL only when it was just made
	ExpiresAt time.Time
	Used      bool
	Over      bool // ended or taken back
}

// maxMaterialForm bounds the form with a material: what the API takes, and what the form adds.
const maxMaterialForm = 200<<20 + 64<<10

// presentedView is the content of a webinar's page for those who make it.
type presentedView struct {
	PresentedWebinar
	Zone      string
	Materials []PresentedMaterial
	Links     []UploadLink
	Made      UploadLink // just now
	Saved     string     // which block was just saved
	Problems  map[string]string
	Rehearsal Rehearsal // set when this is the reader's own
}

// presented shows a webinar with its recordings, materials and upload links.
func (s *site) presented(w http.ResponseWriter, r *http.Request) error {
	view, err := s.presentedOf(r)
	if err != nil {
		return err
	}
	if saved := r.URL.Query().Get("saved"); slices.Contains([]string{"material", "removed", "ended"}, saved) {
		view.Saved = saved
	}
	return s.showPresented(w, r, http.StatusOK, view)
}

func (s *site) presentedOf(r *http.Request) (presentedView, error) {
	v, err := s.viewer(r)
	if err != nil {
		return presentedView{}, err
	}
	view := presentedView{Zone: v.TimeZone, Problems: map[string]string{}}
	if view.PresentedWebinar, err = s.Backend.PresentedWebinar(r.Context(), r.PathValue("id")); err != nil {
		return view, err
	}
	if view.Materials, err = s.Backend.PresentedMaterials(r.Context(), view.ID); err != nil {
		return view, err
	}
	own, err := s.rehearsal(r)
	if err != nil {
		return view, err
	}
	if own.WebinarID == view.ID {
		view.Rehearsal = own
		onlySeenByMakers(view.Recordings)
	}
	view.Links, err = s.Backend.UploadLinks(r.Context(), view.ID)
	return view, err
}

func (s *site) showPresented(w http.ResponseWriter, r *http.Request, status int, view presentedView) error {
	s.render(w, r, status, page{Name: "presented", Title: "presented.title", Section: presenterSection, Script: formScript, Content: view})
	return nil
}

// presentedSaved returns to the page after a change, or shows it with what was wrong.
func (s *site) presentedSaved(w http.ResponseWriter, r *http.Request, block, saved string, err error) error {
	if err == nil {
		to := "/presenter/webinars/" + url.PathEscape(r.PathValue("id")) + "?saved=" + saved + "#" + block
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	status, words, err := complaint(err)
	if err != nil {
		return err
	}
	view, err := s.presentedOf(r)
	if err != nil {
		return err
	}
	view.Problems[block] = words
	return s.showPresented(w, r, status, view)
}

// addMaterial takes the file of the form.
func (s *site) addMaterial(w http.ResponseWriter, r *http.Request) error {
	return s.presentedSaved(w, r, "materials", "material", s.takeMaterial(r))
}

func (s *site) takeMaterial(r *http.Request) error {
	file, header, err := r.FormFile("file")
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &FieldError{Field: "file", Message: s.locale(r).T("presented.material_large")}
	}
	if err != nil {
		return &FieldError{Field: "file", Message: s.locale(r).T("presented.material_missing")}
	}
	defer file.Close() //nolint:errcheck // read only
	return s.Backend.AddMaterial(r.Context(), r.PathValue("id"), strings.TrimSpace(r.PostFormValue("title")), header.Filename, file, header.Size)
}

func (s *site) removeMaterial(w http.ResponseWriter, r *http.Request) error {
	return s.presentedSaved(w, r, "materials", "removed", s.Backend.RemoveMaterial(r.Context(), r.PathValue("material")))
}

// makeUploadLink answers with the page itself: the address is never told again.
func (s *site) makeUploadLink(w http.ResponseWriter, r *http.Request) error {
	made, err := s.Backend.MakeUploadLink(r.Context(), r.PathValue("id"))
	if err != nil {
		return s.presentedSaved(w, r, "links", "", err)
	}
	view, err := s.presentedOf(r)
	if err != nil {
		return err
	}
	view.Made = made
	return s.showPresented(w, r, http.StatusCreated, view)
}

func (s *site) endUploadLink(w http.ResponseWriter, r *http.Request) error {
	return s.presentedSaved(w, r, "links", "ended", s.Backend.EndUploadLink(r.Context(), r.PathValue("link")))
}
