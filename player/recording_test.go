package player

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// sendFile posts the captions' form as browsers do; nil is no file.
func (b *testBundle) sendFile(t *testing.T, lang string, file []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("lang", lang); err != nil {
		t.Fatal(err)
	}
	if file != nil {
		part, err := form.CreateFormFile("file", "talk.srt")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(file)
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/recordings/rec_1/captions", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func TestRecordingPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/recordings/rec_1"), 200, `src="/v1/recordings/rec_1/source"`, "Arabic", "812 captions", "belongs to this recording",
		`value="16:20"`, "Here the slides change", `value="1" checked`, "Chosen automatically")
	wants(t, b.get("/recordings/rec_1?saved=chapters"), 200, "The chapters are saved.")
	wants(t, b.get("/recordings/rec_2"), 200, "Possible as soon as the recording is ready.", "Upload captions", `src="/v1/recordings/rec_2/preview"`)
	wants(t, b.get("/recordings/rec_none"), 404)
	wants(t, b.get("/presenter"), 200, `href="/recordings/rec_1"`)
	policy := b.get("/recordings/rec_1").Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "media-src 'self' blob: https://s3.example.org;") {
		t.Errorf("the uploaded file cannot be shown: %s", policy)
	}
	b.viewer = nil
	wantsRedirect(t, b.get("/recordings/rec_1"), "/sign-in?next=%2Frecordings%2Frec_1")
}

func TestCaptionsForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	large := bytes.Repeat([]byte("x"), 4<<20)
	wantsRedirect(t, b.sendFile(t, "pt-BR", large), "/recordings/rec_1?saved=captions#captions")
	if b.lang != "pt-BR" || len(b.file) != len(large) {
		t.Errorf("sent %d bytes in %q", len(b.file), b.lang)
	}
	wants(t, b.sendFile(t, "en", nil), 422, "Please choose a file with captions")
	wants(t, b.sendFile(t, "en", bytes.Repeat(large, 2)), 422, "larger than 4 MB")
	b.failure = &FieldError{"body", "Line 7 of these captions: is not UTF-8."}
	wants(t, b.sendFile(t, "de", []byte("x")), 422, "Line 7 of these captions", `value="de" selected`)
	b.failure = nil
	wantsRedirect(t, b.post("/recordings/rec_1/captions/remove", url.Values{"lang": {"ar"}}), "/recordings/rec_1?saved=removed#captions")
}

func TestChaptersForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	form := url.Values{
		"at": {"0:00", "6:52", "16:20", "3:05.5", "", "8:00"}, "title": {"Why", "", "Gone", "New", "", "Newer"}, "keep": {"0", "1"}, "new": {"3", "4", "5"},
	}
	wantsRedirect(t, b.post("/recordings/rec_1/chapters", form), "/recordings/rec_1?saved=chapters#chapters")
	if got := fmt.Sprint(b.chapters); got != "[{0 Why } {185.5 New } {412 Part 3 } {480 Newer }]" {
		t.Errorf("chapters %s", got)
	}
	wantsRedirect(t, b.post("/recordings/rec_1/chapters", url.Values{"at": {"", ""}, "title": {"", ""}, "new": {"0", "1"}}), "/recordings/rec_1?saved=chapters#chapters")
	if b.chapters == nil || len(b.chapters) != 0 {
		t.Errorf("no chapters are %v", b.chapters)
	}
	form["at"][1] = "half past"
	wants(t, b.post("/recordings/rec_1/chapters", form), 422, "not “half past”", `value="New"`, `value="2">`)
	form["at"][1], b.failure = "6:52", &FieldError{"items[1].start_s", "It starts outside."}
	wants(t, b.post("/recordings/rec_1/chapters", form), 422, "It starts outside.", `value="3:05.5"`)
}

func TestPosterForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wantsRedirect(t, b.post("/recordings/rec_1/poster", url.Values{"candidate": {"2"}}), "/recordings/rec_1?saved=poster#poster")
	if b.candidate != 2 {
		t.Errorf("chose %d", b.candidate)
	}
	b.failure = &Refusal{Message: "This recording is not ready yet."}
	wants(t, b.post("/recordings/rec_1/poster", url.Values{"candidate": {"2"}}), 409, "not ready yet")
}

func TestReadClock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"93": 93, "1:33": 93, " 0:01:33 ": 93, "1:33.5": 93.5, "1:02:03": 3723, "0:00": 0} {
		if got, err := readClock(text); err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ":", "1:", "1:60", "1:2:3:4", "-1", "1e9", "x", "Inf", "1:2:99", "NaN", "1..2"} {
		if got, err := readClock(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
