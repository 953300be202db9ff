package catalog

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // so that a GIF is named, and refused, as one
	_ "image/jpeg"
	_ "image/png"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Brand is how the pages of a program look, and whom its doctors ask for help.
// The zero value of a field leaves it to Rounds.
type Brand struct {
	ProgramID ProgramID
	Name      string // in the head of pages
	Accent    Colour // of buttons and links on light pages; dark pages use OnDark
	Phone     string // with + and country code
	WhatsApp  string // the same
	Email     string // where help requests go
	LogoType  string // MIME type of the logo; empty: there is none
	Version   int
	UpdatedAt time.Time
}

// Colour is #rrggbb in small letters, or empty.
type Colour string

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// The grounds that an accent stands on: the darkest of light pages, the
// lightest of dark ones (player/styles/rounds.css, --sunken).
const (
	lightGround Colour = "#e9eff1"
	darkGround  Colour = "#1f2d32"
)

// MinContrast is the contrast that WCAG 2.2, 1.4.3 asks of text.
const MinContrast = 4.5

// Grounds are what an accent has to be read on: light pages and dark ones.
func Grounds() (light, dark Colour) { return lightGround, darkGround }

// ParseAccent reads a colour that can be read on light pages and carry white
// letters. A *FieldError names the nearest darker one that can.
func ParseAccent(text string) (Colour, error) {
	c := Colour(strings.ToLower(strings.TrimSpace(text)))
	if c == "" {
		return "", nil
	}
	if !colourForm.MatchString(string(c)) {
		return "", &FieldError{Field: "accent", Code: "invalid_colour", Message: "Please give a colour like #0b6070."}
	}
	if better := c.towards("#000000", lightGround); better != c {
		return "", &FieldError{Field: "accent", Code: "colour_contrast", Message: "%s is too light to be read: its contrast with the pages is %.1f, but 4.5 is needed. %s is much the same and would do.", Args: []any{c, c.Contrast(lightGround), better}}
	}
	return c, nil
}

// OnDark is the colour lightened until it can be read on dark pages.
func (c Colour) OnDark() Colour { return c.towards("#ffffff", darkGround) }

// towards mixes in another colour, as little as makes it readable on a ground.
func (c Colour) towards(other, ground Colour) Colour {
	mixed := c
	for share := 0.0; mixed.Contrast(ground) < MinContrast && share < 1; share += 0.02 {
		mixed = c.mix(other, share)
	}
	return mixed
}

// Stronger is the colour under the pointer: a quarter of another mixed in.
func (c Colour) Stronger(other Colour) Colour { return c.mix(other, 0.25) }

func (c Colour) mix(other Colour, share float64) Colour {
	a, b := c.channels(), other.channels()
	var mixed [3]int
	for i := range mixed {
		mixed[i] = int(math.Round(float64(a[i])*(1-share) + float64(b[i])*share))
	}
	return Colour(fmt.Sprintf("#%02x%02x%02x", mixed[0], mixed[1], mixed[2]))
}

func (c Colour) channels() (rgb [3]int) {
	n, err := strconv.ParseUint(strings.TrimPrefix(string(c), "#"), 16, 32)
	if err != nil {
		return rgb
	}
	return [3]int{int(n >> 16 & 255), int(n >> 8 & 255), int(n & 255)}
}

// Contrast is WCAG's contrast ratio of two colours, 1 to 21.
func (c Colour) Contrast(other Colour) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// luminance is the relative luminance as WCAG defines it.
func (c Colour) luminance() float64 {
	var linear [3]float64
	for i, channel := range c.channels() {
		s := float64(channel) / 255
		if s <= 0.04045 {
			linear[i] = s / 12.92
		} else {
			linear[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

// What a logo may be.
const (
	MaxLogoBytes = 256 << 10
	maxLogoSide  = 2000
)

// CheckLogo reads the head of an uploaded logo and returns its MIME type. Only
// PNG and JPEG are taken: an SVG can hold scripts.
func CheckLogo(file []byte) (string, error) {
	refused := func(message string) error { return &FieldError{Field: "logo", Code: "invalid_logo", Message: message} }
	if len(file) > MaxLogoBytes {
		return "", refused("The logo is larger than 256 kB. Please make it smaller.")
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || format != "png" && format != "jpeg" {
		return "", refused("The logo must be a PNG or JPEG picture.")
	}
	if config.Width > maxLogoSide || config.Height > maxLogoSide || config.Width < 16 || config.Height < 16 {
		return "", refused("The logo must be between 16 and 2000 pixels wide and high.")
	}
	if _, _, err := image.Decode(bytes.NewReader(file)); err != nil {
		return "", refused("The logo is damaged. Please export it again.")
	}
	return "image/" + format, nil
}

// HelpPhone reads a phone number that people are to call; empty: none.
func HelpPhone(field, text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	if number, ok := InternationalPhone(text); ok {
		return number, nil
	}
	return "", &FieldError{Field: field, Code: "invalid_phone", Message: "Please give the number with + and country code, such as +351 912 345 678."}
}

// HelpRequest is what somebody writes to a program's support.
type HelpRequest struct {
	ProgramID ProgramID
	Message   string
	Page      string // path of the page it was written on
	Device    string // as the browser calls itself
}
