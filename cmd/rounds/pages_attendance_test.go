package main

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const livePage = "/admin/webinars/web_1/attendance"

// report sends the form with a report as the administrator does.
func (b *reasonsBundle) report(act, sheet string, status int, texts ...string) {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_, _ = form.WriteField("act", act), form.WriteField("time_zone", "Europe/Berlin")
	file, _ := form.CreateFormFile("file", "report.csv")
	_, _ = file.Write([]byte(sheet))
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, livePage, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r.WithContext(identity.NewContext(context.WithoutCancel(r.Context()), b.admin)))
	if w.Code != status {
		b.t.Fatalf("report: %d, want %d\n%s", w.Code, status, w.Body)
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			b.t.Errorf("report lacks %q:\n%s", text, w.Body)
		}
	}
}

// between is what stands on a page from the first mark to the next.
func between(body, from, to string) string {
	_, rest, _ := strings.Cut(body, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

// TestAttendancePages: a sheet of another kind is made readable, tried and
// imported; a doctor says who she was and another is matched; all is undone.
func TestAttendancePages(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	if _, err := b.db.Exec(t.Context(), `update webinars set starts_at = '2026-09-22T14:30:00Z'`); err != nil {
		t.Fatal(err)
	}
	const sheet = "Courriel;Nom;Arrivée;Départ\nana.l@private.example;Ana L;2026-09-22 16:30;2026-09-22 16:31\n;Ana Lopez;2026-09-22 16:31;2026-09-22 16:32\n"
	b.report("try", sheet, 422)
	mapping := url.Values{"name": {"Visio!"}, "email": {"Courriel"}, "person": {"Nom"}, "joined_at": {"Arrivée"}, "left_at": {"Départ"}}
	b.page(b.admin, "POST", "/admin/attendance-mappings", mapping, 422)
	mapping.Set("name", "visio")
	b.page(b.doctor, "POST", "/admin/attendance-mappings", mapping, 403)
	b.page(b.admin, "POST", "/admin/attendance-mappings", mapping, 303)
	b.page(b.admin, "GET", "/admin/attendance-mappings", nil, 200, "visio", "Courriel")

	b.report("try", sheet, 200, "Nothing is stored yet", "2 stays of people who are not enrolled.")
	b.page(b.admin, "GET", livePage, nil, 200, "Fibrillation", "Nothing yet.")
	b.report("import", sheet, 200, "The report is imported.", "Stays, with rejoins counted once: 2.")
	b.page(b.doctor, "GET", livePage, nil, 403)

	claim := url.Values{"email": {"ana.l@private.example"}, "note": {"my tablet"}}
	b.page(b.doctor, "POST", "/webinars/web_1/claim", url.Values{}, 422)
	b.page(b.doctor, "POST", "/webinars/web_1/claim", claim, 303)
	b.page(b.doctor, "GET", "/webinars/web_1/claim?sent=1", nil, 200, "Being checked", "ana.l@private.example", "/programs/prg_1/missing")
	b.page(b.doctor, "GET", "/webinars/web_none/claim", nil, 404)
	page := b.page(b.admin, "GET", livePage, nil, 200, "In the reports", "“my tablet”", `value="acc_doctor"`).Body.String()
	waiting := livePage + "/claims/" + between(page, livePage+"/claims/", `"`)
	b.page(b.admin, "POST", waiting, url.Values{"decision": {"refuse"}}, 422, "Please say why it is refused")
	b.page(b.admin, "POST", waiting, url.Values{"decision": {"approve"}}, 303)
	b.page(b.doctor, "GET", "/webinars/web_1/claim", nil, 200, "Approved")
	b.page(b.doctor, "GET", "/programs/prg_1/missing", nil, 200, "In the live session from Tue 22 Sep 2026, 15:30 to 15:31 WEST")

	lopez := url.Values{"name": {"Ana Lopez"}, "doctor_email": {"nobody@example.org"}}
	b.page(b.admin, "POST", livePage+"/match", lopez, 422, "Nobody here has this address.")
	lopez.Set("doctor_email", "Ana@Example.org")
	b.page(b.admin, "POST", livePage+"/match", lopez, 303)
	page = b.page(b.admin, "GET", livePage, nil, 200, "Everybody in the reports is known.", "Stays: 2. Enrolled doctors: 1. Stays of unknown people: 0.", "Alex Admin").Body.String()

	undo := livePage + "/imports/" + between(page, livePage+"/imports/", `"`)
	b.page(b.admin, "POST", undo, url.Values{"reason": {" "}}, 422)
	b.page(b.admin, "POST", undo, url.Values{"reason": {"Another webinar"}}, 303)
	b.page(b.admin, "GET", livePage, nil, 200, "Another webinar (Alex Admin,")
	b.page(b.admin, "POST", "/admin/attendance-mappings/remove", mapping, 303)
	b.page(b.admin, "GET", "/admin/attendance-mappings", nil, 200, "None yet.")
}

// TestTimeMapPage: said on the page, watched seconds and what does not count move.
func TestTimeMapPage(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	b.page(b.admin, "POST", "/admin/webinars/web_1/excluded", url.Values{"ranges": {"0:00 - 0:20 opening"}, "reason": {"opening"}, "decided": {"yes"}}, 303)
	if _, err := b.db.Exec(t.Context(), `insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at)
		values ('rec_2', 'web_1', 'cut.mp4', 1, 8388608, 'ready', 90000, $1, now())`, catalog.NewToken()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Exec(t.Context(), `update webinars set current_recording_id = 'rec_2'`); err != nil {
		t.Fatal(err)
	}
	b.page(b.doctor, "GET", "/recordings/rec_2", nil, 404)
	b.page(b.admin, "GET", "/recordings/rec_2", nil, 200, "talk.mp4", "0:00 - end → 0:00", "Nobody has said")
	form := url.Values{"replaces": {"rec_1"}, "pieces": {"0:10.2 - 0:40.5 → 0\n0:40.5 - end → 0:30.3"}}
	b.page(b.doctor, "POST", "/recordings/rec_2/time-map", form, 404)
	b.page(b.admin, "POST", "/recordings/rec_2/time-map", form, 303)
	b.page(b.admin, "GET", "/recordings/rec_2?saved=replaces", nil, 200, "0:10.2 - 0:40.5 → 0:00\n0:40.5 - end → 0:30.3", "Saved. Everything moves along.")
	b.page(b.admin, "GET", "/admin/webinars/web_1/excluded", nil, 200, "0:00 - 0:09.8 opening")
	b.page(b.doctor, "GET", "/programs/prg_1/missing", nil, 200, "carried over", "without the 10 s that do not count")
	form.Set("replaces", "rec_2")
	b.page(b.admin, "POST", "/recordings/rec_2/time-map", form, 422, "earlier recording of the same webinar")
	form.Set("pieces", "0:10 - 0:40 → 0\n0:20 - end → 1:00")
	b.page(b.admin, "POST", "/recordings/rec_2/time-map", form, 422, "Piece 2 begins before")
}
