package captions

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/asticode/go-astisub"
)

// Track is the captions of a recording in one language: at least one cue, in
// the order of their starts, of text that cannot do anything but be read.
type Track struct {
	items []*astisub.Item
}

// Parse reads a SubRip or WebVTT file. An error about the file is a *LineError
// and wraps ErrInvalid. Captions without text are left out. How long the
// recording is does not matter here: captions may come before it is known.
func Parse(r io.Reader) (Track, error) {
	file, err := check(r)
	if err != nil {
		return Track{}, err
	}
	read := astisub.ReadFromSRT
	if file.webVTT {
		read = astisub.ReadFromWebVTT
	}
	subtitles, err := read(bytes.NewReader(file.text))
	if err != nil || len(subtitles.Items) != len(file.cues) {
		return Track{}, wrong(0, "the file cannot be understood: %v", err)
	}
	var track Track
	for i, item := range subtitles.Items {
		if lines := clean(item.Lines); len(lines) > 0 {
			track.items = append(track.items, &astisub.Item{
				StartAt: file.cues[i].start, EndAt: file.cues[i].end, Lines: lines, InlineStyle: place(item.InlineStyle),
			})
		}
	}
	if len(track.items) == 0 {
		return Track{}, wrong(0, "none of the captions has text")
	}
	return track, nil
}

// Cues is the number of captions.
func (t Track) Cues() int { return len(t.items) }

// End is when the caption that is shown last goes.
func (t Track) End() (end time.Duration) {
	for _, item := range t.items {
		end = max(end, item.EndAt)
	}
	return end
}

// WriteWebVTT writes the track (W3C WebVTT; to be delivered as text/vtt).
func (t Track) WriteWebVTT(w io.Writer) error {
	var out bytes.Buffer
	if err := (astisub.Subtitles{Items: t.items}).WriteToWebVTT(&out); err != nil {
		return fmt.Errorf("write captions: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

// place keeps where a cue is shown; check let only such settings through.
func place(s *astisub.StyleAttributes) *astisub.StyleAttributes {
	if s == nil {
		return nil
	}
	return &astisub.StyleAttributes{
		WebVTTAlign: s.WebVTTAlign, WebVTTLine: s.WebVTTLine, WebVTTPosition: s.WebVTTPosition,
		WebVTTSize: s.WebVTTSize, WebVTTVertical: s.WebVTTVertical,
	}
}

// clean keeps the text of lines, who speaks, and simple emphasis. Lines without
// text go: a blank line would end the cue.
func clean(lines []astisub.Line) []astisub.Line {
	var kept []astisub.Line
	for _, line := range lines {
		var text strings.Builder
		to := astisub.Line{VoiceName: plain(line.VoiceName)}
		for _, item := range line.Items {
			words := harmless(item.Text)
			text.WriteString(words)
			to.Items = append(to.Items, astisub.LineItem{Text: words, InlineStyle: emphasis(item.InlineStyle)})
		}
		if strings.Contains(text.String(), "-->") { // put together from parts
			to.Items = []astisub.LineItem{{Text: harmless(text.String())}}
		}
		if strings.TrimSpace(text.String()) != "" {
			kept = append(kept, to)
		}
	}
	return kept
}

// harmless takes out of text what would start a new cue, and the positions
// that SubRip files carry in braces, e.g. {\an8}.
func harmless(s string) string {
	if at := strings.Index(s, `{\an`); at >= 0 && len(s) >= at+6 && s[at+5] == '}' {
		s = s[:at] + s[at+6:]
	}
	return strings.ReplaceAll(characters.Replace(s), "-->", "→")
}

// characters are those the library leaves escaped.
var characters = strings.NewReplacer("&gt;", ">", "&quot;", `"`, "&#39;", "'")

// plain is a name without anything that could be markup.
func plain(s string) string {
	s = strings.NewReplacer("<", "", ">", "", "&", "").Replace(s)
	return strings.Trim(s, "- ") // a dash before the end of its tag would make an arrow
}

// emphasis keeps bold, italics and underline, without classes.
func emphasis(s *astisub.StyleAttributes) *astisub.StyleAttributes {
	if s == nil {
		return nil
	}
	var tags []astisub.WebVTTTag
	for _, tag := range s.WebVTTTags {
		name := strings.ToLower(tag.Name)
		simple := name == "b" || name == "i" || name == "u"
		if simple && !slices.ContainsFunc(tags, func(t astisub.WebVTTTag) bool { return t.Name == name }) {
			tags = append(tags, astisub.WebVTTTag{Name: name})
		}
	}
	return &astisub.StyleAttributes{WebVTTTags: tags}
}
