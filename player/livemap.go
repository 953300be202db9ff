package player

import (
	"net/http"
	"strings"
	"time"
)

// LiveMap is where the live session lies on a recording.
type LiveMap struct {
	Pieces    []LivePiece // by the schedule when nobody has said anything
	Confirmed bool        // certificates wait for it
}

// LivePiece says that what was shown live from LiveAt on lies at FromS to ToS.
type LivePiece struct {
	LiveAt      time.Time
	FromS, ToS  float64
	First, Last Frame // what is seen there
}

// Frame is a small picture on a sheet of them; without URL when there is none.
type Frame struct {
	URL                     string
	X, Y, Width, Height     int
	SheetWidth, SheetHeight int
}

// liveRow is a line of the live map's form.
type liveRow struct {
	Live, From, To string
	First, Last    Frame
}

// liveForm is what the form shows.
type liveForm struct {
	Rows      []liveRow
	Confirmed bool
	Zone      string
}

// liveClock is how browsers send a date and time; seconds are left out when they are zero.
const liveClock = "2006-01-02T15:04:05"

// zoneOf is the clock that somebody reads; UTC when it is not known.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// formOf words a live map on the reader's clock, with an empty row to add a piece.
func (m LiveMap) formOf(zone string) liveForm {
	f := liveForm{Confirmed: m.Confirmed, Zone: zoneOf(zone).String()}
	for _, p := range m.Pieces {
		f.Rows = append(f.Rows, liveRow{p.LiveAt.In(zoneOf(zone)).Format(liveClock), exactClock(p.FromS), exactClock(p.ToS), p.First, p.Last})
	}
	f.Rows = append(f.Rows, liveRow{})
	return f
}

// saveLiveMap takes the pieces, and whether a person says that they are right.
func (s *site) saveLiveMap(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	typed := postedLive(r, v.TimeZone)
	pieces, err := typed.read(s.locale(r))
	if err == nil {
		err = s.Backend.SetLiveMap(r.Context(), r.PathValue("id"), LiveMap{pieces, typed.Confirmed})
	}
	return s.saved(w, r, "live", "live", err, func(v *recordingView) { v.LiveForm = typed })
}

// postedLive reads the form as it was sent: fields of a row have the same place in their lists.
func postedLive(r *http.Request, zone string) liveForm {
	_ = r.ParseForm() // what cannot be read is missing
	f := liveForm{Confirmed: r.PostFormValue("confirmed") != "", Zone: zoneOf(zone).String()}
	from, to := r.PostForm["from"], r.PostForm["to"]
	for i, live := range r.PostForm["live"] {
		if i < len(from) && i < len(to) {
			f.Rows = append(f.Rows, liveRow{Live: strings.TrimSpace(live), From: strings.TrimSpace(from[i]), To: strings.TrimSpace(to[i])})
		}
	}
	return f
}

// read makes pieces of the rows that are not empty.
func (f liveForm) read(l *locale) ([]LivePiece, error) {
	pieces := []LivePiece{}
	for i, row := range f.Rows {
		if row.Live == "" && row.From == "" && row.To == "" {
			continue
		}
		at, err := readLiveClock(row.Live, zoneOf(f.Zone))
		from, errFrom := readClock(row.From)
		to, errTo := readClock(row.To)
		if err != nil || errFrom != nil || errTo != nil || to <= from {
			return nil, &FieldError{Field: "live", Message: l.T("live.bad_row", i+1)}
		}
		pieces = append(pieces, LivePiece{LiveAt: at, FromS: from, ToS: to})
	}
	return pieces, nil
}

func readLiveClock(text string, zone *time.Location) (time.Time, error) {
	if len(text) == len("2006-01-02T15:04") {
		text += ":00"
	}
	at, err := time.ParseInLocation(liveClock, text, zone)
	return at.UTC(), err
}
