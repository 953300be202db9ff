package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// TestProblemsSpeakTheReadersLanguage: Arabic for whom it is asked, English word
// for word for everybody else.
func TestProblemsSpeakTheReadersLanguage(t *testing.T) {
	t.Parallel()
	answer := func(accept string, err error) (string, problem) {
		recorder, request := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Accept-Language", accept)
		withLanguage(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { writeProblem(w, r, err) })).ServeHTTP(recorder, request)
		var p problem
		if err := json.Unmarshal(recorder.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		return recorder.Header().Get("Content-Language"), p
	}
	for _, accept := range []string{"", "en-GB, ar;q=0.5", "fr, *"} {
		if lang, p := answer(accept, identity.ErrCodeExpired); lang != english || p.Detail != "This code has expired. Please ask for a new one." {
			t.Errorf("%q: %s %+v", accept, lang, p)
		}
	}
	lang, p := answer("fr, ar-EG;q=0.9, en", identity.ErrCodeExpired)
	if lang != "ar" || p.Detail != "انتهت صلاحية هذا الرمز. يُرجى طلب رمز جديد." || p.Code != "code_expired" || p.Errors[0].Message != p.Detail || p.Errors[0].Location != "body.code" {
		t.Errorf("%s %+v", lang, p)
	}
	opens := catalog.OnClock(time.Date(2026, 3, 2, 14, 4, 0, 0, time.UTC), "Europe/Berlin")
	if _, p := answer("ar", &catalog.ConflictError{Code: "webinar_not_open", Message: "This webinar opens on %s.", Args: []any{opens}}); p.Detail != "تُتاح هذه الندوة يوم الاثنين 2 مارس 2026، \u206615:04 CET (Europe/Berlin)\u2069." {
		t.Errorf("a time: %q", p.Detail)
	}
}

// TestSentencesOfMails: whole tags are understood, and what no file has stays
// English in one piece.
func TestSentencesOfMails(t *testing.T) {
	t.Parallel()
	waits := catalog.ReadinessFacts{MailOldest: time.Hour, MailWaiting: 1}.Readiness()
	for _, c := range waits.Checks {
		if c.Name == "mail" && !strings.HasPrefix(sayIn("en-GB", c.Sentence), "1 message waits") {
			t.Errorf("one: %q", sayIn("en-GB", c.Sentence))
		}
	}
	if got := sayIn("ar", catalog.Say("%d doctors take part.", 2)); got != "يشارك طبيبان." {
		t.Errorf("two: %q", got)
	}
	if got := sayIn("ar-EG", catalog.Say("Nobody wrote this.")); got != "\u2068Nobody wrote this.\u2069" {
		t.Errorf("%q", got)
	}
	if got := say(context.Background(), catalog.Say("There is no recording.")); got != "There is no recording." {
		t.Errorf("%q", got)
	}
}
