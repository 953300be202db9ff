package player

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// QualityQuery says of what the figures are: of a program, or of one of its
// webinars, and of a span of time.
type QualityQuery struct {
	ProgramID, WebinarID string
	Since, Before        *time.Time
}

// Quality is how well the webinars of a program were played.
type Quality struct {
	Program  string   // title
	Choices  []Option // its webinars
	Reports  int      // of doctors, that nobody has looked after
	All      QualityRow
	Webinars []QualityRow // named by their titles, as the program orders them
	Country  []QualityRow
	Network  []QualityRow
	Device   []QualityRow
	Browser  []QualityRow
	Engine   []QualityRow
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
	for _, t := range []QualityTable{
		{"quality.country", q.Country}, {"quality.device", q.Device}, {"quality.browser", q.Browser}, {"quality.engine", q.Engine}, {"quality.network", q.Network},
	} {
		if len(t.Rows) > 0 {
			tables = append(tables, t)
		}
	}
	return tables
}

// qualityView is the content of the board.
type qualityView struct {
	Quality
	Filter     []field
	ReportsURL string // of the doctors' open reports of the same webinar and day
	Problem    string
}

// quality is the board of a program.
func (s *site) quality(w http.ResponseWriter, r *http.Request) error {
	q, problem, err := s.qualityQuery(r)
	if err != nil {
		return err
	}
	view := qualityView{Problem: problem}
	if view.Quality, err = s.Backend.Quality(r.Context(), q); err != nil {
		return err
	}
	view.Filter = s.playFilter(r, view.Choices)
	view.ReportsURL = "/admin/programs/" + url.PathEscape(q.ProgramID) + "/reports?" +
		url.Values{"webinar": {q.WebinarID}, "day": {r.URL.Query().Get("day")}, "state": {stateOpen}}.Encode()
	s.render(w, r, statusOfProblem(problem), page{Name: "quality", Title: "quality.title", Section: "admin", Wide: true, Content: view})
	return nil
}

// qualityQuery reads the filter of the board: a webinar and a day of the reader's
// clock. A day that is none is a problem in words, and all days are shown.
func (s *site) qualityQuery(r *http.Request) (q QualityQuery, problem string, err error) {
	v, err := s.viewer(r)
	if err != nil {
		return q, "", err
	}
	q.ProgramID, q.WebinarID = r.PathValue("id"), r.URL.Query().Get("webinar")
	if q.Since, q.Before, err = dayOf(s.locale(r), strings.TrimSpace(r.URL.Query().Get("day")), v.TimeZone); err != nil {
		_, problem, err = complaint(err)
	}
	return q, problem, err
}

// playFilter asks for a webinar of a program and a day.
func (s *site) playFilter(r *http.Request, webinars []Option) []field {
	all := []Option{{"", s.locale(r).T("quality.all_webinars")}}
	return asked(r, field{Name: "webinar", Label: "quality.webinars", Type: typeSelect, Options: append(all, webinars...)}, field{Name: "day", Label: "quality.day", Type: "date"})
}

// dayOf reads an <input type=date> as the day on a zone's clock, which has 23 to
// 25 hours; none without a value.
func dayOf(l *locale, value, zone string) (since, before *time.Time, err error) {
	if value == "" {
		return nil, nil, nil
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	day, err := time.ParseInLocation(time.DateOnly, value, place)
	if err != nil {
		return nil, nil, &FieldError{Field: "day", Message: l.T("quality.day_wrong")}
	}
	next := day.AddDate(0, 0, 1)
	return &day, &next, nil
}

// statusOfProblem is 422 when there is one to tell.
func statusOfProblem(problem string) int {
	if problem != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
