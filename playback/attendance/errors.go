package attendance

import (
	"fmt"
	"strings"
)

// Error is a place of a report that cannot be understood.
type Error struct {
	Line    int    // from 1; 0 for the report as a whole
	Column  string // as the report's header spells it; may be empty
	Message string // a sentence that names the remedy
}

func (e Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Message
	case e.Column == "":
		return fmt.Sprintf("Line %d: %s", e.Line, e.Message)
	default:
		return fmt.Sprintf("Line %d, column %q: %s", e.Line, e.Column, e.Message)
	}
}

// Errors are all places of a report that cannot be understood, in order; never empty.
type Errors []Error

// shownErrors bounds the text of many errors; a wrong column is wrong in every row.
const shownErrors = 10

func (e Errors) Error() string {
	var text []string
	for _, one := range e[:min(len(e), shownErrors)] {
		text = append(text, one.Error())
	}
	if more := len(e) - shownErrors; more > 0 {
		text = append(text, fmt.Sprintf("%d more lines cannot be read.", more))
	}
	return strings.Join(text, " ")
}

// ZoneError tells that the report's times name no time zone and none was given.
type ZoneError struct {
	// Suggestion is the offset from UTC at which the report begins near the
	// scheduled start, e.g. "+02:00"; empty when none fits.
	Suggestion string
}

func (e *ZoneError) Error() string {
	text := "The times in this report name no time zone. Give it as time_zone, e.g. Europe/Berlin or +02:00."
	if e.Suggestion != "" {
		text += " By the schedule of the webinar it would be " + e.Suggestion + "."
	}
	return text
}

func whole(message string) Errors { return Errors{{Message: message}} }
