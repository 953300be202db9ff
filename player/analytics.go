package player

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Analysing is what the makers of a webinar are told of who watched it.
type Analysing interface {
	// Analytics of a webinar that the reader presents or moderates, or of any for
	// an administrator; ErrNotFound for others.
	Analytics(ctx context.Context, webinar string) (Analytics, error)
}

// Analytics is who watched what of a webinar's recording. A nil count is hidden:
// fewer than Least people have it in common, or such a count would follow from it.
type Analytics struct {
	WebinarID, Title                       string
	Ready                                  bool // there is a recording; without one, nothing below is set
	DurationS                              float64
	Least                                  int
	Enrolled, Started, Finished, Completed int
	LiveReplay                             int // were there live and watched again
	All, Live, Replay                      WatchedBy
	Chapters                               []KeptChapter
	AsOf                                   time.Time // countries and devices are of what was before
	Countries, Devices                     []FiguresLine
	Reports                                []ReportedMinute
	Asked                                  int // questions of doctors that nobody put aside
	Unanswered                             int // of Asked
	Questions                              []AskedAt
}

// AskedAt is how many questions are about a moment of the recording.
type AskedAt struct {
	AtS       float64
	Questions int
}

// WatchedBy is how many watched in one way, and what.
type WatchedBy struct {
	Doctors int
	Mean    *float64 // percent of the recording, that each of them watched
	Seconds []*int   // how many watched each second
}

// KeptChapter is a chapter and how many watched it on average.
type KeptChapter struct {
	StartS  float64
	Title   string // empty: what lies before the first chapter
	Doctors *float64

	Questions int
}

// ReportedMinute is how many doctors reported from a minute that play was disturbed.
type ReportedMinute struct {
	FromS   float64
	Doctors int
}

// analyticsView is the content of the page.
type analyticsView struct {
	Analytics
	Zone  string
	Chart chart
	Rows  []watchedRow
}

// watchedRow is a line of the table that says the same as the picture.
type watchedRow struct {
	FromS             float64
	Chapter           string
	All, Live, Replay *int
	Questions         int
}

// tableSteps are the lengths of its lines in seconds: the first that gives few
// enough of them is taken.
var tableSteps = []int{10, 30, 60, 120, 300, 600, 1200, 1800, 3600} //nolint:gochecknoglobals // a constant

const maxTableRows = 40

// analytics shows who watched what.
func (s *site) analytics(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	a, err := s.Backend.Analytics(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	for i := range a.Countries {
		a.Countries[i].Name = l.country(a.Countries[i].Name)
	}
	view := analyticsView{Analytics: a, Zone: v.TimeZone, Chart: newChart(a), Rows: watchedRows(a)}
	return s.show(w, r, page{Name: "analytics", Title: "analytics.title", Section: presenterSection, Content: view})
}

// analyticsCSV is each second, for a spreadsheet.
func (s *site) analyticsCSV(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.viewer(r); err != nil {
		return err
	}
	a, err := s.Backend.Analytics(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="watched.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("\xef\xbb\xbf")) // by which spreadsheets know UTF-8
	out := csv.NewWriter(w)
	_ = out.Write([]string{l.T("analytics.second"), l.T("analytics.time"), l.T("analytics.watched"), l.T("analytics.live"), l.T("analytics.replay"), l.T("analytics.chapter"), l.T("answering.title")})
	for at := range a.All.Seconds {
		_ = out.Write([]string{
			strconv.Itoa(at), clock(float64(at)), countCell(a.All.Seconds, at), countCell(a.Live.Seconds, at), countCell(a.Replay.Seconds, at), guarded(a.chapterAt(float64(at))),
			strconv.Itoa(a.askedIn(float64(at), float64(at+1))),
		})
	}
	out.Flush()
	return nil
}

// countCell is a count, or nothing where it is hidden.
func countCell(counts []*int, at int) string {
	if at >= len(counts) || counts[at] == nil {
		return ""
	}
	return strconv.Itoa(*counts[at])
}

// chapterAt is the title of what is shown at a second.
func (a Analytics) chapterAt(at float64) string {
	title := ""
	for _, c := range a.Chapters {
		if c.StartS <= at {
			title = c.Title
		}
	}
	return title
}

// askedIn counts the questions about a part of the recording.
func (a Analytics) askedIn(from, to float64) (n int) {
	for _, q := range a.Questions {
		if from <= q.AtS && q.AtS < to {
			n += q.Questions
		}
	}
	return n
}

// Share is a number of doctors in percent of those who started.
func (a Analytics) Share(doctors float64) int {
	if a.Started == 0 {
		return 0
	}
	return percent(doctors / float64(a.Started) * 100)
}

// Of is Share of a whole number.
func (a Analytics) Of(doctors int) int { return a.Share(float64(doctors)) }

// watchedRows averages the curves over equal parts.
func watchedRows(a Analytics) []watchedRow {
	seconds := len(a.All.Seconds)
	step := tableSteps[len(tableSteps)-1]
	for _, s := range tableSteps {
		if seconds <= s*maxTableRows {
			step = s
			break
		}
	}
	var rows []watchedRow
	for from := 0; from < seconds; from += step {
		rows = append(rows, watchedRow{
			FromS: float64(from), Chapter: a.chapterAt(float64(from)),
			All: meanOf(a.All.Seconds, from, from+step), Live: meanOf(a.Live.Seconds, from, from+step), Replay: meanOf(a.Replay.Seconds, from, from+step),
			Questions: a.askedIn(float64(from), float64(from+step)),
		})
	}
	return rows
}

// meanOf averages counts, rounded; nil when one of them is hidden.
func meanOf(counts []*int, from, to int) *int {
	part := counts[min(from, len(counts)):min(to, len(counts))]
	if len(part) == 0 {
		return nil
	}
	sum := 0
	for _, n := range part {
		if n == nil {
			return nil
		}
		sum += *n
	}
	mean := int(math.Round(float64(sum) / float64(len(part))))
	return &mean
}

// DoctorsText writes how many that are, rounded.
func (c KeptChapter) DoctorsText() string {
	if c.Doctors == nil {
		return ""
	}
	return fmt.Sprintf("%.0f", *c.Doctors)
}

// MeanText words how much of the recording each watched.
func (w WatchedBy) MeanText() string {
	if w.Mean == nil {
		return ""
	}
	return fmt.Sprintf("%.0f", *w.Mean)
}
