package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanLine checks a one-line text of a request: valid UTF-8 without control
// characters, trimmed, runs of white space made one, at most maxRunes long. A
// *FieldError names the field; required refuses an empty one.
func CleanLine(field, text string, maxRunes int, required bool) (string, error) {
	if err := readable(field, text, false); err != nil {
		return "", err
	}
	return bounded(field, strings.Join(strings.Fields(text), " "), maxRunes, required)
}

// CleanText is CleanLine for texts that may have several lines.
func CleanText(field, text string, maxRunes int) (string, error) {
	if err := readable(field, text, true); err != nil {
		return "", err
	}
	return bounded(field, strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), maxRunes, false)
}

func readable(field, text string, lines bool) error {
	if !utf8.ValidString(text) {
		return &FieldError{Field: field, Code: "invalid_text", Message: "This is not valid UTF-8 text."}
	}
	for _, r := range text {
		if r == utf8.RuneError { // what JSON decoding puts in the place of invalid bytes
			return &FieldError{Field: field, Code: "invalid_text", Message: "This is not valid UTF-8 text."}
		}
		white := r == '\t' || lines && (r == '\n' || r == '\r')
		if unicode.IsControl(r) && !white {
			return &FieldError{Field: field, Code: "invalid_text", Message: "Please remove control characters from this text."}
		}
	}
	return nil
}

// visible tells whether a character leaves anything on a page. A title of
// joiners and blanks cannot be read or clicked.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u2800' && // the empty Braille pattern
		!unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func bounded(field, text string, maxRunes int, required bool) (string, error) {
	switch {
	case required && !strings.ContainsFunc(text, visible):
		return "", &FieldError{Field: field, Code: "required", Message: "Please fill this in."}
	case utf8.RuneCountInString(text) > maxRunes:
		return "", &FieldError{Field: field, Code: "too_long", Message: "Please use at most %d characters.", Args: []any{maxRunes}}
	default:
		return text, nil
	}
}
