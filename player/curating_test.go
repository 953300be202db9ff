package player

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestItemsAreChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/programs/prg_1/edit"), http.StatusOK, `value="Heart failure in general practice"`, `name="version" value="4"`)
	wants(t, b.get("/admin/courses/crs_2/edit"), http.StatusOK, `value="crs_1" checked`, "Devices and when to refer")
	wants(t, b.get("/admin/webinars/web_2/edit"), http.StatusOK, `value="2026-12-03T14:00"`, `value="2026-12-03T13:00"`, `value="Europe/Lisbon"`, `value="acc_1" checked`, `value="yes" checked`, `value="3000"`)
	wants(t, b.get("/admin/webinars/web_none/edit"), http.StatusNotFound)
	wantsRedirect(t, b.post("/admin/courses/crs_2/edit", url.Values{"title": {"Drugs"}, "version": {"5"}, "prerequisite_ids": {"crs_1", "crs_3"}}), "/admin?saved=1")
	b.wantActed(t, "save course crs_2 5")
	if len(b.saved.Prerequisites) != 2 {
		t.Errorf("saved %+v", b.saved)
	}
	b.refusal = &Refusal{Message: "Somebody else changed this meanwhile."}
	wants(t, b.post("/admin/programs/prg_1/edit", url.Values{"title": {"Hearts"}}), http.StatusUnprocessableEntity, "Somebody else changed this meanwhile.", `value="Hearts"`)
}

func TestAScheduleIsOnItsOwnClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.post("/admin/webinars/web_2/edit", url.Values{
		"title": {"Four pillars"}, "time_zone": {"Asia/Kolkata"}, "starts_at": {"2026-12-03T16:00"}, "closes_at": {"2027-01-01T00:00"}, "moderator_ids": {"acc_5"},
	})
	wantsRedirect(t, w, "/admin?saved=1")
	if want := time.Date(2026, 12, 3, 10, 30, 0, 0, time.UTC); b.saved.StartsAt == nil || !b.saved.StartsAt.Equal(want) || b.saved.OpensAt != nil || b.saved.ClosesAt == nil || b.saved.AutoPublish {
		t.Errorf("saved %+v", b.saved)
	}
	wants(t, b.post("/admin/webinars/web_2/edit", url.Values{"title": {"x"}, "time_zone": {"UTC"}, "opens_at": {"soon"}}), http.StatusUnprocessableEntity, `value="soon"`)
	wants(t, b.post("/admin/webinars/web_2/edit", url.Values{"title": {"x"}, "time_zone": {"UTC"}, "expected_viewers": {"many"}}), http.StatusUnprocessableEntity, `value="many"`)
	for text, want := range map[string]int{"": 0, "120": 120} {
		wantsRedirect(t, b.post("/admin/webinars/web_2/edit", url.Values{"title": {"x"}, "time_zone": {"UTC"}, "expected_viewers": {text}}), "/admin?saved=1")
		if b.saved.Expected != want {
			t.Errorf("%q: saved %+v", text, b.saved)
		}
	}
}

func TestItemsAreMovedDeletedAndBroughtBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wantsRedirect(t, b.post("/admin/courses/crs_2/move", url.Values{"to": {"up"}}), "/admin#crs_2")
	wantsRedirect(t, b.post("/admin/webinars/web_2/move", url.Values{"to": {"down"}}), "/admin#web_2")
	wantsRedirect(t, b.post("/admin/webinars/web_2/delete", nil), "/admin/deleted?done=deleted")
	wantsRedirect(t, b.post("/admin/programs/prg_9/restore", nil), "/admin/deleted?done=restored")
	b.wantActed(t, "move course crs_2 true", "move webinar web_2 false", "delete webinar web_2", "restore program prg_9")
	wants(t, b.get("/admin/deleted?done=deleted"), http.StatusOK, "Devices, first version", `action="/admin/courses/crs_9/restore"`, `role="status"`)
	b.refusal = &Refusal{Message: "Its program is deleted; restore that first."}
	wants(t, b.post("/admin/courses/crs_9/restore", nil), http.StatusUnprocessableEntity, "restore that first")
	b.viewer.Admin = false
	wants(t, b.post("/admin/programs/prg_1/delete", nil), http.StatusForbidden)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/search?q=beta"), http.StatusOK, `href="/webinars/web_2"`, `href="/courses#crs_2"`, "1:33", "started low", "cursor=h2", `value="beta"`)
	wants(t, b.get("/search?q=nothing"), http.StatusOK, "Nothing has all these words")
	wants(t, b.get("/search?q=%3F"), http.StatusUnprocessableEntity, "at least one word")
	wants(t, b.get("/search"), http.StatusOK, `name="q"`)
	b.viewer.Doctor = false
	wants(t, b.get("/search?q=beta"), http.StatusOK, `href="/admin#web_2"`)
	b.viewer = nil
	wantsRedirect(t, b.get("/search?q=a"), "/sign-in?next=%2Fsearch%3Fq%3Da")
}
