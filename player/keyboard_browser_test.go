package player

import "testing"

// TestPlayerByKeyboard: the player page by keyboard, from right to left, in the
// system's colours and with large text.
func TestPlayerByKeyboard(t *testing.T) {
	t.Parallel()
	viewer := everybody
	viewer.Locale = "ar"
	base := serve(t, &fake{viewer: &viewer}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/keyboard.mjs", base)
}
