package player

import "testing"

// TestExtrasInBrowser: captions, chapters and the preview of an upload.
func TestExtrasInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/extras.mjs", base)
}
