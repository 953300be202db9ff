package qoe

import (
	"math"
	"strings"
	"unicode"
)

// Kind names what a player noticed. The values are part of the API.
type Kind string

// The kinds of event. Others are passed over.
const (
	Play     Kind = "play"      // asked for, the first time
	Start    Kind = "start"     // the picture moves for the first time: MS after it was asked for
	Stall    Kind = "stall"     // it stands though nobody stopped it
	StallEnd Kind = "stall_end" // it goes on, or nobody waits any more: after MS
	Exit     Kind = "exit"      // the page is left before the start: MS after play was asked for
	Failure  Kind = "failure"   // play cannot go on; the doctor was told
	Report   Kind = "report"    // the doctor reported what was wrong, with one tap
	Rung     Kind = "rung"      // the quality changed to Height
)

// MaxEvents is how many events of one beat are read.
const MaxEvents = 64

// Bounds of what is believed.
const (
	maxNumber = 10_000
	maxText   = 120
	longestMS = 7 * 24 * 3600 * 1000
	maxHeight = 10_000
	maxRungs  = 100
)

// Event is one thing that a player noticed.
type Event struct {
	N      int // counted by the player within its playback session, from 1
	Kind   Kind
	AtMS   int64 // since the session was opened, by the player's clock
	Detail Detail
}

// Detail is what belongs to an event; which fields do depends on its kind.
type Detail struct {
	MS       int64  `json:"ms,omitempty"`
	Height   int    `json:"height,omitempty"`
	Error    string `json:"error,omitempty"`
	Engine   string `json:"engine,omitempty"`    // of play
	Network  string `json:"network,omitempty"`   // of play: effective type, "slow-2g" to "4g"
	Link     string `json:"link,omitempty"`      // of play: "wifi", "cellular", …
	SaveData bool   `json:"save_data,omitempty"` // of play
	Device   string `json:"device,omitempty"`    // of play and reports, from the User-Agent: "phone", "tablet", "computer"
	Browser  string `json:"browser,omitempty"`   // of play and reports, from the User-Agent
}

// Read takes the events that it knows out of what a beat carries, as it was
// decoded from JSON, with the User-Agent of the request. What has another shape,
// no number or an unusable value is passed over.
func Read(raw []any, userAgent string) []Event {
	var events []Event
	for _, one := range raw[:min(len(raw), MaxEvents)] {
		fields, ok := one.(map[string]any)
		if !ok {
			continue
		}
		e, ok := read(fields)
		if !ok {
			continue
		}
		if e.Kind == Play || e.Kind == Report {
			e.Detail.Device, e.Detail.Browser = Device(userAgent), Browser(userAgent)
		}
		events = append(events, e)
	}
	return events
}

func read(fields map[string]any) (Event, bool) {
	n, counted := whole(fields["n"], 1, 1, maxNumber)
	at, placed := whole(fields["at_s"], 1000, 0, longestMS)
	e := Event{N: int(n), Kind: Kind(text(fields["kind"])), AtMS: at}
	if !counted || !placed {
		return e, false
	}
	var ok bool
	switch e.Kind {
	case Play:
		save, _ := fields["save_data"].(bool)
		e.Detail = Detail{Engine: text(fields["engine"]), Network: text(fields["network"]), Link: text(fields["link"]), SaveData: save}
		return e, true
	case Start, StallEnd, Exit:
		e.Detail.MS, ok = whole(fields["ms"], 1, 0, longestMS)
		return e, ok
	case Failure, Report:
		e.Detail.Error = text(fields["error"])
		return e, true
	case Rung:
		var height int64
		height, ok = whole(fields["height"], 1, 1, maxHeight)
		e.Detail.Height = int(height)
		return e, ok
	default:
		return e, e.Kind == Stall
	}
}

// whole reads a number of JSON times scale that lies between two bounds.
func whole(value any, scale, from, to float64) (int64, bool) {
	v, ok := value.(float64)
	if v *= scale; !ok || math.IsNaN(v) || v < from || v > to {
		return 0, false
	}
	return int64(math.Round(v)), true
}

// text reads a short text without anything that could trouble a reader of it.
func text(value any) string {
	s, _ := value.(string)
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s[:min(len(s), 4*maxText)])
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:maxText])
	}
	return s
}
