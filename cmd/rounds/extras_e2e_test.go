package main

import (
	"bytes"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestExtrasOfARecording: captions that came before the recording was ready are
// shown with it and copied beside it, slide changes become chapters with
// pictures that anybody with the link, and the link alone, may see, and the
// uploaded file itself can be watched at once.
func TestExtrasOfARecording(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Beta blockers")
	source := twoSlides(t)
	recording := s.upload(webinar, source)
	path := "/v1/recordings/" + recording
	s.putCaptions(t, path+"/captions/pt-BR", "1\n00:00:01,000 --> 00:00:04,000\nBom dia.\n")
	uploaded, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if status, got := s.admin().try("GET", path+"/source", nil); status != http.StatusOK || !bytes.Equal(got, uploaded) {
		t.Errorf("the uploaded file: %d, %d bytes of %d", status, len(got), len(uploaded))
	}
	s.ready(recording)

	doctor := s.registerDoctor(c.programID, "extras@example.org")
	chapters := doctor.call(200, "GET", path+"/chapters", nil)
	suggested := chapters.list("suggested")
	if len(suggested) != 2 || object(suggested[1].(map[string]any)).num("start_s") != 19 {
		t.Fatalf("chapters are %v", chapters)
	}
	thumbnail := object(suggested[1].(map[string]any)).str("thumbnail_url")
	s.checkPicture(t, thumbnail, 320)
	s.checkPicture(t, doctor.call(200, "GET", path+"/poster", nil).str("url"), 320)
	other := strings.Replace(thumbnail, "chapter_001", "chapter_000", 1)
	if status, _ := s.visitor().try("GET", other, nil); status != http.StatusForbidden {
		t.Errorf("the link to one picture opens another: %d", status)
	}
	status, page := doctor.try("GET", "/webinars/"+webinar, nil)
	for _, want := range []string{`src="` + path + `/captions/pt-BR"`, `data-at="19"`, "Slide 2", ` data-poster="` + s.base + "/media/" + recording} {
		if status != http.StatusOK || !strings.Contains(string(page), want) {
			t.Errorf("the page (%d) has no %s", status, want)
		}
	}
	s.checkCopies(t, recording, path)
}

// checkCopies: the bucket follows what is kept.
func (s *system) checkCopies(t *testing.T, recording, path string) {
	t.Helper()
	copied := func(lang string) bool {
		return slices.ContainsFunc(s.mediaKeys(t, "media/"+recording+"/"), func(key string) bool { return strings.HasSuffix(key, "/captions/"+lang+".vtt") })
	}
	s.putCaptions(t, path+"/captions/en", "WEBVTT\n\n00:01.000 --> 00:04.000\nGood morning.\n")
	s.eventually(2*time.Minute, "both captions lie in the bucket", func() bool { return copied("pt-BR") && copied("en") })
	s.admin().call(204, "DELETE", path+"/captions/en", nil)
	s.eventually(2*time.Minute, "the removed captions are gone", func() bool { return copied("pt-BR") && !copied("en") })
}

func (s *system) putCaptions(t *testing.T, path, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.base+path, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.adminToken)
	request.Header.Set("Content-Type", "application/x-subrip")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		t.Fatalf("captions: %d %s", response.StatusCode, body)
	}
}

// checkPicture fetches a picture as somebody without cookies.
func (s *system) checkPicture(t *testing.T, address string, width int) {
	t.Helper()
	status, content := s.visitor().try("GET", strings.TrimPrefix(address, s.base), nil)
	picture, err := jpeg.DecodeConfig(bytes.NewReader(content))
	if status != http.StatusOK || err != nil || picture.Width != width {
		t.Errorf("%s: %d, %v, %+v", address, status, err, picture)
	}
}

// twoSlides is a silent talk of 40 s whose slide changes in its middle.
func twoSlides(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "talk.mp4")
	slide := func(y, from, to string) string {
		return "drawbox=x=40:y=" + y + ":w=200:h=40:c=black:t=fill:enable='gte(t," + from + ")*lt(t," + to + ")'"
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-f", "lavfi",
		"-i", "color=white:s=320x180:r=10:d=40,"+slide("20", "0", "20")+","+slide("100", "20", "40"),
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	return path
}
