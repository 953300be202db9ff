package player

import (
	"fmt"
	"net/http"
)

// Quality is how well the webinars of a program were played.
type Quality struct {
	Program  string // title
	All      QualityRow
	Webinars []QualityRow // named by their titles, as the program orders them
	Country  []QualityRow
	Network  []QualityRow
	Device   []QualityRow
	Errors   []QualityError
}

// QualityRow are the figures of some views.
type QualityRow struct {
	Name                     string // empty: not known
	Views                    int
	StartupP50S, StartupP95S float64 // 0 when none has started
	RebufferRatio            float64 // 0 to 1
	Exits, Failures          int
}

// Started tells whether any of the views has.
func (r QualityRow) Started() bool { return r.StartupP95S > 0 }

// Startup words how long half and almost all of the views took to start.
func (r QualityRow) Startup() string {
	return fmt.Sprintf("%.1f s · %.1f s", r.StartupP50S, r.StartupP95S)
}

// Stood words the share of the time in which the picture stood.
func (r QualityRow) Stood() string { return fmt.Sprintf("%.2f %%", r.RebufferRatio*100) }

// QualityError is what failed views told last.
type QualityError struct {
	Text  string
	Views int
}

// QualityTable is one table of the board.
type QualityTable struct {
	Heading string // key of its words
	Rows    []QualityRow
}

// Tables are the tables of the board; a group that tells nothing is left out.
func (q Quality) Tables() []QualityTable {
	all := q.All
	all.Name = q.Program
	tables := []QualityTable{{"quality.webinars", append([]QualityRow{all}, q.Webinars...)}}
	for _, t := range []QualityTable{{"quality.country", q.Country}, {"quality.network", q.Network}, {"quality.device", q.Device}} {
		if len(t.Rows) > 0 {
			tables = append(tables, t)
		}
	}
	return tables
}

// quality is the board of a program.
func (s *site) quality(w http.ResponseWriter, r *http.Request) error {
	q, err := s.Backend.Quality(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "quality", Title: "quality.title", Section: "admin", Content: q})
}
