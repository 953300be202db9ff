package player

import "testing"

// TestAdministratorsInBrowser: lists of people, forms by keyboard, and all of it
// without scripts.
func TestAdministratorsInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/admin.mjs", base)
}
