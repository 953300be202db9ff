package player

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// wantActed fails unless exactly these acts were done, and forgets them.
func (b *testBundle) wantActed(t *testing.T, acts ...string) {
	t.Helper()
	if !slices.Equal(b.acted, acts) {
		t.Errorf("acted %q, want %q", b.acted, acts)
	}
	b.acted = nil
}

func TestPeopleAreListedAndFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/people?q=ana&role=doctor&state=disabled"), http.StatusOK, "Dr Ana López", "ana@example.org", "Presenter, Administrator",
		`href="/admin/people/acc_9"`, "Portugal", `<option value="doctor" selected>`, `value="ana"`, "cursor=c2", "/v1/accounts.csv", `class="badge failed">Disabled`)
	wants(t, b.get("/admin/people?q=nobody"), http.StatusOK, "Nobody is found.")
	wants(t, b.get("/admin/people?role=bad"), http.StatusUnprocessableEntity, "There is no such role.")
	b.viewer = &Viewer{Support: true}
	wants(t, b.get("/admin/people"), http.StatusForbidden)
}

func TestAPersonIsChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const page = "/admin/people/acc_9"
	wants(t, b.get(page), http.StatusOK, "Dr Ana López", "Left the hospital.", "Chrome on Windows", `value="doctor" checked`, `name="version" value="3"`, `<option value="prg_3">`)
	wants(t, b.get("/admin/people/acc_7"), http.StatusOK, "This person cannot sign in.", "Signed in nowhere.", "Takes part in no program.")
	wants(t, b.get("/admin/people/acc_none"), http.StatusNotFound)
	for _, c := range []struct {
		act, did string
		form     url.Values
	}{
		{"roles", "roles acc_9 3 doctor,presenter", url.Values{"version": {"3"}, "roles": {"doctor", "presenter"}}},
		{"disable", "disable acc_9 true", nil},
		{"enable", "disable acc_9 false", nil},
		{"sign-out", "sign out acc_9", nil},
		{"enrol", "enrol prg_3 acc_9", url.Values{"program_id": {"prg_3"}}},
		{"end", "end prg_1 acc_9 moved", url.Values{"program_id": {"prg_1"}, "reason": {" moved "}}},
	} {
		w := b.post(page+"/"+c.act, c.form)
		wantsRedirect(t, w, page+"?done="+c.act)
		b.wantActed(t, c.did)
		wants(t, b.get(w.Header().Get("Location")), http.StatusOK, `role="status"`)
	}
	wants(t, b.post(page+"/erase", nil), http.StatusNotFound)
	b.refusal = &Refusal{Message: "Somebody changed this account meanwhile."}
	wants(t, b.post(page+"/roles", nil), http.StatusUnprocessableEntity, "Somebody changed this account meanwhile.")
	b.viewer.Admin = false
	b.acted = nil
	wants(t, b.post(page+"/disable", nil), http.StatusForbidden)
	b.wantActed(t)
}

// sendList sends the form with a list of people.
func (b *testBundle) sendList(list string, fields map[string]string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		_ = form.WriteField(name, value)
	}
	if list != "" {
		part, _ := form.CreateFormFile("file", "people.csv")
		_, _ = part.Write([]byte(list))
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/admin/people/import", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func TestPeopleAreImported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/people/import?program_id=prg_3"), http.StatusOK, `<option value="prg_3" selected>`)
	wantsRedirect(t, b.sendList("email,name\n", map[string]string{"program_id": "prg_3", "act": "try"}), "/admin/people/import/aim_1")
	b.wantActed(t, `import prg_3 "email,name\n" true`)
	wantsRedirect(t, b.sendList("email,name\n", map[string]string{"act": "import"}), "/admin/people/import/aim_1")
	b.wantActed(t, `import  "email,name\n" false`)
	wants(t, b.sendList("", map[string]string{"program_id": "prg_2"}), http.StatusUnprocessableEntity, "Please choose the list.", `<option value="prg_2" selected>`)
	wants(t, b.sendList(strings.Repeat("x", 9<<20), nil), http.StatusUnprocessableEntity, "larger than 8 MB")
	b.refusal = &FieldError{Field: "email", Message: "The first line names no column with addresses."}
	wants(t, b.sendList("a,b\n", nil), http.StatusUnprocessableEntity, "names no column with addresses")
}

func TestAnImportShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/people/import/aim_2"), http.StatusOK, `value="31"`, "130 of 412 lines", "data-refresh", "processing")
	wants(t, b.get("/admin/people/import/aim_3"), http.StatusOK, "A trial: nobody was imported", "choose the file once more")
	wants(t, b.get("/admin/people/import/aim_1"), http.StatusOK, "stands in line 3 already", "cursor=rest", "aim_1/bad.csv")
	wants(t, b.get("/admin/people/import/aim_9"), http.StatusNotFound)
	w := b.get("/admin/people/import/aim_1/bad.csv")
	wants(t, w, http.StatusOK, "\xef\xbb\xbfLine,E-mail,Column,What is wrong\n", "204,ben@example.org,email,This address stands in line 3 already.\n", "391,'=cmd(),country,")
	if w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Error(w.Header())
	}
}
