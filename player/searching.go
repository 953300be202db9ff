package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Searching finds things by words.
type Searching interface {
	// Search finds what the reader may see, in titles, names of presenters and
	// captions, and returns the cursor of the next page.
	Search(ctx context.Context, words, cursor string) (hits []Hit, next string, err error)
}

// Hit is something that was found.
type Hit struct {
	Kind, ID, Title, FoundBy  string // Kind: program, course, webinar; FoundBy: title, presenter, captions
	ProgramTitle, CourseTitle string
	Presenters                []string
	Moments                   []Moment
}

// Moment is where words are said.
type Moment struct {
	AtS   float64
	Lang  string
	Words string
}

// URL leads to what was found: for doctors to its page, for administrators to its place in the list.
func (h Hit) URL(admin bool) string {
	switch {
	case admin:
		return "/admin#" + url.PathEscape(h.ID)
	case h.Kind == kindWebinar:
		return "/webinars/" + url.PathEscape(h.ID)
	default:
		return "/courses#" + url.PathEscape(h.ID)
	}
}

// searchView is the content of the page.
type searchView struct {
	Asked   string
	Looked  bool
	Hits    []Hit
	Next    string
	Problem string
	Admin   bool // and no doctor: what is found leads to the administrators' list
}

func (s *site) forSearchers(page adder) { page("GET /search", s.search) }

// search is the same for everybody; each finds what she may see.
func (s *site) search(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view := searchView{Asked: strings.TrimSpace(r.URL.Query().Get("q")), Admin: v.Admin && !v.Doctor}
	status := http.StatusOK
	if view.Asked != "" {
		view.Looked = true
		var next string
		if view.Hits, next, err = s.Backend.Search(r.Context(), view.Asked, r.URL.Query().Get("cursor")); err != nil {
			if status, view.Problem, err = complaint(err); err != nil {
				return err
			}
		}
		view.Next = nextPage(r, next)
	}
	s.render(w, r, status, page{Name: "search", Title: "search.title", Section: "search", Content: view})
	return nil
}
