package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestGenerateWebinar(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "webinar.mp4")
	short := questionsTalk
	short.seconds = 4 // two on each slide
	if err := short.generate(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,duration", "-of", "csv=p=0", file).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "h264,640,4.000000\naac,4.000000" {
		t.Errorf("%v: %s", err, out)
	}
	volume, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-i", file, "-vn", "-af", "volumedetect", "-f", "null", "-").CombinedOutput()
	if err != nil || strings.Contains(string(volume), "max_volume: -91.0 dB") {
		t.Errorf("nobody speaks: %v\n%s", err, volume)
	}
}

func TestNewestCode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, mail := range []string{
		"To: doctor@example.org\r\n\r\n111111\r\n",
		"To: doctor@example.org\r\n\r\nYour code:\r\n\r\n222222\r\n",
		"To: other@example.org\r\n\r\n333333\r\n",
		"To: doctor@example.org\r\n\r\nOrder 444444 shipped.\r\n",
	} {
		path := filepath.Join(dir, fmt.Sprintf("%d.eml", 9-i)) // names say nothing
		when := time.Unix(int64(1000+i), 0)
		if err := errors.Join(os.WriteFile(path, []byte(mail), 0o600), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	if code, err := newestCode(dir, "doctor@example.org"); code != "222222" || err != nil {
		t.Errorf("got %q, %v", code, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mailedCode(ended, dir, "nobody@example.org"); err == nil {
		t.Error("a code from nowhere")
	}
}

// TestSeedContinues breaks the seeding at every request once: the program it
// leaves behind is the same, and nothing is made twice.
func TestSeedContinues(t *testing.T) {
	t.Parallel()
	f, err := makeFolders(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	made, failed := map[string]int{}, map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked := r.URL.Path + string(body)
		if !failed[asked] {
			failed[asked] = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.Method == http.MethodPost { // the PATCH may be repeated
			made[asked]++
		}
		answerSeed(t, w, r, f.mail)
	}))
	t.Cleanup(server.Close)
	s := &supervisor{folders: f, base: server.URL}
	if s.state, err = loadState(f); err != nil {
		t.Fatal(err)
	}
	for tries := 0; s.seed(t.Context()) != nil; tries++ {
		if tries > 40 {
			t.Fatal(s.seed(t.Context()))
		}
		if s.state, err = loadState(f); err != nil { // as a new process would
			t.Fatal(err)
		}
	}
	if len(made) != 15 {
		t.Errorf("requests: %v", made)
	}
	for asked, times := range made {
		if times != 1 {
			t.Errorf("%s was asked %d times", asked, times)
		}
	}
	for _, part := range []string{`"prerequisite_ids":["x1"]`, `"starts_at":`} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(made)), func(asked string) bool { return strings.Contains(asked, part) }) {
			t.Errorf("nothing was made with %s: %v", part, made)
		}
	}
	if d := s.state.Demo; !d.Seeded || d.InvitationCode != "second" || d.DoctorEmail != demoDoctor || d.WebinarID == "" {
		t.Errorf("state: %+v", d)
	}
}

func answerSeed(t *testing.T, w http.ResponseWriter, r *http.Request, mail string) {
	t.Helper()
	w.WriteHeader(http.StatusCreated)
	switch {
	case strings.HasSuffix(r.URL.Path, "/invitations"):
		_, _ = w.Write([]byte(`{"items":[{"code":"first"},{"code":"second"}]}`))
	case r.URL.Path == "/v1/auth/register":
		if err := os.WriteFile(filepath.Join(mail, "1.eml"), []byte("To: "+demoDoctor+"\n\n123456\n"), 0o600); err != nil {
			t.Error(err)
		}
	default:
		_, _ = w.Write([]byte(`{"id":"x1"}`))
	}
}

func TestFindPostgres(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if _, err := findPostgres(root, ""); !errors.Is(err, errNoPostgres) {
		t.Errorf("nothing installed: %v", err)
	}
	for _, version := range []string{"9.6", "15", "17"} {
		bin := filepath.Join(root, version, "bin")
		if err := errors.Join(os.MkdirAll(bin, 0o700), os.WriteFile(filepath.Join(bin, "postgres"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if bin, err := findPostgres(root, t.TempDir()); err != nil || bin != filepath.Join(root, "17", "bin") {
		t.Errorf("newest: %s, %v", bin, err)
	}
	for version, want := range map[string]string{"15": filepath.Join(root, "15", "bin"), "16": ""} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte(version+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if bin, err := findPostgres(root, dir); bin != want || (err == nil) != (want != "") {
			t.Errorf("a cluster of %s: %q, %v", version, bin, err)
		}
	}
}
