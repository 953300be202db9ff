package player

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestANewWebinarIsReadOnTheAdministratorsClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.post("/admin/courses/crs_2/webinars/new", url.Values{
		"title": {"Devices"}, "presenter_ids": {"acc_1", "acc_2"}, "time_zone": {"Africa/Cairo"}, "starts_at": {"2026-12-03T16:00"},
	})
	wantsRedirect(t, w, "/admin?made=web_2")
	if want := time.Date(2026, 12, 3, 14, 0, 0, 0, time.UTC); b.made.StartsAt == nil || !b.made.StartsAt.Equal(want) {
		t.Errorf("starts at %v, want %v", b.made.StartsAt, want)
	}
	if len(b.made.PresenterIDs) != 2 || b.made.EndsAt != nil {
		t.Errorf("made %+v", b.made)
	}
}

// TestTimesAreOfTheZoneThatIsStated: over the day on which the clocks change, and
// in a zone that is not the administrator's own.
func TestTimesAreOfTheZoneThatIsStated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/admin/courses/crs_2/webinars/new"
	wants(t, b.get(path), http.StatusOK, `value="Africa/Cairo"`, `list="time_zone-list"`, `<option value="Europe/Lisbon">`)
	for _, c := range []struct{ zone, from, to, fromUTC, toUTC string }{
		{"Europe/Lisbon", "2026-10-24T23:30", "2026-10-25T02:30", "2026-10-24T22:30", "2026-10-25T02:30"}, // four hours, by a clock that is put back
		{"Europe/Lisbon", "2026-03-29T00:30", "2026-03-29T02:30", "2026-03-29T00:30", "2026-03-29T01:30"}, // one hour
		{"Asia/Kolkata", "2026-03-29T18:00", "2026-03-29T19:00", "2026-03-29T12:30", "2026-03-29T13:30"},
	} {
		w := b.post(path, url.Values{"title": {"Devices"}, "time_zone": {c.zone}, "starts_at": {c.from}, "ends_at": {c.to}})
		wantsRedirect(t, w, "/admin?made=web_2")
		if from, to := b.made.StartsAt.Format("2006-01-02T15:04"), b.made.EndsAt.Format("2006-01-02T15:04"); from != c.fromUTC || to != c.toUTC || b.made.TimeZone != c.zone {
			t.Errorf("%+v: from %s to %s in %s", c, from, to, b.made.TimeZone)
		}
	}
	for zone, words := range map[string]string{"Europe/Lisbon": "This time does not exist in", "Lisbon": "There is no such time zone", "": "Please fill in"} {
		w := b.post(path, url.Values{"title": {"Devices"}, "time_zone": {zone}, "starts_at": {"2026-03-29T01:30"}})
		wants(t, w, http.StatusUnprocessableEntity, words, `value="2026-03-29T01:30"`)
	}
	wants(t, b.get("/admin?made=web_2"), http.StatusOK, "Four pillars", "UTC", "#web_2")
	wants(t, b.get("/admin?saved=1"), http.StatusOK, `<p class="done" role="status">Saved.</p>`)
	wants(t, b.get("/admin?made=web_none"), http.StatusNotFound)
}

func TestAFormThatFailsKeepsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.post("/admin/courses/crs_2/webinars/new", url.Values{"title": {"Devices"}, "presenter_ids": {"acc_2"}, "time_zone": {"UTC"}, "starts_at": {"tomorrow"}})
	wants(t, w, http.StatusUnprocessableEntity, `value="Devices"`, `value="tomorrow"`, `value="acc_2" checked`, "Write the date and time like")
	b.failure = &Refusal{Message: "The course was deleted."}
	w = b.post("/admin/courses/crs_2/webinars/new", url.Values{"title": {"Devices"}, "time_zone": {"UTC"}})
	wants(t, w, http.StatusUnprocessableEntity, "The course was deleted.", `value="Devices"`)
}

func TestInvitationCodesAreShownOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/admin/programs/prg_1/invitations/new"
	wants(t, b.post(path, url.Values{"emails": {"a@example.org, b@example.org"}}), http.StatusOK,
		"a@example.org", "b@example.org", "https://learn.example.org/register?code=K7QP-2MXV-9TRD")
	wants(t, b.post(path, url.Values{"count": {"2"}}), http.StatusOK, "H4WN-8CZJ-5BFE")
	wants(t, b.post(path, url.Values{"count": {"none"}}), http.StatusUnprocessableEntity, "at least one address", `value="none"`)
}

func TestButtonsBesideARecordingReturn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wantsRedirect(t, b.post("/recordings/rec_1/withdraw", url.Values{"reason": {"a name is visible"}, "next": {"/admin"}}), "/admin")
	wantsRedirect(t, b.post("/recordings/rec_1/publish", url.Values{"next": {"https://evil.example"}}), "/presenter")
	b.failure = &Refusal{Message: "It is being processed."}
	wants(t, b.post("/recordings/rec_1/retry", nil), http.StatusConflict, "It is being processed.")
}
