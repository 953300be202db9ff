package care

import (
	"context"
	"encoding/json"
	"time"

	"rounds/catalog"
)

// Light says how something is.
type Light string

// The lights, from the best to the worst.
const (
	Green   Light = "green"
	Unknown Light = "unknown" // not set on this machine, or what would tell does not answer; that has a line of its own
	Amber   Light = "amber"   // works, but somebody should look within days
	Red     Light = "red"     // doctors notice, or will soon
)

func (l Light) rank() int { return map[Light]int{Unknown: 1, Amber: 2, Red: 3}[l] }

// Worse tells whether a light is worse than another.
func (l Light) Worse(than Light) bool { return l.rank() > than.rank() }

// Finding is what came of one check, for readers of any language: what is filled
// into its sentence is strings, whole numbers and sentences. Remedy is the Text of
// a catalog.Sentence, empty when it is green; commands and paths stand in `…`.
type Finding struct {
	Light    Light
	Sentence catalog.Sentence
	Remedy   string
	Figures  map[string]float64 // for the next report to compare with
}

// Fine is a green finding.
func Fine(text string, args ...any) Finding {
	return Finding{Light: Green, Sentence: catalog.Sentence{Text: text, Args: args}}
}

// NotKnown is a finding that says nothing, and why.
func NotKnown(text string, args ...any) Finding {
	return Finding{Light: Unknown, Sentence: catalog.Sentence{Text: text, Args: args}}
}

// Not is a finding that somebody has to do something about.
func Not(light Light, remedy, text string, args ...any) Finding {
	return Finding{Light: light, Sentence: catalog.Sentence{Text: text, Args: args}, Remedy: remedy}
}

// graded is amber or red when value is at or beyond the bound, else green.
func graded(value, amber, red float64) Light {
	switch {
	case value >= red:
		return Red
	case value >= amber:
		return Amber
	default:
		return Green
	}
}

// with gives a finding with the light, or without the remedy when it is green.
func with(light Light, remedy, text string, args ...any) Finding {
	if light == Green {
		return Fine(text, args...)
	}
	return Not(light, remedy, text, args...)
}

// joined puts what was found of several things behind one another.
func joined(parts []catalog.Sentence) catalog.Sentence {
	all := parts[0]
	for _, part := range parts[1:] {
		all = catalog.Say("%s; %s", all, part)
	}
	return all
}

// Check is one thing that is asked.
type Check struct {
	Name string // one of Checks
	Look func(ctx context.Context) Finding
}

// Limit is how long one check may take. All are asked at once, so this bounds the
// whole report, too.
const Limit = 10 * time.Second

// Line is one check of a report, with a [Finding]'s Sentence and Remedy.
type Line struct {
	Check    string             `json:"check"`
	Area     string             `json:"area"`
	Light    Light              `json:"light"`
	Sentence catalog.Sentence   `json:"-"`
	Remedy   string             `json:"remedy"`
	Runbook  string             `json:"runbook"`
	TookS    float64            `json:"took_s"`
	Figures  map[string]float64 `json:"figures,omitempty"`
}

// bareLine is a Line without its methods, and storedLine what it is as JSON: the
// sentence in English, which releases before this one read, and what it is made of.
type (
	bareLine   Line
	storedLine struct {
		bareLine

		Sentence string           `json:"sentence"`
		Said     catalog.Sentence `json:"said,omitzero"`
	}
)

// MarshalJSON writes the sentence in English, and beside it, as "said", its parts.
func (l Line) MarshalJSON() ([]byte, error) {
	return json.Marshal(storedLine{bareLine(l), l.Sentence.String(), l.Sentence})
}

// UnmarshalJSON reads what was written. A line of a release that had no parts keeps
// its English.
func (l *Line) UnmarshalJSON(data []byte) error {
	var stored storedLine
	if err := json.Unmarshal(data, &stored); err != nil {
		return err
	}
	*l = Line(stored.bareLine)
	if l.Sentence = stored.Said; l.Sentence.Text == "" {
		l.Sentence.Text = stored.Sentence
	}
	return nil
}

// Report is what came of all checks.
type Report struct {
	Kind  Kind      `json:"kind"`
	Host  string    `json:"host"`
	At    time.Time `json:"at"`
	TookS float64   `json:"took_s"`
	Light Light     `json:"light"` // the worst line; unknown ones count as green
	Lines []Line    `json:"lines"`
}

// Past is how one of the last reports went.
type Past struct {
	Kind  Kind
	Host  string
	At    time.Time
	Light Light
	Red   []string // names of checks
}

// Kind says which checks a report has.
type Kind string

// The kinds. Weekly has all checks, daily those that cost little.
const (
	Daily  Kind = "daily"
	Weekly Kind = "weekly"
)

// Reds names the lines that are red.
func (r Report) Reds() (names []string) {
	for _, l := range r.Lines {
		if l.Light == Red {
			names = append(names, l.Check)
		}
	}
	return names
}

// Count is how many lines have a light.
func (r Report) Count(light Light) (n int) {
	for _, l := range r.Lines {
		if l.Light == light {
			n++
		}
	}
	return n
}
