package player

import "testing"

// TestQuestionsInBrowser: a doctor asks, with scripts and without, and reads what
// the presenter answers, or takes her question back.
func TestQuestionsInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	back := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	reader := everybody
	reader.Locale = "ar"
	arabic := serve(t, &fake{viewer: &reader}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/questions.mjs", base, "BACK_URL="+back, "ARABIC_URL="+arabic)
}
