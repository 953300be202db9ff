package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestJourneysInChromium runs the browser's journeys against a complete system:
// signing in, resuming without fetching anything before the resume point,
// losing the network, a browser without HLS, a second device, an interrupted upload,
// a presenter's rehearsal.
func TestJourneysInChromium(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Four pillars of heart failure")
	s.ready(s.upload(webinar, generate(t, "webinar.mp4", "60", "1200k")))
	s.registerDoctor(c.programID, "browser@example.org")
	upload := s.makeWebinar(c, "A talk still to be uploaded")

	cmd := exec.CommandContext(t.Context(), "npm", "run", "--silent", "browser")
	cmd.Dir = filepath.Join("..", "..", "player")
	cmd.Env = append(os.Environ(),
		"BASE_URL="+s.base, "MAIL_DIR="+s.mailDir, "WEBINAR_ID="+webinar,
		"DOCTOR_EMAIL=browser@example.org", "PRESENTER_EMAIL=presenter@example.org",
		"UPLOAD_WEBINAR_ID="+upload, "UPLOAD_FILE="+generate(t, "upload.mp4", "30", "8000k"),
		"REHEARSAL_FILE="+generateOf(t, "320x180", "rehearsal.mp4", "12", "200k"),
	)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// generate makes a recording with moving picture and sound of that many
// seconds and that bit rate.
func generate(t *testing.T, name, length, rate string) string {
	t.Helper()
	return generateOf(t, "1280x720", name, length, rate)
}

// generateOf makes one whose picture is of another size: small ones are converted soon.
func generateOf(t *testing.T, size, name, length, rate string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error",
		"-f", "lavfi", "-i", "testsrc2=size="+size+":rate=25:duration="+length,
		"-f", "lavfi", "-i", "sine=frequency=440:duration="+length,
		"-c:v", "libx264", "-preset", "ultrafast", "-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate,
		"-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p", "-c:a", "aac", path).CombinedOutput()
	if err != nil {
		t.Fatalf("generate %s: %v\n%s", name, err, out)
	}
	return path
}
