package player

import (
	"net/http"
	"testing"
)

// TestArabicInBrowser reads pages from right to left, with a program's colour.
func TestArabicInBrowser(t *testing.T) {
	t.Parallel()
	viewer := everybody
	viewer.Locale = "ar"
	base := serve(t, &fake{viewer: &viewer, brand: &heart}, func(h http.Handler) http.Handler { return h })
	runBrowserTests(t, "browser/languages.mjs", base)
}
