package catalog

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Lang names a language as captions and pages do: a BCP 47 tag in its usual
// spelling, e.g. "en", "pt-BR", "zh-Hant". It is safe as a part of an object key.
type Lang string

// languageTag is a well-formed tag of RFC 5646 section 2.1: language, script,
// region, variants. Extensions and private use say nothing about captions.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3})){0,3}$`)

// ParseLang checks a tag and spells it as RFC 5646 section 2.1.1 recommends. A
// *FieldError names the field.
func ParseLang(field, tag string) (Lang, error) {
	lower := strings.ToLower(strings.TrimSpace(tag))
	if !languageTag.MatchString(lower) {
		return "", &FieldError{Field: field, Code: "invalid_language", Message: "Please give the language as a tag such as en, pt-BR or zh-Hant (BCP 47)."}
	}
	parts := strings.Split(lower, "-")
	for i, part := range parts[1:] {
		switch {
		case len(part) == 2:
			parts[i+1] = strings.ToUpper(part)
		case len(part) == 4 && part[0] >= 'a':
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return Lang(strings.Join(parts, "-")), nil
}

// MaxCaptionTracks is in how many languages a recording may have captions.
const MaxCaptionTracks = 40

// CaptionTrack is the captions of a recording in one language.
type CaptionTrack struct {
	RecordingID RecordingID
	Lang        Lang
	WebVTT      string // as written by the transcoder's parser; empty in lists
	Cues        int
	EndsMS      int64 // of the caption that goes last
	UpdatedAt   time.Time
}

// captionSlack is how far the last caption may go on after the end: exports
// round, and recordings are cut.
const captionSlack = 5 * time.Second

// Warnings says what is strange about a track of a recording that long; 0 means
// that the length is not known yet. Nothing of it keeps captions from being shown.
func (t CaptionTrack) Warnings(durationMS int64) []Warning {
	if durationMS == 0 || t.EndsMS <= durationMS+captionSlack.Milliseconds() {
		return nil
	}
	return []Warning{{
		Code: "captions_too_long", Message: "The captions go on until %s, but the recording ends at %s. Please check that this file belongs to this recording.",
		Args: []any{clockOf(t.EndsMS), clockOf(durationMS)},
	}}
}

// clockOf writes a time as 0:02:05.
func clockOf(ms int64) string {
	s := ms / 1000
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
