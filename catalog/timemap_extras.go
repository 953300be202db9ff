package catalog

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// MoveChapters moves chapters; those that begin in what was cut begin where the
// recording goes on, unless another one does.
func (m TimeMap) MoveChapters(chapters []Chapter) []Chapter {
	var out []Chapter
	for i, c := range chapters {
		next := int64(maxMapSeconds * 1000)
		if i+1 < len(chapters) {
			next = chapters[i+1].StartMS
		}
		for _, p := range m.Pieces { // the first second of the chapter that is left
			from := max(c.StartMS, milliseconds(p.FromS))
			if from < min(next, milliseconds(p.FromS+p.LengthS)) {
				out = append(out, Chapter{StartMS: from - milliseconds(p.FromS) + milliseconds(p.AtS), Title: c.Title})
				break
			}
		}
	}
	return out
}

func milliseconds(seconds float64) int64 { return int64(seconds*1000 + 0.5) }

// cueTimes is the line of a WebVTT cue, as the transcoder writes it.
var cueTimes = regexp.MustCompile(`^(?:(\d+):)?(\d\d):(\d\d)\.(\d{3}) --> (?:(\d+):)?(\d\d):(\d\d)\.(\d{3})(.*)$`)

// MoveCaptions moves the cues of a track that the transcoder has written: each
// is cut down to what is left of it, and gone when nothing is. Cues and EndsMS
// are counted anew; a track of which nothing is left has no cues.
func (m TimeMap) MoveCaptions(t CaptionTrack) CaptionTrack {
	moved := t
	moved.Cues, moved.EndsMS = 0, 0
	var text []string
	for block := range strings.SplitSeq(strings.TrimSpace(t.WebVTT), "\n\n") {
		before, line, after, found := cueOf(block)
		if !found {
			text = append(text, block) // the header, a region, a note
			continue
		}
		for _, r := range m.moveSpan(span(line[1:5]), span(line[5:9])) {
			if before = cueNumber(before, moved.Cues+1); len(after) > 0 {
				text = append(text, before+clock(r[0])+" --> "+clock(r[1])+line[9]+"\n"+after)
				moved.Cues, moved.EndsMS = moved.Cues+1, max(moved.EndsMS, r[1])
			}
		}
	}
	moved.WebVTT = strings.Join(text, "\n\n") + "\n"
	return moved
}

// cueOf splits a cue into what stands before its times, the times and its text.
func cueOf(block string) (before string, times []string, text string, found bool) {
	lines := strings.Split(block, "\n")
	for i, line := range lines[:min(2, len(lines))] {
		if times = cueTimes.FindStringSubmatch(line); times != nil {
			for _, l := range lines[:i] {
				before += l + "\n"
			}
			return before, times, strings.Join(lines[i+1:], "\n"), true
		}
	}
	return "", nil, "", false
}

// cueNumber counts cues that are counted.
func cueNumber(before string, n int) string {
	if before == "" {
		return ""
	}
	return strconv.Itoa(n) + "\n"
}

// moveSpan is what is left of a stretch of the earlier recording, in
// milliseconds; parts that follow each other are one.
func (m TimeMap) moveSpan(from, to int64) (out [][2]int64) {
	for _, p := range m.Pieces {
		pieceFrom, at := milliseconds(p.FromS), milliseconds(p.AtS)
		a, b := max(from, pieceFrom), min(to, milliseconds(p.FromS+p.LengthS))
		if a >= b {
			continue
		}
		a, b = a-pieceFrom+at, b-pieceFrom+at
		if n := len(out); n > 0 && out[n-1][1] == a {
			out[n-1][1] = b
			continue
		}
		out = append(out, [2]int64{a, b})
	}
	return out
}

// span reads hours (or none), minutes, seconds and milliseconds.
func span(parts []string) (ms int64) {
	for i, unit := range []int64{3_600_000, 60_000, 1000, 1} {
		n, _ := strconv.ParseInt(parts[i], 10, 64) // digits, or nothing
		ms += n * unit
	}
	return ms
}

// clock writes a time as WebVTT does.
func clock(ms int64) string {
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}
