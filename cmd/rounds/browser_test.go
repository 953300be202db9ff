package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJourneysInChromium runs the browser's journeys against a complete system:
// signing in, resuming without fetching anything before the resume point,
// losing the network, a browser without HLS, a second device, an interrupted upload,
// a presenter's rehearsal, a doctor's way through a program.
func TestJourneysInChromium(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	program := s.makeWholeProgram(t)
	webinar := s.makeWebinar(c, "Four pillars of heart failure")
	s.ready(s.upload(webinar, generate(t, "webinar.mp4", "60", "1200k")))
	s.registerDoctor(c.programID, "browser@example.org")
	s.registerDoctor(program.id, "course@example.org")
	for _, recording := range program.recordings {
		s.ready(recording)
	}
	upload := s.makeWebinar(c, "A talk still to be uploaded")

	cmd := exec.CommandContext(t.Context(), "npm", "run", "--silent", "browser")
	cmd.Dir = filepath.Join("..", "..", "player")
	cmd.Env = append(os.Environ(),
		"BASE_URL="+s.base, "MAIL_DIR="+s.mailDir, "WEBINAR_ID="+webinar,
		"DOCTOR_EMAIL=browser@example.org", "PRESENTER_EMAIL=presenter@example.org",
		"UPLOAD_WEBINAR_ID="+upload, "UPLOAD_FILE="+generate(t, "upload.mp4", "30", "8000k"),
		"COURSE_DOCTOR=course@example.org", "COURSE_WEBINARS="+strings.Join(program.webinars, ","), "ADMIN_TOKEN="+s.adminToken,
		"REHEARSAL_FILE="+generateOf(t, "320x180", "rehearsal.mp4", "12", "200k"),
	)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// wholeProgram is one with a course to begin with, one that waits for it, and one
// that is live later.
type wholeProgram struct {
	id         string
	webinars   []string // two of the first course, one of each other
	recordings []string // on their way, of all but the last
}

func (s *system) makeWholeProgram(t *testing.T) wholeProgram {
	t.Helper()
	admin := s.admin()
	p := wholeProgram{id: admin.call(201, "POST", "/v1/programs", object{"title": "The whole way"}).str("id")}
	course := func(title string, after ...string) string {
		return admin.call(201, "POST", "/v1/programs/"+p.id+"/courses", object{"title": title, "prerequisite_ids": after}).str("id")
	}
	webinar := func(course string, about object) string {
		id := admin.call(201, "POST", "/v1/courses/"+course+"/webinars", about).str("id")
		p.webinars = append(p.webinars, id)
		return id
	}
	first := course("First steps")
	second := course("Further steps", first)
	short, long := generateOf(t, "320x180", "short.mp4", "8", "200k"), generateOf(t, "320x180", "long.mp4", "60", "200k")
	for _, w := range []struct{ course, title, file string }{{first, "One", short}, {first, "Two", short}, {second, "Three", long}} {
		p.recordings = append(p.recordings, s.upload(webinar(w.course, object{"title": w.title}), w.file))
	}
	at := time.Now().Add(14 * 24 * time.Hour)
	webinar(course("Last steps"), object{"title": "A talk to come", "starts_at": at, "ends_at": at.Add(time.Hour)})
	return p
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
