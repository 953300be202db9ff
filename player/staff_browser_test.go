package player

import (
	"net/http"
	"testing"
)

// TestStaffInBrowser: journeys without scripts and with the keyboard alone; pages
// on paper and without motion.
func TestStaffInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	out := serve(t, &fake{}, func(h http.Handler) http.Handler { return h })
	runBrowserTests(t, "browser/staff.mjs", base, "SIGNED_OUT_URL="+out)
}
