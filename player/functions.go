package player

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// functions are what templates can call beside their data.
func functions(l *locale, a *assets, when When) template.FuncMap {
	return template.FuncMap{
		"T":           l.T,
		"N":           l.N,
		"strings":     l.ScriptStrings,
		"asset":       a.URL,
		"coded":       coded,
		"percent":     percent,
		"clock":       clock,
		"minutes":     minutes,
		"when":        func(t time.Time, zone string) string { return when(t, zone, l.T("time.when"), l.calendar()) },
		"day":         l.day,
		"dayOf":       l.dayOf,
		"country":     l.country,
		"lasting":     l.lasting,
		"startup":     l.startup,
		"size":        l.size,
		"tel":         func(link string) template.URL { return template.URL(link) }, //nolint:gosec // G203: + and digits only, checked where it came in
		"webcal":      func(link string) template.URL { return template.URL(link) }, //nolint:gosec // G203: our own address, with a token of ours
		"list":        listed,
		"stretches":   stretches,
		"ring":        newRing,
		"bars":        newBars,
		"ticks":       newTicks,
		"language":    l.Language,
		"add":         func(a, b int) int { return a + b },
		"times100":    func(x float64) float64 { return x * 100 },
		"recordings":  newRecordingList,
		"cellIn":      func(c cell, zone string) map[string]any { return map[string]any{"Cell": c, "Zone": zone} },
		"itemOf":      func(kind, id, title string) Item { return Item{Kind: kind, ID: id, Title: title} },
		"actOf":       func(a act, of string) map[string]any { return map[string]any{"Act": a, "Of": of} },
		"withdrawing": func(r Recording, next string) withdrawing { return withdrawing{r, next} },
	}
}

// percent rounds down, so that 100 is shown only when all was watched.
func percent(p float64) int { return int(math.Floor(max(0, min(100, p)))) }

// clock writes seconds as 2:05 or 1:02:05.
func clock(seconds float64) string {
	s := int(seconds)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// minutes rounds seconds up to whole minutes.
func minutes(seconds float64) int { return int(math.Ceil(seconds / 60)) }

// day writes a date without the time.
func (l *locale) day(t time.Time) string {
	return l.T("time.day", l.Weekdays[t.Weekday()], t.Day(), l.Months[t.Month()-time.January], t.Year())
}

// lasting writes a length of time in minutes and seconds, without those that are none.
func (l *locale) lasting(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	switch {
	case seconds < 60:
		return l.T("units.s", strconv.Itoa(seconds))
	case seconds%60 == 0:
		return l.T("units.min", seconds/60)
	default:
		return l.T("units.min_s", seconds/60, seconds%60)
	}
}

// dayOf writes a date that was written as 2026-11-02.
func (l *locale) dayOf(text string) string {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return l.day(day)
}

// startup writes how long half and almost all of some views took to start.
func (l *locale) startup(r QualityRow) string {
	return l.T("units.s", fmt.Sprintf("%.1f", r.StartupP50S)) + " · " + l.T("units.s", fmt.Sprintf("%.1f", r.StartupP95S))
}

// size writes bytes in megabytes or gigabytes, as file managers do.
func (l *locale) size(bytes int64) string {
	number := func(x float64, decimals int) string { return strconv.FormatFloat(x, 'f', decimals, 64) }
	switch mega := float64(bytes) / 1e6; {
	case mega >= 1000:
		return l.T("units.gb", number(mega/1000, 1))
	case mega >= 1:
		return l.T("units.mb", number(mega, 0))
	case mega >= 0.1:
		return l.T("units.mb", number(mega, 1))
	default:
		return l.T("units.kb", number(math.Ceil(mega*1000), 0))
	}
}

// listed puts names one behind the other, with the comma of the script they are in.
func listed(names []string) string {
	var b strings.Builder
	comma := ""
	for _, name := range names {
		b.WriteString(comma + name)
		comma = ", "
		if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
			comma = "، "
		}
	}
	return b.String()
}

// stretches writes from where to where each of seconds lasts.
func stretches(seconds [][2]float64) string {
	words := make([]string, len(seconds))
	for i, s := range seconds {
		words[i] = clock(s[0]) + "–" + clock(s[1])
	}
	return listed(words)
}

// ring is a progress ring: its arc in hundredths of the circle.
type ring struct {
	Percent int
	Done    bool
	Label   string
}

func newRing(p float64, done bool, label string) ring {
	return ring{Percent: percent(p), Done: done, Label: label}
}

// bar is one watched stretch, in thousandths of the recording.
type bar struct{ X, Width float64 }

// newBars lays ranges of seconds out over a recording's length.
func newBars(ranges [][2]float64, duration float64) []bar {
	bars := make([]bar, 0, len(ranges))
	for _, r := range ranges {
		if duration > 0 && r[1] > r[0] {
			bars = append(bars, bar{X: r[0] / duration * 1000, Width: (r[1] - r[0]) / duration * 1000})
		}
	}
	return bars
}

// newTicks lays the starts of chapters out over a recording's length, but the one
// at its beginning.
func newTicks(chapters []Chapter, duration float64) []bar {
	var ticks []bar
	for _, c := range chapters {
		if c.StartS > 0 && c.StartS < duration {
			ticks = append(ticks, bar{X: c.StartS / duration * 1000, Width: 2})
		}
	}
	return ticks
}

// recordingList is a webinar's recordings and the page their buttons return to.
type recordingList struct {
	Recordings []Recording
	Next       string
}

func newRecordingList(recordings []Recording, next string) recordingList {
	return recordingList{recordings, next}
}

// withdrawing is a recording that can be withdrawn and the page to return to.
type withdrawing struct {
	Recording Recording
	Next      string
}

// seconds writes seconds with as many decimals as they need.
func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) }
