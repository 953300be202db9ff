package player

import "testing"

// TestPresentersInBrowser: uploads that are broken off, cuts, withdrawal, and all
// of it without scripts.
func TestPresentersInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/presenter.mjs", base)
}
