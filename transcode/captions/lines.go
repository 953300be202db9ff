package captions

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a caption file. A talk of twelve hours with a cue each second has
// 43,200 cues.
const (
	maxBytes = 8 << 20
	maxCues  = 50_000
	maxLine  = 2000 // bytes
	maxTags  = 100  // of one cue: the library's work grows with their square
)

// ErrInvalid is wrapped by every error about the file itself.
var ErrInvalid = errors.New("captions cannot be used")

// LineError says what is wrong with which line, counted from 1; 0 means the
// whole file.
type LineError struct {
	Line    int
	Message string
}

// Error is the message with its line.
func (e *LineError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (e *LineError) Unwrap() error { return ErrInvalid }

func wrong(line int, format string, args ...any) error {
	return &LineError{Line: line, Message: fmt.Sprintf(format, args...)}
}

// cueTime is the time line of one cue.
type cueTime struct {
	line       int // where it stands
	start, end time.Duration
}

// checked is a file whose lines are all allowed.
type checked struct {
	webVTT bool
	text   []byte // only cues: what the library gets to see
	cues   []cueTime
}

// check reads a file line by line. What it leaves out is harmless to leave out;
// what it does not understand it refuses.
func check(r io.Reader) (checked, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return checked{}, fmt.Errorf("read captions: %w", err)
	}
	if len(content) > maxBytes {
		return checked{}, wrong(0, "the file is larger than %d MiB", maxBytes>>20)
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	content = bytes.ReplaceAll(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	c := &checker{}
	c.webVTT = bytes.HasPrefix(content, []byte("WEBVTT"))
	if c.skipping = c.webVTT; c.webVTT { // its header
		c.out.WriteString("WEBVTT\n\n")
	}
	scan := bufio.NewScanner(bytes.NewReader(content))
	scan.Buffer(nil, maxBytes+1)
	for scan.Scan() {
		c.number++
		if err := c.line(scan.Text()); err != nil {
			return checked{}, err
		}
	}
	if err := scan.Err(); err != nil {
		return checked{}, fmt.Errorf("read captions: %w", err)
	}
	if len(c.cues) == 0 {
		return checked{}, wrong(0, "no captions were found; SubRip (SRT) and WebVTT files can be read")
	}
	c.text = []byte(c.out.String())
	return c.checked, nil
}

type checker struct {
	checked
	out      strings.Builder
	number   int
	skipping bool // until the next blank line
	inCue    bool // below a time line, above the next blank line
	tags     int  // since the last blank line
}

func (c *checker) line(s string) error {
	if !utf8.ValidString(s) {
		return wrong(c.number, "is not UTF-8; save the file with that encoding")
	}
	if len(s) > maxLine {
		return wrong(c.number, "is longer than %d bytes", maxLine)
	}
	if strings.ContainsFunc(s, isControl) {
		return wrong(c.number, "has characters that are not text")
	}
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		c.out.WriteByte('\n')
		c.skipping, c.inCue, c.tags = false, false, 0
	case c.skipping:
	case strings.Contains(s, "-->"):
		return c.time(s)
	case c.webVTT && !c.inCue && isBlock(s):
		c.skipping = true
	default:
		return c.content(s)
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// isBlock tells whether a line starts a block of WebVTT that is left out: a
// style sheet, a region, a comment (W3C WebVTT sections 4.1 to 4.3).
func isBlock(s string) bool {
	word, _, _ := strings.Cut(s, " ")
	return word == "STYLE" || word == "REGION" || word == "NOTE" || word == "Region:"
}

// timeLine has hours (optional), minutes, seconds and milliseconds of both
// ends, then the settings.
var timeLine = regexp.MustCompile(`^(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?[ \t]*-->[ \t]*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?(?:[ \t]+(.*))?$`)

// settings that place a cue (W3C WebVTT section 4.4); others are left out.
var setting = regexp.MustCompile(`^(?:align:(?:start|center|middle|end|left|right)|line:-?\d{1,3}(?:\.\d{1,3})?%?(?:,(?:start|center|end))?|position:\d{1,3}(?:\.\d{1,3})?%(?:,(?:line-left|center|line-right))?|size:\d{1,3}(?:\.\d{1,3})?%|vertical:(?:rl|lr))$`)

func (c *checker) time(s string) error {
	m := timeLine.FindStringSubmatch(s)
	if m == nil {
		return wrong(c.number, "is not of the form 00:01:02.000 --> 00:01:04.000")
	}
	cue := cueTime{line: c.number}
	var ok, fine bool
	cue.start, ok = clock(m[1:5])
	cue.end, fine = clock(m[5:9])
	switch {
	case !ok || !fine:
		return wrong(c.number, "has a time with more than 59 minutes or seconds")
	case cue.end <= cue.start:
		return wrong(c.number, "ends at %s, not after its start at %s", spell(cue.end), spell(cue.start))
	case len(c.cues) == maxCues:
		return wrong(c.number, "more than %d captions", maxCues)
	}
	if n := len(c.cues); n > 0 && cue.start < c.cues[n-1].start {
		return wrong(c.number, "starts at %s, before the caption above it at %s", spell(cue.start), spell(c.cues[n-1].start))
	}
	c.cues, c.inCue = append(c.cues, cue), true
	c.out.WriteString(spell(cue.start) + " --> " + spell(cue.end))
	for _, word := range strings.Fields(m[9]) {
		if c.webVTT && setting.MatchString(word) {
			c.out.WriteString(" " + word)
		}
	}
	c.out.WriteByte('\n')
	return nil
}

// clock reads hours, minutes, seconds and a decimal fraction of a second.
func clock(parts []string) (time.Duration, bool) {
	number := func(s string) (n int) {
		for _, digit := range s {
			n = 10*n + int(digit-'0')
		}
		return n
	}
	hours, minutes, seconds := number(parts[0]), number(parts[1]), number(parts[2])
	millis := ((hours*60+minutes)*60+seconds)*1000 + number((parts[3] + "000")[:3])
	return time.Duration(millis) * time.Millisecond, minutes < 60 && seconds < 60
}

// spell writes a time as WebVTT does.
func spell(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d.%03d", d/time.Hour, d/time.Minute%60, d/time.Second%60, d/time.Millisecond%1000)
}

// markup finds tags; the names of those that captions may have are in allowed.
var (
	markup  = regexp.MustCompile(`<\s*/?\s*([A-Za-z][A-Za-z0-9]*)`)
	allowed = map[string]bool{"b": true, "i": true, "u": true, "c": true, "v": true, "lang": true, "ruby": true, "rt": true, "font": true}
)

// guard keeps the library from taking text for something else: "NOTE that" at
// the start of a line for a comment.
const guard = "<c></c>"

// voices finds who speaks; each gets a line, since the library knows one a line.
var voices = regexp.MustCompile(`(?i)<v[. \t]`)

// content is a cue's number, its name, or a line of its text.
func (c *checker) content(s string) error {
	tags := markup.FindAllStringSubmatch(s, -1)
	if c.tags += len(tags); c.tags > maxTags {
		return wrong(c.number, "has the caption's tag number %d; there may be %d", c.tags, maxTags)
	}
	for _, tag := range tags {
		if !allowed[strings.ToLower(tag[1])] {
			return wrong(c.number, "has the markup <%s>, which captions cannot have", tag[1])
		}
	}
	if c.webVTT && c.inCue {
		s = guard + voices.ReplaceAllString(s, "\n"+guard+"$0")
	}
	c.out.WriteString(s + "\n")
	return nil
}
