package player

import (
	"net/url"
	"testing"
)

func TestTrimForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/recordings/rec_1"), 200, `name="from" value="0:00"`, `name="to" value="50:11"`, "Doctors of the program can watch this recording.")
	wants(t, b.get("/recordings/rec_4"), 200, `name="from" value="0:42.5"`, `name="to" value="50:00"`, `/source#t=42.5,3000"`, "Of your file, 0:42 to 50:00 is shown.", "was withdrawn", "Show it to doctors again")
	form := url.Values{"from": {"0:42.5"}, "to": {"50:00"}}
	wantsRedirect(t, b.post("/recordings/rec_1/trim", form), "/recordings/rec_2?saved=trimmed#trim")
	if b.trimmed != "rec_1 42.5 3000" {
		t.Errorf("trimmed %s", b.trimmed)
	}
	b.failure = &FieldError{"to_s", "At least one second has to be left."}
	wants(t, b.post("/recordings/rec_1/trim", form), 422, "At least one second has to be left.", `value="0:42.5"`)
	form["to"][0] = "late"
	wants(t, b.post("/recordings/rec_1/trim", form), 422, "not “late”", `value="late"`)
}
