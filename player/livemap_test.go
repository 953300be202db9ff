package player

import (
	"net/url"
	"testing"
)

func TestLiveMapForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/recordings/rec_1"), 200, `value="2026-12-03T16:00:00"`, "Clock: Africa/Cairo", `viewBox="0 0 160 90"`, "Nobody has confirmed this yet.")
	form := url.Values{
		"live": {"2026-12-03T16:00", "2026-12-03T16:40:30", ""}, "from": {"0:00", "30:00", ""}, "to": {"30:00", "50:11.5", ""}, "confirmed": {"yes"},
	}
	wantsRedirect(t, b.post("/recordings/rec_1/live-map", form), "/recordings/rec_1?saved=live#live")
	if b.prepared != "rec_1true 2026-12-03T14:00:00Z 0-1800 2026-12-03T14:40:30Z 1800-3011.5" {
		t.Errorf("set %s", b.prepared)
	}
	form["to"][1] = "20:00"
	wants(t, b.post("/recordings/rec_1/live-map", form), 422, "Row 2 needs", `value="20:00"`, "checked")
	form["to"][1], b.failure = "50:11", &FieldError{"pieces", "Piece 2 begins too early."}
	wants(t, b.post("/recordings/rec_1/live-map", form), 422, "Piece 2 begins too early.")
}
