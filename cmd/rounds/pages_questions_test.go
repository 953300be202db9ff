package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestQuestionsThroughThePages: a doctor asks by the plain form, the presenter
// answers by hers, the doctor reads it and is told by a message; each is shown
// what is hers to know.
func TestQuestionsThroughThePages(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	b.makeObjects(t)
	b.exec(t, `delete from questions`)
	b.exec(t, `insert into recording_extras (recording_id, chapters) values ($1, '[{"start_ms":0,"title":"Why"},{"start_ms":20000,"title":"How to begin"}]')`, b.ids["recordings"])
	page := func(who, method, path string, form url.Values, status int) string {
		t.Helper()
		r := httptest.NewRequest(method, "http://rounds.test"+path, strings.NewReader(form.Encode())).WithContext(t.Context())
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		b.people[who](r)
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Fatalf("%s %s as %s: %d %s", method, path, who, w.Code, w.Body)
		}
		return w.Body.String()
	}
	watch, answer := "/webinars/"+b.ids["webinars"], "/presenter/webinars/"+b.ids["webinars"]+"/questions"
	page("doctor", http.MethodPost, watch+"/questions", url.Values{"text": {"Which dose first?"}, "position_s": {"0:30"}}, http.StatusSeeOther)
	lists := func(words string, shown bool) {
		t.Helper()
		for path, who := range map[string]string{"/presenter": "presenter", "/presenter/webinars/" + b.ids["webinars"]: "presenter", "/admin": "admin"} {
			if got := page(who, http.MethodGet, path, nil, http.StatusOK); strings.Contains(got, words) != shown || shown != strings.Contains(got, `<a class="quiet button" href="`+answer+`">`+words) {
				t.Errorf("%s of %q, want %t: %s", path, words, shown, got)
			}
		}
	}
	lists("1 question without an answer", true)
	var asked []string
	if err := b.db.QueryRow(t.Context(), `select array_agg(id) from questions`).Scan(&asked); err != nil {
		t.Fatal(err)
	}
	page("presenter", http.MethodPost, watch+"/questions/"+asked[0]+"/withdraw", url.Values{}, http.StatusNotFound)
	page("doctor", http.MethodPost, watch+"/questions/"+asked[0]+"/withdraw", url.Values{}, http.StatusSeeOther)
	lists("without an answer", false)
	if got := page("presenter", http.MethodPost, answer+"/"+asked[0]+"/answer", url.Values{"text": {"The lower one."}}, http.StatusConflict); !strings.Contains(got, "Who asked has taken this question back.") || !strings.Contains(got, "The lower one.") {
		t.Errorf("an answer to what was taken back: %s", got)
	}
	b.exec(t, `delete from questions`)
	page("doctor", http.MethodPost, watch+"/questions", url.Values{"text": {"Which dose first?"}, "position_s": {"0:30"}}, http.StatusSeeOther)
	page("doctor", http.MethodPost, watch+"/questions", url.Values{"text": {"And then?"}}, http.StatusSeeOther)
	lists("2 questions without an answer", true)
	b.exec(t, `delete from questions where text = 'And then?'`)
	if got := page("doctor", http.MethodPost, watch+"/questions", url.Values{"text": {"Late?"}, "position_s": {"1:01"}}, http.StatusUnprocessableEntity); !strings.Contains(got, "The recording is not that long.") || !strings.Contains(got, "Late?</textarea>") {
		t.Errorf("behind the end: %s", got)
	}
	asks := page("presenter", http.MethodGet, answer, nil, http.StatusOK)
	for _, words := range []string{"Which dose first?", "How to begin", "<bdi>0:30</bdi>"} {
		if !strings.Contains(asks, words) {
			t.Errorf("the presenter is not shown %q: %s", words, asks)
		}
	}
	if strings.Contains(asks, "acc_doctor") {
		t.Errorf("the presenter is shown who asked: %s", asks)
	}
	if got := page("admin", http.MethodGet, answer, nil, http.StatusOK); !strings.Contains(got, `href="/admin/people/acc_doctor"`) {
		t.Errorf("the administrator is not shown who asked: %s", got)
	}
	var id string
	if err := b.db.QueryRow(t.Context(), `select id from questions`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	page("presenter", http.MethodPost, answer+"/"+id+"/answer", url.Values{"text": {"The lower one."}, "shared": {"1"}}, http.StatusSeeOther)
	if got := page("doctor", http.MethodGet, watch, nil, http.StatusOK); !strings.Contains(got, "The lower one.") {
		t.Errorf("the doctor is not shown the answer: %s", got)
	}
	var told int
	if err := b.db.QueryRow(t.Context(), `select count(*) from messages where kind = 'question_answered' and recipient = 'acc_doctor@example.org'`).Scan(&told); err != nil || told != 1 {
		t.Errorf("told %d times, %v", told, err)
	}
	if got := page("presenter", http.MethodGet, "/presenter/webinars/"+b.ids["webinars"]+"/analytics", nil, http.StatusOK); !strings.Contains(got, "1 question was asked. All have an answer.") {
		t.Errorf("analytics: %s", got)
	}
}
