package player

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// Rules lets administrators say what counts, after they have seen whom it changes.
type Rules interface {
	// Rule is the rule of a program that is in force.
	Rule(ctx context.Context, programID string) (Rule, error)
	// PreviewRule tells whose status a rule would change.
	PreviewRule(ctx context.Context, programID string, rule Rule) (Preview, error)
	// SetRule makes it the next version; a *Refusal when another one came between.
	SetRule(ctx context.Context, programID string, rule Rule) error
	// Excluded is what counts for nobody of a webinar's recording.
	Excluded(ctx context.Context, webinarID string) (Excluded, error)
	// PreviewExcluded tells whose status that would change.
	PreviewExcluded(ctx context.Context, webinarID string, x Excluded) (Preview, error)
	// SetExcluded says it.
	SetExcluded(ctx context.Context, webinarID string, x Excluded) error
}

// Rule is a rule of completion.
type Rule struct {
	Version          int // in force when it was read
	ThresholdPercent float64
	Counts           string // "live", "replay", "union"
	MaxRate          float64
	Rounding         string // "none", "floor", "nearest"
	Note             string // why it is set
}

// Excluded is what counts for nobody.
type Excluded struct {
	Ranges []ExcludedRange
	Reason string
}

// ExcludedRange is one stretch in seconds.
type ExcludedRange struct {
	FromS, ToS float64
	Label      string
}

// Preview is whose status a proposal would change.
type Preview struct {
	Completes, Reopens, Keeps     int
	ProgramsBefore, ProgramsAfter int // doctors who have completed the program
	Changes                       []PreviewChange
	More                          bool // there are more changes than those
}

// PreviewChange is one doctor and webinar.
type PreviewChange struct {
	Name, Email, AccountID string
	Webinar                string // title
	Change                 string // "completes", "reopens", "keeps"
	Before, After          float64
}

// previewView is the page between a proposal and its decision: all inputs come
// along, hidden, and are sent on by one button.
type previewView struct {
	Preview
	Title, Action, Submit string
	Hidden                []field
}

