package attendance

import "rounds/catalog"

// Error is a place of a report that cannot be understood.
type Error struct {
	Line    int    // from 1; 0 for the report as a whole
	Column  string // as the report's header spells it; may be empty
	Message string // a sentence that names the remedy: the Text of a catalog.Sentence
	Args    []any  // what is filled in there
}

func (e Error) Error() string { return e.Sentence().String() }

// Sentence is what is said to whoever sent the report.
func (e Error) Sentence() catalog.Sentence {
	said := catalog.Sentence{Text: e.Message, Args: e.Args}
	switch {
	case e.Line == 0:
		return said
	case e.Column == "":
		return catalog.Say("Line %d: %s", e.Line, said)
	default:
		return catalog.Say("Line %d, column %q: %s", e.Line, e.Column, said)
	}
}

// Errors are all places of a report that cannot be understood, in order; never empty.
type Errors []Error

// shownErrors bounds the text of many errors; a wrong column is wrong in every row.
const shownErrors = 10

func (e Errors) Error() string { return e.Sentence().String() }

// Sentence is what is said of all of them.
func (e Errors) Sentence() catalog.Sentence {
	var said []catalog.Sentence
	for _, one := range e[:min(len(e), shownErrors)] {
		said = append(said, one.Sentence())
	}
	if more := len(e) - shownErrors; more > 0 {
		said = append(said, catalog.Say("%d more lines cannot be read.", more))
	}
	return catalog.Join(said...)
}

// ZoneError tells that the report's times name no time zone and none was given.
type ZoneError struct {
	// Suggestion is the offset from UTC at which the report begins near the
	// scheduled start, e.g. "+02:00"; empty when none fits.
	Suggestion string
}

func (e *ZoneError) Error() string { return e.Sentence().String() }

// Sentence is what is said to whoever sent the report.
func (e *ZoneError) Sentence() catalog.Sentence {
	said := catalog.Say("The times in this report name no time zone. Give it as time_zone, e.g. Europe/Berlin or +02:00.")
	if e.Suggestion != "" {
		said = catalog.Join(said, catalog.Say("By the schedule of the webinar it would be %s.", e.Suggestion))
	}
	return said
}

func whole(message string) Errors { return Errors{{Message: message}} }
