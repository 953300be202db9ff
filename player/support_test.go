package player

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

func TestSupportFindsAndHelps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/support"), http.StatusOK, "registration number")
	wants(t, b.get("/support?q=lopes"), http.StatusOK, "Dr Ana López", `href="/support/doctors/acc_ana"`, "ana@mail.example", "Joined to another")
	wants(t, b.get("/support?q=nobody"), http.StatusOK, "Nobody matches")
	wants(t, b.get("/support/doctors/acc_ana"), http.StatusOK, "takes no mail", "can be used to sign in too", "Your clock: Thu 3 Dec 2026, 16:05 EET", "Left the hospital", "Read out a code")
	wants(t, b.get("/support/doctors/acc_none"), http.StatusNotFound)
	const one = "/support/doctors/acc_ana/"
	for _, act := range []struct {
		path   string
		values url.Values
		shows  string
		done   string
	}{
		{"mail-code", url.Values{"reason": {"r"}}, "A code was mailed to <bdi>ana@hospital.example", "mail r"},
		{"phone-code", url.Values{"reason": {"r"}}, "482913", "phone r"},
		{"correct", url.Values{"name": {"N"}, "email": {"e@x.org"}, "reason": {"r"}}, "Corrected.", "correct N e@x.org r"},
		{"link", url.Values{"email": {"e@x.org"}, "reason": {"r"}}, "Added:", "link e@x.org r"},
		{"unlink", url.Values{"email": {"e@x.org"}, "reason": {"r"}}, "Removed:", "unlink e@x.org r"},
		{"merge", url.Values{"source_id": {"acc_old"}, "digest": {"d1"}, "reason": {"r"}}, "are one now", "merge acc_old into acc_ana d1 r"},
	} {
		w := b.post(one+act.path, act.values)
		wants(t, w, http.StatusOK, act.shows)
		if w.Header().Get("Cache-Control") != "no-store" || !slices.Contains(b.done, act.done) {
			t.Errorf("%s: %v", act.path, b.done)
		}
	}
	wants(t, b.post(one+"merge", url.Values{"email": {"ana@old.example"}}), http.StatusOK, "40.0 %", "95.0 % · completed", "played at the same time for 4 min. Are", "cannot be undone", `name="digest" value="d1"`)
	wants(t, b.post(one+"merge", url.Values{"email": {"else@old.example"}}), http.StatusUnprocessableEntity, "No account has this address.")
	wants(t, b.post(one+"dance", nil), http.StatusNotFound)
	b.failure = &FieldError{Field: "reason", Message: "Please fill this in."}
	wants(t, b.post(one+"mail-code", nil), http.StatusUnprocessableEntity, "Please fill this in.", "Dr Ana López")
	b.failure = &Refusal{Message: "Enough codes were read out."}
	if w := b.post(one+"phone-code", nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", w.Code, w.Body)
	} else {
		wants(t, w, http.StatusUnprocessableEntity, "Enough codes")
	}
}

func TestSupportIsForSupporters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer.Admin = false
	for _, path := range []string{"/support", "/support/doctors/acc_ana"} {
		wants(t, b.get(path), http.StatusForbidden)
	}
	wants(t, b.post("/support/doctors/acc_ana/mail-code", url.Values{"reason": {"r"}}), http.StatusForbidden)
	b.viewer.Support = true
	wants(t, b.get("/support"), http.StatusOK, `aria-current="page">Support`)
	b.viewer.Doctor, b.viewer.Presenter = false, false
	wantsRedirect(t, b.get("/"), "/support")
	b.viewer.Support = false
	wantsRedirect(t, b.get("/"), "/sponsor")
}

func TestSponsorsSeeTables(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/sponsor"), http.StatusOK, `href="/sponsor/programs/prg_1"`)
	wants(t, b.get("/sponsor/programs/prg_1"), http.StatusOK, "Counts under 5 are not shown", "Mon 23 Nov 2026", `<span class="cell-value">90</span>`, "Mon 2 Nov 2026", "not shown", "Not given", "Dr Ana López")
	wants(t, b.get("/sponsor/programs/prg_2"), http.StatusNotFound)
}

func TestPeopleDecideAboutTheirData(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/account/data"
	wants(t, b.get("/account"), http.StatusOK, `href="/account/data"`)
	wants(t, b.get(path), http.StatusOK, `href="/v1/me/export"`, "The sponsors of my programs may learn", "You have not agreed.", "Ask for erasure")
	wantsRedirect(t, b.post(path+"/consents", url.Values{"purpose": {"sponsor_sharing"}, "text_version": {"2026-11"}, "granted": {"yes"}}), path)
	wants(t, b.get(path), http.StatusOK, "You have agreed.", "Withdraw")
	wants(t, b.get("/admin/erasures"), http.StatusOK, "Nobody has asked.")
	wantsRedirect(t, b.post(path+"/erasure", url.Values{"note": {"I retire"}}), path)
	wants(t, b.get(path), http.StatusOK, "You asked for this on", "Withdraw the request")
	wants(t, b.get("/admin/erasures"), http.StatusOK, "Dr Ana López", "I retire", `href="/v1/accounts/acc_ana/export"`)
	wantsRedirect(t, b.post("/admin/erasures/ers_1", url.Values{"reason": {"not yet"}, "refuse": {"yes"}}), "/admin/erasures")
	wantsRedirect(t, b.post("/admin/erasures/ers_1", url.Values{"reason": {"wish"}, "erase": {"yes"}, "account_id": {"acc_ana"}}), "/admin/erasures")
	if want := []string{"refuse ers_1 not yet", "erase acc_ana wish"}; !slices.Equal(b.done, want) {
		t.Errorf("%v", b.done)
	}
	wantsRedirect(t, b.post(path+"/erasure/withdraw", nil), path)
	b.erasure = &Erasure{State: "refused", Reason: "Your certificate is being issued."}
	wants(t, b.get(path), http.StatusOK, "We could not do that yet: Your certificate is being issued.")
}
