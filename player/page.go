package player

import (
	"bytes"
	"compress/gzip"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// sectionCourses is the part of the head that doctors' pages belong to.
const sectionCourses = "courses"

// page is what a handler hands over to be rendered.
type page struct {
	Name    string // template file without .html
	Title   string // key of the title, or the title itself
	Script  string // entry of the script to load, e.g. "player.js"
	Section string // which link of the head is the current one
	Program string // whose brand the page has; empty: the reader's
	Wide    bool   // use the whole width of the window
	Begin   string // webinar that is to be played here: begin.js asks for it early
	Refresh int    // seconds until the page loads itself again where scripts are off; 0: it does not
	Content any
}

// layout is what the templates see.
type layout struct {
	page
	Lang, Dir   string
	Languages   []*locale // the others that the pages exist in
	Brand       *Brand    // nil: that of Rounds
	Here        string    // where to return to when one was chosen
	Viewer      *Viewer   // nil when nobody is signed in
	Built       bool
	Style, Icon string
	ScriptURL   string
	LegacyURL   string // for browsers without modules
	BeginURL    string // of begin.js, when there is a webinar to begin with
	Engine      string // of hls.js, which begin.js fetches where it is needed
	Preload     []string
}

// pageSet is every page in one language.
type pageSet struct {
	locale *locale
	pages  map[string]*template.Template
}

// loadTemplates parses each page together with the layout and the shared
// parts, once a language. The templates are embedded, so a fault is a bug: it panics.
func loadTemplates(locales map[string]*locale, a *assets, when When) map[string]*pageSet {
	sets := map[string]*pageSet{}
	for lang, l := range locales {
		sets[lang] = &pageSet{locale: l, pages: parsePages(l, a, when)}
	}
	return sets
}

func parsePages(l *locale, a *assets, when When) map[string]*template.Template {
	base := template.Must(template.New("layout.html").Funcs(functions(l, a, when)).
		ParseFS(templateFiles, "templates/shared/*.html"))
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err)
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		clone := template.Must(base.Clone())
		pages[strings.TrimSuffix(path.Base(name), ".html")] = template.Must(clone.ParseFS(templateFiles, name))
	}
	return pages
}

// render writes a page. It is rendered to memory first, so that a fault in a
// template becomes an error page and not half a page.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, p page) {
	l := s.locale(r)
	view := layout{
		page: p, Lang: l.Lang, Dir: l.Dir, Languages: s.otherLanguages(l), Here: here(r), Brand: s.brand(r, p.Program), Built: s.assets.Built(),
		Style: s.assets.URL("rounds.css"), Icon: s.assets.URL("icon.svg"),
	}
	if p.Script != "" {
		view.ScriptURL, view.Preload = s.assets.URL(p.Script), s.assets.Imports(p.Script)
		if p.Begin != "" {
			view.LegacyURL = s.assets.URL("legacy.js")
			view.BeginURL, view.Engine = s.assets.URL("begin.js"), s.assets.Later(p.Script)
		}
	}
	if v, ok := s.Backend.Viewer(r.Context()); ok {
		view.Viewer = &v
	}
	var out bytes.Buffer
	if err := s.templates[l.Lang].pages[p.Name].Execute(&out, view); err != nil {
		s.log.ErrorContext(r.Context(), "page failed", "page", p.Name, "error", err)
		http.Error(w, l.T("error.internal"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Encoding")
	if accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		out = compressed(out)
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.WriteHeader(status)
	_, _ = out.WriteTo(w)
}

// compressed packs a page: on a slow line it arrives in a third of the time. No
// page holds a secret beside what its reader typed (BREACH): forms are guarded by
// their origin, not by a token.
func compressed(page bytes.Buffer) (packed bytes.Buffer) {
	z := gzip.NewWriter(&packed)
	_, _ = page.WriteTo(z) // to memory
	_ = z.Close()
	return packed
}

// show renders a page with status 200.
func (s *site) show(w http.ResponseWriter, r *http.Request, p page) error {
	s.render(w, r, http.StatusOK, p)
	return nil
}

// viewer returns who asks, or ErrSignedOut.
func (s *site) viewer(r *http.Request) (Viewer, error) {
	v, ok := s.Backend.Viewer(r.Context())
	if !ok {
		return v, ErrSignedOut
	}
	return v, nil
}
