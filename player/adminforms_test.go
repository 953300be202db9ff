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
		"title": {"Devices"}, "presenter_ids": {"acc_1", "acc_2"}, "starts_at": {"2026-12-03T16:00"},
	})
	wantsRedirect(t, w, "/admin")
	if want := time.Date(2026, 12, 3, 14, 0, 0, 0, time.UTC); b.made.StartsAt == nil || !b.made.StartsAt.Equal(want) {
		t.Errorf("starts at %v, want %v", b.made.StartsAt, want)
	}
	if len(b.made.PresenterIDs) != 2 || b.made.EndsAt != nil {
		t.Errorf("made %+v", b.made)
	}
}

func TestAFormThatFailsKeepsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.post("/admin/courses/crs_2/webinars/new", url.Values{"title": {"Devices"}, "presenter_ids": {"acc_2"}, "starts_at": {"tomorrow"}})
	wants(t, w, http.StatusUnprocessableEntity, `value="Devices"`, `value="tomorrow"`, `value="acc_2" checked`, "Write the date and time like")
	b.failure = &Refusal{Message: "The course was deleted."}
	w = b.post("/admin/courses/crs_2/webinars/new", url.Values{"title": {"Devices"}})
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
