package playbackdb

import (
	"fmt"
	"strconv"
	"strings"

	"rounds/playback"
)

// formatRanges spells a set as PostgreSQL does: {[0,10),[20,30)}.
func formatRanges(s playback.Ranges) string {
	b := []byte{'{'}
	for i, r := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '['), r.From, 10)
		b = append(strconv.AppendInt(append(b, ','), r.To, 10), ')')
	}
	return string(append(b, '}'))
}

// parseRanges reads the text of an int4multirange or int8multirange. The
// database always spells them half-open and sorted.
func parseRanges(text string) (playback.Ranges, error) {
	inner, ok := strings.CutPrefix(text, "{[")
	if !ok {
		if text == "{}" || text == "" {
			return nil, nil
		}
		return nil, fmt.Errorf("multirange %q", text)
	}
	var out playback.Ranges
	for piece := range strings.SplitSeq(strings.TrimSuffix(inner, ")}"), "),[") {
		from, to, _ := strings.Cut(piece, ",")
		a, errFrom := strconv.ParseInt(from, 10, 64)
		b, errTo := strconv.ParseInt(to, 10, 64)
		if errFrom != nil || errTo != nil {
			return nil, fmt.Errorf("multirange %q", text)
		}
		out = append(out, playback.Range{From: a, To: b})
	}
	return out, nil
}

// rangesColumn scans a multirange that was read as text; null is the empty set.
type rangesColumn struct{ to *playback.Ranges }

// Scan implements sql.Scanner.
func (c rangesColumn) Scan(value any) error {
	text, _ := value.(string)
	ranges, err := parseRanges(text)
	*c.to = ranges
	return err
}
