package player

import (
	"net/http"
	"testing"
)

// Whoever cannot watch may not be able to sign in either.
func TestTheDeviceIsTestedWithoutSigningIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	wants(t, b.get("/check"), http.StatusOK, "Test this device", "<noscript>", "can be reached from here", `href="/help?page=/check"`)
	wants(t, b.get("/nothing-here"), http.StatusNotFound, `href="/check"`)
	wants(t, b.get("/help?message=two+%3Clines%3E"), http.StatusOK)
}

// TestDevicesInBrowser: the page that tests a device, in browsers that can less.
func TestDevicesInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody, brand: &heart}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/device.mjs", base)
}
