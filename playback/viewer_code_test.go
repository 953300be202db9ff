package playback

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestViewerCodesForgiveOneSlip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := NewViewerCode()
		typed := []byte(code)
		i := rapid.IntRange(0, codeSymbols-1).Draw(t, "place")
		switch rapid.SampledFrom([]string{"none", "one wrong", "swapped", "unreadable", "two unreadable"}).Draw(t, "slip") {
		case "one wrong":
			typed[i] = codeAlphabet[rapid.IntRange(0, codePrime-1).Draw(t, "symbol")]
		case "swapped":
			j := max(1, i)
			typed[j-1], typed[j] = typed[j], typed[j-1]
		case "unreadable":
			typed[i] = '?'
		case "two unreadable":
			typed[i], typed[(i+4)%codeSymbols] = '?', '?'
		}
		codes, err := ReadViewerCode(strings.ToLower(ViewerCode(typed).String()))
		if err != nil || !slices.Contains(codes, code) || len(codes) > codePrime {
			t.Fatalf("%s for %s: %d codes, %v", typed, code, len(codes), err)
		}
		if string(typed) == string(code) && len(codes) != 1 {
			t.Fatalf("a right code is read as %v", codes)
		}
	})
}

func TestViewerCodesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "K7P-2WX", "K7P-2WX-04MM", "???-2WX-04M", "K7P 2WX 04!", "käse-brot"} {
		if codes, err := ReadViewerCode(text); err == nil {
			t.Errorf("%q is read as %v", text, codes)
		}
	}
	if a, b := NewViewerCode(), NewViewerCode(); a == b || len(a.String()) != 11 {
		t.Errorf("%s, %s", a, b)
	}
}
