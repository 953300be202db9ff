package player

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// Caring is what the scheduled checks of the service found.
type Caring interface {
	// Health are the last reports of each kind, the newest first, and how those
	// before them went.
	Health(ctx context.Context) (reports []HealthReport, past []PastReport, err error)
	// Runbook is the text of one, by its name; ErrNotFound.
	Runbook(ctx context.Context, name string) (string, error)
}

// HealthReport is what one run of the checks found. Light is green, amber or red.
type HealthReport struct {
	Kind, Host, Light string
	At                time.Time
	TookS             float64
	Lines             []HealthLine
}

// HealthLine is what came of one check: green, amber, red or unknown. Sentence
// and Remedy are in the reader's language, with commands between backquotes.
type HealthLine struct {
	Check, Area, Light, Sentence, Remedy string
	Runbook                              string // its name
}

// PastReport is how one of the last reports went.
type PastReport struct {
	Kind, Host, Light string
	At                time.Time
	Red               []string // names of checks
}

// Count is how many lines have a light.
func (h HealthReport) Count(light string) (n int) {
	for _, line := range h.Lines {
		if line.Light == light {
			n++
		}
	}
	return n
}

// healthView is the content of the page.
type healthView struct {
	Reports []HealthReport
	Past    []PastReport
	Zone    string
}

func (s *site) forCarers(page adder) {
	page("GET /admin/health", s.asAdmin(s.health))
	page("GET /admin/health/runbooks/{name}", s.asAdmin(s.runbook))
}

// health shows what the checks found last, and how the reports before went.
func (s *site) health(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view := healthView{Zone: v.TimeZone}
	if view.Reports, view.Past, err = s.Backend.Health(r.Context()); err != nil {
		return err
	}
	return s.show(w, r, page{Name: "health", Title: "health.title", Section: "admin", Wide: true, Content: view})
}

// runbook shows what to do, as it is written for operators: in English.
func (s *site) runbook(w http.ResponseWriter, r *http.Request) error {
	text, err := s.Backend.Runbook(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	title, rest, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
	return s.show(w, r, page{Name: "runbook", Title: "health.runbook", Section: "admin", Content: map[string]string{"Title": title, "Text": strings.TrimSpace(rest)}})
}
