package player

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

func TestExcludedRangesAreReadLineByLine(t *testing.T) {
	t.Parallel()
	l := loadLocales()["en"]
	got, err := readRanges(l, "0:00 - 2:30 opening\n\n 48:20–50:11,5  questions and answers\n1:00:00-1:02:05\n90 - 95.25")
	want := []ExcludedRange{{0, 150, "opening"}, {2900, 3011.5, "questions and answers"}, {3600, 3725, ""}, {90, 95.25, ""}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"opening", "1:00", "1:00 2:00", "1:75 - 2:00", "1:2:3:4 - 5", "-", "a - b", "1 - "} {
		if got, err := readRanges(l, bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
	if got, err := readRanges(l, " \n"); err != nil || len(got) != 0 {
		t.Errorf("nothing: %v, %v", got, err)
	}
}

func TestARuleTakesTwoSteps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/admin/programs/prg_1/rule"
	values := url.Values{"threshold_percent": {"87,5"}, "counts": {"live"}, "max_rate": {"1"}, "rounding": {"floor"}, "note": {"Asked."}, "version": {"3"}}
	wants(t, b.post(path, values), http.StatusOK, "312 webinars of doctors would be completed.", "1 completion would not reach this and stays", "17 now, 60 then",
		`name="threshold_percent" value="87,5"`, `name="decided" value="yes"`, "The first 2 are shown.")
	want := Rule{Version: 3, ThresholdPercent: 87.5, Counts: "live", MaxRate: 1, Rounding: "floor", Note: "Asked."}
	if b.rule != want {
		t.Errorf("asked for %+v", b.rule)
	}
	values.Set("change", "yes")
	wants(t, b.post(path, values), http.StatusOK, `value="87,5"`, `<option value="live" selected>`, "Show whom this changes")
	values.Del("change")
	values.Set("decided", "yes")
	wantsRedirect(t, b.post(path, values), "/admin?saved=1")
	if want.Note += " (set)"; b.rule != want {
		t.Errorf("set %+v", b.rule)
	}
	values.Set("max_rate", "NaN")
	wants(t, b.post(path, values), http.StatusUnprocessableEntity, "Write a number")
	b.failure = &Refusal{Status: http.StatusPreconditionFailed, Message: "Somebody else changed this."}
	values.Set("max_rate", "2")
	wants(t, b.post(path, values), http.StatusUnprocessableEntity, "Somebody else changed this.")
}

func TestExclusionsTakeTwoSteps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/admin/webinars/web_2/excluded"
	wants(t, b.get(path), http.StatusOK, "0:00 - 2:30 opening\n48:20 - 50:11.5 questions")
	values := url.Values{"ranges": {"0:00 - 0:10"}, "reason": {"Opening."}}
	wants(t, b.post(path, values), http.StatusOK, "Nobody’s status changes.")
	values.Set("decided", "yes")
	wantsRedirect(t, b.post(path, values), "/admin?saved=1")
	if len(b.excluded.Ranges) != 1 || b.excluded.Reason != "Opening. (set)" {
		t.Errorf("set %+v", b.excluded)
	}
	values.Del("reason")
	wants(t, b.post(path, values), http.StatusUnprocessableEntity, "Please fill in")
}

func TestWaivingReturnsToTheExplanation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	values := url.Values{"program_id": {"prg_1"}, "account_id": {"acc_9"}, "reason": {"Gave it herself."}}
	wantsRedirect(t, b.post("/webinars/web_2/waive", values), "/programs/prg_1/missing?account_id=acc_9")
	if b.waived != "web_2 acc_9 Gave it herself." {
		t.Errorf("waived %q", b.waived)
	}
	wantsRedirect(t, b.post("/waivers/wvr_1/revoke", values), "/programs/prg_1/missing?account_id=acc_9")
	if b.waived != "wvr_1 Gave it herself." {
		t.Errorf("revoked %q", b.waived)
	}
	values.Set("take_back_credit", "1")
	wantsRedirect(t, b.post("/waivers/wvr_1/revoke", values), "/programs/prg_1/missing?account_id=acc_9")
	if b.waived != "wvr_1 Gave it herself. (taken back)" {
		t.Errorf("taken back %q", b.waived)
	}
	b.failure = &Refusal{Message: "This webinar is waived for this doctor already."}
	wants(t, b.post("/webinars/web_2/waive", values), http.StatusConflict, "waived for this doctor already")
	wants(t, b.get("/admin/doctors?email=ana@example.org"), http.StatusOK, "/programs/prg_1/missing?account_id=acc_9")
	wants(t, b.get("/programs/prg_1/missing?account_id=acc_9"), http.StatusOK, "Revoke the waiver", "Dr Ana López")
	wants(t, b.get("/programs/prg_9/missing"), http.StatusNotFound)
	b.viewer.Admin = false
	wants(t, b.get("/admin/doctors?email=ana@example.org"), http.StatusForbidden)
	wants(t, b.get("/admin/programs/prg_1/rule"), http.StatusForbidden)
}
