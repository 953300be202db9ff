package player

import "testing"

// TestPlainBrowsers: browsers without modules, and without scripts.
func TestPlainBrowsers(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/plain.mjs", base)
}
