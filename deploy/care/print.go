package care

import (
	"fmt"
	"io"
	"strings"
)

// words are what a light is called; those that want somebody are in capitals, so
// that they are found without colours.
var words = map[Light]string{Green: "green", Unknown: "unknown", Amber: "AMBER", Red: "RED"} //nolint:gochecknoglobals // a constant

// colours are ANSI; they only repeat what the word says.
var colours = map[Light]string{Green: "32", Unknown: "2", Amber: "33", Red: "1;31"} //nolint:gochecknoglobals // a constant

// Print writes a line for each check, and below those that want somebody what to do.
func (r Report) Print(w io.Writer, coloured bool) error {
	var text strings.Builder
	for _, l := range r.Lines {
		word := fmt.Sprintf("%-8s", words[l.Light])
		if coloured {
			word = "\x1b[" + colours[l.Light] + "m" + word + "\x1b[0m"
		}
		fmt.Fprintf(&text, "%s %-18s %s\n", word, l.Check, l.Sentence)
		if l.Remedy != "" {
			fmt.Fprintf(&text, "%-8s %-18s → %s (%s)\n", "", "", l.Remedy, l.Runbook)
		}
	}
	fmt.Fprintf(&text, "%s checks of %s in %.1f s: %d green, %d amber, %d red, %d unknown\n",
		r.Kind, r.Host, r.TookS, r.Count(Green), r.Count(Amber), r.Count(Red), r.Count(Unknown))
	_, err := io.WriteString(w, text.String())
	return err
}
