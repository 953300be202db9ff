package catalog_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rounds/catalog"
)

// TestContrast has the values of WCAG's own examples.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b catalog.Colour
		want float64
	}{{"#000000", "#ffffff", 21}, {"#ffffff", "#ffffff", 1}, {"#777777", "#ffffff", 4.48}, {"#767676", "#ffffff", 4.54}, {"#0000ff", "#ffffff", 8.59}} {
		if got := c.a.Contrast(c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestAccents(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]catalog.Colour{"": "", " #0B6070 ": "#0b6070", "#7a1fa2": "#7a1fa2"} {
		if got, err := catalog.ParseAccent(text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for text, code := range map[string]string{"teal": "invalid_colour", "#fff": "invalid_colour", "#ffcc00": "colour_contrast", "#0b6070;}": "invalid_colour"} {
		_, err := catalog.ParseAccent(text)
		var field *catalog.FieldError
		if !errors.As(err, &field) || field.Code != code {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
}

// TestEveryColourBecomesReadable: what is refused comes with a colour that is
// not, and whatever is taken can be read on dark pages.
func TestEveryColourBecomesReadable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`#[0-9a-f]{6}`).Draw(t, "colour")
		accent, err := catalog.ParseAccent(text)
		var refused *catalog.FieldError
		if errors.As(err, &refused) {
			said := refused.Sentence().String()
			better := said[strings.LastIndex(said, "#"):][:7]
			if accent, err = catalog.ParseAccent(better); err != nil {
				t.Fatalf("%s was said to do: %v", better, err)
			}
		}
		for _, ground := range []catalog.Colour{"#ffffff", "#f5f8f9", "#e9eff1"} {
			if got := accent.Contrast(ground); got < 4.5 {
				t.Fatalf("%s on %s: %.2f", accent, ground, got)
			}
		}
		for _, ground := range []catalog.Colour{"#0e1619", "#162125", "#1f2d32"} {
			if got := accent.OnDark().Contrast(ground); got < 4.5 {
				t.Fatalf("%s on %s: %.2f", accent.OnDark(), ground, got)
			}
		}
	})
}

func TestLogos(t *testing.T) {
	t.Parallel()
	picture := func(side int) *image.Paletted {
		return image.NewPaletted(image.Rect(0, 0, side, side), []color.Color{color.White, color.Black})
	}
	var small, tiny, moving bytes.Buffer
	_ = png.Encode(&small, picture(64))
	_ = png.Encode(&tiny, picture(4))
	_ = gif.Encode(&moving, picture(64), nil)
	if kind, err := catalog.CheckLogo(small.Bytes()); err != nil || kind != "image/png" {
		t.Errorf("a PNG: %q, %v", kind, err)
	}
	for name, file := range map[string][]byte{
		"tiny": tiny.Bytes(), "a GIF": moving.Bytes(), "half a PNG": small.Bytes()[:small.Len()-20], "an SVG": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"),
		"nothing": nil, "too much": make([]byte, catalog.MaxLogoBytes+1),
	} {
		if kind, err := catalog.CheckLogo(file); err == nil {
			t.Errorf("%s was taken as %s", name, kind)
		}
	}
}

func TestHelpPhones(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "+351 912-345.678": "+351912345678", "+1 (212) 555 0100": "+12125550100"} {
		if got, err := catalog.HelpPhone("phone", text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"912345678", "+351 call us", "+1"} {
		if got, err := catalog.HelpPhone("phone", text); err == nil {
			t.Errorf("%q was taken as %q", text, got)
		}
	}
}
