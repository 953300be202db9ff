package player

import "testing"

// TestWatchingInBrowser: what stands around the picture.
func TestWatchingInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/watching.mjs", base)
}
