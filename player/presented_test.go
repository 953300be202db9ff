package player

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// sendMaterial posts the form as browsers do; nil is no file.
func (b *testBundle) sendMaterial(t *testing.T, file []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("title", " Slides "); err != nil {
		t.Fatal(err)
	}
	if file != nil {
		part, err := form.CreateFormFile("file", "talk.pdf")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(file)
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/presenter/webinars/web_2/materials", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func TestMaterialsOfPresenters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/presenter/webinars/web_2"), 200, "four-pillars.pdf", "Add this file")
	wantsRedirect(t, b.sendMaterial(t, []byte("%PDF-1.7")), "/presenter/webinars/web_2?saved=material#materials")
	if b.prepared != "web_2 Slides talk.pdf %PDF-1.7" {
		t.Errorf("added %q", b.prepared)
	}
	wants(t, b.sendMaterial(t, nil), 422, "Please choose a file.")
	b.failure = &FieldError{"filename", "This kind of file is not taken."}
	wants(t, b.sendMaterial(t, []byte("x")), 422, "This kind of file is not taken.")
	b.failure = nil
	wantsRedirect(t, b.post("/presenter/webinars/web_2/materials/mat_1/remove", nil), "/presenter/webinars/web_2?saved=removed#materials")
	if b.prepared != "removed mat_1" {
		t.Errorf("did %q", b.prepared)
	}
}

func TestUploadLinksOfPresenters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if page := b.get("/presenter/webinars/web_2"); strings.Contains(page.Body.String(), "rnd_") || strings.Count(page.Body.String(), "Take it back") != 1 {
		t.Errorf("page %s", page.Body)
	}
	wants(t, b.post("/presenter/webinars/web_2/upload-links", nil), 201, `value="https://rounds.example.org/send#rnd_secret"`, "not shown again")
	wantsRedirect(t, b.post("/presenter/webinars/web_2/upload-links/upl_2/end", nil), "/presenter/webinars/web_2?saved=ended#links")
	if b.prepared != "ended upl_2" {
		t.Errorf("did %q", b.prepared)
	}
	b.viewer = nil
	wants(t, b.get("/send"), 200, `data-link`)
}
