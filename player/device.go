package player

import "net/http"

// deviceView is the content of the page that tests this device.
type deviceView struct {
	Sample string // address of a larger file of ours, by which the line is measured
	Agent  string // what the browser calls itself
	Cookie bool   // it has sent one
}

func (s *site) forDevices(page adder) { page("GET "+devicePath, s.devicePage) }

// devicePath is linked wherever there is help.
const devicePath = "/check"

// devicePage tells whether one can watch here, and what support wants to know.
// Nobody has to be signed in. What only a script can find out stands there once
// it has run; without one the page says what it can.
func (s *site) devicePage(w http.ResponseWriter, r *http.Request) error {
	view := deviceView{Sample: s.assets.Later("player.js"), Agent: r.UserAgent(), Cookie: len(r.Cookies()) > 0}
	w.Header().Set("Cache-Control", "no-store")
	return s.show(w, r, page{Name: "device", Title: "device.title", Script: "device.js", Content: view})
}
