package catalog

import (
	"errors"
	"testing"
)

func TestParseLang(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]Lang{
		"en": "en", " EN ": "en", "pt-br": "pt-BR", "ZH-hant": "zh-Hant", "zh-hant-tw": "zh-Hant-TW", "es-419": "es-419",
		"fil": "fil", "de-1996": "de-1996", "sl-rozaj-biske": "sl-rozaj-biske", "de-ch-1901": "de-CH-1901",
		"": "", "e": "", "english": "", "en_US": "", "en-": "", "en/../x": "", "en.vtt": "", "x-private": "", "en-US-": "", "en\x00": "", "12": "",
	} {
		got, err := ParseLang("lang", tag)
		var field *FieldError
		if got != want || (want == "") != errors.As(err, &field) {
			t.Errorf("%q: %q, %v, want %q", tag, got, err, want)
		}
	}
}

func TestCaptionsBeyondTheEndAreWarnedOf(t *testing.T) {
	t.Parallel()
	track := CaptionTrack{EndsMS: 65_000}
	for duration, want := range map[int64]int{0: 0, 60_000: 0, 59_999: 1, 70_000: 0} {
		if got := track.Warnings(duration); len(got) != want {
			t.Errorf("recording of %d ms: %v", duration, got)
		}
	}
}
