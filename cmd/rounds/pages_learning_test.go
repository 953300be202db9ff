package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/player"
)

func TestCourseListsNameThePresenters(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	view := player.WebinarSummary{ID: "web_1", Title: "Four pillars"}
	announce(&view, catalog.Webinar{StartsAt: &at, Around: catalog.WebinarContext{Presenters: []catalog.Presenter{{ID: "acc_1", Name: "Dr Amira Haddad"}, {ID: "acc_2", Name: "Dr Ben Okafor"}}}})
	if !slices.Equal(view.Presenters, []string{"Dr Amira Haddad", "Dr Ben Okafor"}) || view.StartsAt != &at {
		t.Errorf("announced %+v", view)
	}
}

// TestPagesOfAProgramWithCoursesThatWait: what comes later is announced with its
// date; it must not keep doctors from what is open.
func TestPagesOfAProgramWithCoursesThatWait(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	b.makeObjects(t)
	b.exec(t, `delete from waivers`)
	b.exec(t, `insert into courses (id, program_id, title, position) values ('crs_devices', $1, 'Devices', 1)`, b.ids["programs"])
	b.exec(t, `insert into course_prerequisites values ('crs_devices', $1)`, b.ids["courses"])
	b.exec(t, `insert into webinars (id, course_id, title, starts_at) values ('web_devices', 'crs_devices', 'Who needs one?', '2126-12-07T17:00:00Z')`)
	for path, want := range map[string]struct {
		status int
		words  []string
	}{
		"/courses":                          {http.StatusOK, []string{`<a class="next" href="/webinars/` + b.ids["webinars"], "Who needs one?", "Opens when you have completed: Arrhythmia", "7 Dec 2126"}},
		"/courses/crs_devices":              {http.StatusOK, []string{"Opens when you have completed: Arrhythmia", "7 Dec 2126"}},
		"/courses/crs_devices/calendar.ics": {http.StatusOK, []string{"DTSTART:21261207T170000Z"}},
		"/webinars/" + b.ids["webinars"]:    {http.StatusOK, []string{"Fibrillation"}},
		"/webinars/web_devices":             {http.StatusConflict, []string{"Please complete the course “Arrhythmia” first."}},
	} {
		got := b.page(t, "doctor", path)
		if got.Code != want.status {
			t.Errorf("%s: %d, want %d: %s", path, got.Code, want.status, got.Body)
		}
		for _, words := range want.words {
			if !strings.Contains(got.Body.String(), words) {
				t.Errorf("%s lacks %q: %s", path, words, got.Body)
			}
		}
	}
}

// page asks for a page as somebody.
func (b *routesBundle) page(t *testing.T, who, path string) *httptest.ResponseRecorder {
	t.Helper()
	return b.asks(t, who, http.MethodGet, path)
}

// asks for something as somebody, without a body.
func (b *routesBundle) asks(t *testing.T, who, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://rounds.test"+path, http.NoBody).WithContext(t.Context())
	b.people[who](r)
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

// TestPagesOfAWithdrawnRecording: a doctor is told what became of it, and not
// that there is none yet; what she has watched is there when it comes back.
func TestPagesOfAWithdrawnRecording(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	b.makeObjects(t)
	b.exec(t, `delete from waivers`)
	webinar, course := "/webinars/"+b.ids["webinars"], "/courses/"+b.ids["courses"]
	says := func(path, words string, want bool) {
		t.Helper()
		if got := b.page(t, "doctor", path); got.Code != http.StatusOK || strings.Contains(got.Body.String(), words) != want {
			t.Errorf("%s says %q: want %t: %d %s", path, words, want, got.Code, got.Body)
		}
	}
	b.exec(t, `update recordings set withdrawn_at = now() where id = $1`, b.ids["recordings"])
	says(webinar, "has been withdrawn for now. What you have watched of it is kept.", true)
	says(course, "Not available now", true)
	refused := b.asks(t, "doctor", http.MethodPost, "/v1"+webinar+"/playback")
	if refused.Code != http.StatusConflict || !strings.Contains(refused.Body.String(), `"recording_withdrawn"`) || !strings.Contains(refused.Body.String(), "withdrawn for now") {
		t.Errorf("the API says %d %s", refused.Code, refused.Body)
	}
	b.exec(t, `update webinars set current_recording_id = null where id = $1`, b.ids["webinars"])
	says(webinar, "There is no recording to watch yet.", true)
	says(course, "Not yet available", true)
	b.exec(t, `update webinars set current_recording_id = $2 where id = $1`, b.ids["webinars"], b.ids["recordings"])
	b.exec(t, `update recordings set withdrawn_at = null where id = $1`, b.ids["recordings"])
	says(webinar, "withdrawn", false)
}
