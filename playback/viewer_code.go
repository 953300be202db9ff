package playback

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"rounds/catalog"
)

// ViewerCode names one playback session in the mark over the picture, so that a
// filmed screen leads to whoever filmed it. It is random: without the database
// it says nothing about anybody.
//
// Nine symbols of an alphabet of 31 without letters that look like digits; the
// last is a check by which any one wrong symbol, and any two neighbours that
// changed places, are noticed and can be put right.
type ViewerCode string

// codeAlphabet has a prime number of symbols, which makes the check work.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXY"

const (
	codeSymbols = 9
	codePrime   = len(codeAlphabet)
	// maxUnknown symbols of a code may be unreadable in what is searched for.
	maxUnknown = 2
)

// NewViewerCode returns a fresh one: 39 random bits.
func NewViewerCode() ViewerCode {
	random := make([]byte, 0, codeSymbols)
	for len(random) < codeSymbols-1 {
		b := make([]byte, codeSymbols)
		_, _ = rand.Read(b) // never fails (crypto/rand)
		for _, n := range b {
			if int(n) < 256/codePrime*codePrime && len(random) < codeSymbols-1 {
				random = append(random, codeAlphabet[int(n)%codePrime])
			}
		}
	}
	for _, last := range []byte(codeAlphabet) {
		if code := ViewerCode(append(random, last)); code.valid() {
			return code
		}
	}
	panic("every weighted sum has a last symbol") // arithmetic in a prime field
}

// String groups the code for people: ABC-DEF-GHJ.
func (c ViewerCode) String() string {
	if len(c) != codeSymbols {
		return string(c)
	}
	return string(c[:3] + "-" + c[3:6] + "-" + c[6:])
}

// valid tells whether the weighted sum of all symbols is divisible by the prime.
func (c ViewerCode) valid() bool {
	sum := 0
	for i := range len(c) {
		value := strings.IndexByte(codeAlphabet, c[i])
		if value < 0 {
			return false
		}
		sum += (i + 1) * value
	}
	return len(c) == codeSymbols && sum%codePrime == 0
}

// readableCode forgives what people do to codes: case, spaces, dashes, and
// letters that look like a digit.
var readableCode = strings.NewReplacer(" ", "", "-", "", "–", "", "O", "0", "I", "1", "L", "1", "U", "V", "Z", "2")

// ReadViewerCode returns the codes that somebody may have meant by a text, the
// likeliest first: one when it is a code; otherwise all that differ in one
// symbol or in two neighbours' order, or that fill in up to two "?".
// A *catalog.FieldError when it cannot be a code.
func ReadViewerCode(text string) ([]ViewerCode, error) {
	typed := readableCode.Replace(strings.ToUpper(strings.TrimSpace(text)))
	unknown := strings.Count(typed, "?")
	if len(typed) != codeSymbols || unknown > maxUnknown || strings.Trim(typed, codeAlphabet+"?") != "" {
		return nil, &catalog.FieldError{
			Field: "code", Code: "invalid_code",
			Message: "A viewer's code has nine letters and digits, such as K7P-2WX-04M; write ? for one that cannot be read, for two at most.",
		}
	}
	switch {
	case unknown > 0:
		return fillIn([]byte(typed)), nil
	case ViewerCode(typed).valid():
		return []ViewerCode{ViewerCode(typed)}, nil
	default:
		return nearCodes([]byte(typed)), nil
	}
}

// fillIn returns all valid codes that fill in the unknown symbols.
func fillIn(typed []byte) (codes []ViewerCode) {
	at := slices.Index(typed, '?')
	if at < 0 {
		if code := ViewerCode(typed); code.valid() {
			codes = append(codes, code)
		}
		return codes
	}
	for _, symbol := range []byte(codeAlphabet) {
		filled := slices.Clone(typed)
		filled[at] = symbol
		codes = append(codes, fillIn(filled)...)
	}
	return codes
}

// nearCodes returns the valid codes that are one slip away.
func nearCodes(typed []byte) (codes []ViewerCode) {
	for i := range typed {
		if i > 0 {
			swapped := slices.Clone(typed)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			codes = append(codes, fillIn(swapped)...)
		}
		masked := slices.Clone(typed)
		masked[i] = '?'
		codes = append(codes, fillIn(masked)...)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Sighting is a playback session found by its viewer's code.
type Sighting struct {
	Code         ViewerCode
	SessionID    catalog.PlaybackSessionID
	AccountID    catalog.AccountID
	Name, Email  string
	WebinarID    catalog.WebinarID
	WebinarTitle string
	RecordingID  catalog.RecordingID
	Device       string
	StartedAt    time.Time
	LastBeatAt   *time.Time
	EndedAt      *time.Time
}
