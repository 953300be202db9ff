package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestMaterialThroughThePages sends slides by a plain form: they end in the
// storage, and what is no PDF is refused.
func TestMaterialThroughThePages(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	b.makeObjects(t)
	here := "/presenter/webinars/" + b.ids["webinars"]
	send := func(content string) *httptest.ResponseRecorder {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "talk.pdf")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
		_ = form.Close()
		r := httptest.NewRequest(http.MethodPost, "http://rounds.test"+here+"/materials", &body).WithContext(t.Context())
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		b.people["presenter"](r)
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		return w
	}
	if got := send("%PDF-1.7 slides"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != here+"?saved=material#materials" {
		t.Fatalf("sent: %d %s", got.Code, got.Body)
	}
	if got := send("no such thing"); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), "not what its name says") {
		t.Errorf("sent what is none: %d", got.Code)
	}
	var there int
	if err := b.db.QueryRow(t.Context(), `select count(*) from materials where webinar_id = $1 and title = 'talk.pdf' and uploaded_at is not null`, b.ids["webinars"]).Scan(&there); err != nil || there != 1 {
		t.Errorf("%d files are there, %v", there, err)
	}
}
