package catalog

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Sentence is something said to a reader. Text is English, with the verbs of
// fmt where Args are filled in, and by it each language finds its own wording
// (as gettext does it), so that what is said and how it is found cannot part.
// It must be a constant: the test of the locale files reads the source for
// what can be said. Args are strings, numbers, Dated or Sentences of their own.
// One that is stored as JSON has strings, whole numbers and Sentences only.
type Sentence struct {
	Text string `json:"text"`
	Args []any  `json:"args,omitempty"`
}

// Say makes a Sentence.
func Say(text string, args ...any) Sentence { return Sentence{text, args} }

// String is the sentence in English.
func (s Sentence) String() string {
	if len(s.Args) == 0 {
		return s.Text
	}
	return fmt.Sprintf(s.Text, s.Args...)
}

// Said takes the sentence apart, for whoever translates it.
func (s Sentence) Said() (text string, args []any) { return s.Text, s.Args }

// UnmarshalJSON reads one that was stored, so that it can be said in any language.
func (s *Sentence) UnmarshalJSON(data []byte) error {
	var stored struct {
		Text string
		Args []json.RawMessage
	}
	if err := json.Unmarshal(data, &stored); err != nil {
		return err
	}
	*s = Sentence{Text: stored.Text}
	for _, raw := range stored.Args {
		arg, err := readArg(raw)
		if err != nil {
			return fmt.Errorf("args of %q: %w", s.Text, err)
		}
		s.Args = append(s.Args, arg)
	}
	return nil
}

func readArg(raw json.RawMessage) (any, error) {
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	case '{':
		var inner Sentence
		err := json.Unmarshal(raw, &inner)
		return inner, err
	default:
		var number int
		err := json.Unmarshal(raw, &number)
		return number, err
	}
}

// Join puts sentences behind one another; none that is empty.
func Join(sentences ...Sentence) Sentence {
	var all Sentence
	for _, s := range sentences {
		switch {
		case s.Text == "":
		case all.Text == "":
			all = s
		default:
			all = Say("%s %s", all, s)
		}
	}
	return all
}

// List puts parts of a sentence behind one another, with commas; none that is empty.
func List(parts ...Sentence) Sentence {
	var all Sentence
	for _, s := range parts {
		switch {
		case s.Text == "":
		case all.Text == "":
			all = s
		default:
			all = Say("%s, %s", all, s)
		}
	}
	return all
}

// Names puts what things are called behind one another, with commas.
func Names(names []string) Sentence {
	parts := make([]Sentence, 0, len(names))
	for _, name := range names {
		parts = append(parts, Say("%s", name))
	}
	return List(parts...)
}

// Device is the name of a device in a sentence: "Chrome on Windows".
func Device(name string) Sentence {
	if browser, system, both := strings.Cut(name, " on "); both {
		return Say("%s on %s", browser, system)
	}
	return Say("%s", name)
}

// Dated is a time in a sentence, on the clock of its location: the day, of which
// each language has its own way, and behind it the time as digits.
type Dated struct {
	time.Time
	Clock string // e.g. "15:04 CET"
}

// On is t with the time of day and its zone: "Mon 2 Mar 2026, 15:04 CET".
func On(t time.Time) Dated { return Dated{t, t.Format("15:04 MST")} }

// ClockOf is what follows the day.
func (d Dated) ClockOf() string { return d.Clock }

// String is the time in English.
func (d Dated) String() string { return d.Format("Mon 2 Jan 2006, ") + d.Clock }