// ruleForm asks for a rule; what is sent shows a preview first.
func ruleForm(s *site, r *http.Request) (*form, error) {
	rule, err := s.Backend.Rule(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	l := s.locale(r)
	options := func(key string, values ...string) (out []Option) {
		for _, v := range values {
			out = append(out, Option{v, l.T(key + "." + v)})
		}
		return out
	}
	return &form{Title: "rule.title", Intro: "rule.intro", IntroArgs: []any{rule.Version}, Submit: "rule.preview", Fields: []field{
		{Name: "threshold_percent", Label: "rule.threshold", Type: "text", InputMode: "decimal", Required: true, Value: number(rule.ThresholdPercent)},
		{Name: "counts", Label: "rule.counts", Type: typeSelect, Required: true, Options: options("rule.counts", "union", "live", "replay"), Value: rule.Counts},
		{Name: "max_rate", Label: "rule.max_rate", Help: "rule.max_rate_help", Type: "text", InputMode: "decimal", Required: true, Value: number(rule.MaxRate)},
		{Name: "rounding", Label: "rule.rounding", Type: typeSelect, Required: true, Options: options("rule.rounding", "none", "floor", "nearest"), Value: rule.Rounding},
		{Name: "note", Label: "rule.note", Help: "rule.note_help", Type: typeTextarea},
		{Name: "version", Type: typeHidden, Value: strconv.Itoa(rule.Version)},
	}}, nil
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func submitRule(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	if r.PostFormValue("change") != "" {
		return s.showForm(w, r, f, "admin") // with what was typed
	}
	rule, err := readRule(s.locale(r), f)
	if err != nil {
		return err
	}
	if r.PostFormValue("decided") != "" {
		return toAdmin(w, r, s.Backend.SetRule(r.Context(), r.PathValue("id"), rule))
	}
	preview, err := s.Backend.PreviewRule(r.Context(), r.PathValue("id"), rule)
	if err != nil {
		return err
	}
	return s.showPreview(w, r, f, previewView{Preview: preview, Title: "rule.title", Submit: "rule.set"})
}

func (s *site) showPreview(w http.ResponseWriter, r *http.Request, f *form, view previewView) error {
	view.Action, view.Hidden = f.Action, f.Fields
	return s.show(w, r, page{Name: "preview", Title: view.Title, Section: "admin", Content: view})
}

func readRule(l *locale, f *form) (Rule, error) {
	rule := Rule{Counts: f.value("counts"), Rounding: f.value("rounding"), Note: f.value("note")}
	var err error
	if rule.ThresholdPercent, err = readNumber(l, f, "threshold_percent"); err != nil {
		return rule, err
	}
	if rule.MaxRate, err = readNumber(l, f, "max_rate"); err != nil {
		return rule, err
	}
	rule.Version, _ = strconv.Atoi(f.value("version")) // 0 when somebody has changed it: then it is not compared
	return rule, nil
}

// readNumber takes a comma as well as a point.
func readNumber(l *locale, f *form, name string) (float64, error) {
	x, err := strconv.ParseFloat(strings.Replace(f.value(name), ",", ".", 1), 64)
	if err != nil || x != x { //nolint:gocritic // NaN
		return 0, &FieldError{Field: name, Message: l.T("rule.bad_number")}
	}
	return x, nil
}

// excludedForm asks what counts for nobody, one stretch a line.
func excludedForm(s *site, r *http.Request) (*form, error) {
	x, err := s.Backend.Excluded(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	lines := make([]string, 0, len(x.Ranges))
	for _, e := range x.Ranges {
		lines = append(lines, strings.TrimSpace(exactClock(e.FromS)+" - "+exactClock(e.ToS)+" "+e.Label))
	}
	return &form{Title: "excluded.title", Intro: "excluded.intro", Submit: "rule.preview", Fields: []field{
		{Name: "ranges", Label: "excluded.ranges", Help: "excluded.ranges_help", Type: typeTextarea, Value: strings.Join(lines, "\n")},
		{Name: "reason", Label: "excluded.reason", Required: true, Autocomplete: "off"},
	}}, nil
}

// exactClock is clock with what is behind the whole second, so that a form that
// is sent back unchanged changes nothing.
func exactClock(seconds float64) string {
	ms := int64(math.Round(seconds * 1000))
	text := clock(float64(ms / 1000))
	if ms %= 1000; ms > 0 {
		text += strings.TrimRight(fmt.Sprintf(".%03d", ms), "0")
	}
	return text
}

func submitExcluded(s *site, w http.ResponseWriter, r *http.Request, f *form) error {
	if r.PostFormValue("change") != "" {
		return s.showForm(w, r, f, "admin")
	}
	ranges, err := readRanges(s.locale(r), f.value("ranges"))
	if err != nil {
		return err
	}
	x := Excluded{Ranges: ranges, Reason: f.value("reason")}
	if r.PostFormValue("decided") != "" {
		return toAdmin(w, r, s.Backend.SetExcluded(r.Context(), r.PathValue("id"), x))
	}
	preview, err := s.Backend.PreviewExcluded(r.Context(), r.PathValue("id"), x)
	if err != nil {
		return err
	}
	return s.showPreview(w, r, f, previewView{Preview: preview, Title: "excluded.title", Submit: "excluded.set"})
}

// readRanges reads lines such as "0:00 - 2:30 opening".
func readRanges(l *locale, text string) ([]ExcludedRange, error) {
	var ranges []ExcludedRange
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		times, label := cutTimes(line)
		from, to, found := strings.Cut(strings.ReplaceAll(times, "–", "-"), "-")
		a, errFrom := readClock(from)
		b, errTo := readClock(to)
		if !found || errFrom != nil || errTo != nil {
			return nil, &FieldError{Field: "ranges", Message: l.T("excluded.bad_line", line)}
		}
		ranges = append(ranges, ExcludedRange{FromS: a, ToS: b, Label: label})
	}
	return ranges, nil
}

// cutTimes splits the times of a line from the words behind them.
func cutTimes(line string) (times, label string) {
	end := strings.IndexFunc(line, func(c rune) bool { return !strings.ContainsRune("0123456789:.,-– \t", c) })
	if end < 0 {
		return line, ""
	}
	return line[:end], strings.TrimSpace(line[end:])
}

// readClock reads 90, 1:30 or 1:02:05 as seconds.
func readClock(text string) (float64, error) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) > 3 {
		return 0, fmt.Errorf("time %q", text)
	}
	var seconds float64
	for i, part := range parts {
		x, err := strconv.ParseFloat(strings.Replace(part, ",", ".", 1), 64)
		if err != nil || strings.Trim(part, "0123456789.,") != "" || i > 0 && x >= 60 {
			return 0, fmt.Errorf("time %q", text)
		}
		seconds = seconds*60 + x
	}
	return seconds, nil
}
