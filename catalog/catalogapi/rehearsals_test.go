package catalogapi_test

import (
	"testing"
)

func TestRehearsalOfAPresenter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter, doctor := b.signIn(p.presenterEmail), b.doctor(p.id, ana)
	const own = "/v1/me/rehearsal"
	doctor.refused(403, "", "POST", own, object{})
	presenter.refused(404, "", "GET", own, nil)
	made := presenter.want(200, "POST", own, object{"title": "Generalprobe"})
	if again := presenter.want(200, "POST", own, nil); again.str("webinar_id") != made.str("webinar_id") || again.str("removed_at") != made.str("removed_at") {
		t.Errorf("another one: %s", again.raw)
	}
	webinar := "/v1/webinars/" + made.str("webinar_id")
	if read := presenter.want(200, "GET", webinar, nil); read.str("title") != "Generalprobe" {
		t.Errorf("webinar %s", read.raw)
	}
	b.uploaded(presenter, made.str("webinar_id"))
	doctor.refused(404, "", "GET", webinar, nil)
	if listed := presenter.want(200, "GET", "/v1/me/webinars", nil); len(listed.items()) != 1 {
		t.Errorf("listed %s", listed.raw)
	}
	for range 2 {
		presenter.want(204, "DELETE", own, nil)
	}
	presenter.refused(404, "", "GET", own, nil)
	presenter.refused(404, "", "GET", webinar, nil)
}
