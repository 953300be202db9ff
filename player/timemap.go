package player

import (
	"net/http"
	"strings"
)

// TimeMap is which recording another one replaces, and where its seconds are.
type TimeMap struct {
	Replaces string // id of the earlier recording; empty: nobody has said it
	Pieces   []TimePiece
}

// TimePiece says that the earlier recording's FromS to ToS is shown from AtS on.
type TimePiece struct{ FromS, ToS, AtS float64 }

// endOfRecording stands for the end, however long recordings are.
const endOfRecording = 7 * 24 * 3600

// timeMapForm is what the form shows.
type timeMapForm struct{ Replaces, Pieces string }

// formOf words a time map, one piece a line: "0:12 - 45:00 → 0:00". Nobody has
// said anything: the timing is the same.
func (m TimeMap) formOf(l *locale, earlier []Recording) timeMapForm {
	f := timeMapForm{Replaces: m.Replaces}
	if m.Replaces == "" {
		m.Pieces = []TimePiece{{ToS: endOfRecording}}
		if len(earlier) > 0 {
			f.Replaces = earlier[0].ID
		}
	}
	lines := make([]string, 0, len(m.Pieces))
	for _, p := range m.Pieces {
		to := l.T("timemap.end")
		if p.ToS < endOfRecording {
			to = exactClock(p.ToS)
		}
		lines = append(lines, exactClock(p.FromS)+" - "+to+" → "+exactClock(p.AtS))
	}
	f.Pieces = strings.Join(lines, "\n")
	return f
}

// saveTimeMap takes the form of a recording that replaces another.
func (s *site) saveTimeMap(w http.ResponseWriter, r *http.Request) error {
	typed := timeMapForm{r.PostFormValue("replaces"), r.PostFormValue("pieces")}
	pieces, err := readTimeMap(s.locale(r), typed.Pieces)
	if err == nil {
		err = s.Backend.SetTimeMap(r.Context(), r.PathValue("id"), TimeMap{typed.Replaces, pieces})
	}
	return s.saved(w, r, "replaces", "replaces", err, func(v *recordingView) { v.TimeMapForm = typed })
}

// readTimeMap reads lines such as "0:12 - 45:00 → 0:00".
func readTimeMap(l *locale, text string) ([]TimePiece, error) {
	var pieces []TimePiece
	for line := range strings.Lines(strings.NewReplacer("→", "=", "->", "=", "–", "-").Replace(text)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p, ok := readTimePiece(l, line)
		if !ok {
			return nil, &FieldError{Field: "pieces", Message: l.T("timemap.bad_line", strings.Replace(line, "=", "→", 1))}
		}
		pieces = append(pieces, p)
	}
	return pieces, nil
}

func readTimePiece(l *locale, line string) (p TimePiece, ok bool) {
	span, at, hasAt := strings.Cut(line, "=")
	from, to, hasTo := strings.Cut(span, "-")
	var errFrom, errTo, errAt error
	p.FromS, errFrom = readClock(from)
	p.AtS, errAt = readClock(at)
	if p.ToS = endOfRecording; !strings.EqualFold(strings.TrimSpace(to), l.T("timemap.end")) {
		p.ToS, errTo = readClock(to)
	}
	return p, hasAt && hasTo && errFrom == nil && errTo == nil && errAt == nil && p.ToS > p.FromS
}
