package main

import (
	"math"
	"testing"
	"time"
)

// TestAttendanceToResume: attendance arrives before the recording; a doctor who
// left the live session at 40 % resumes there, also after the live map moved,
// and a wrong import is taken back with all it gave.
func TestAttendanceToResume(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Beta blockers")
	start := time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Second)
	s.admin().call(200, "PATCH", "/v1/webinars/"+webinar, object{"starts_at": start})
	doctor := s.registerDoctor(c.programID, "live@example.org")
	const attended = 12 * time.Second
	imported := s.admin().call(201, "POST", "/v1/webinars/"+webinar+"/attendance", object{"items": []object{
		{"email": "live@example.org", "joined_at": start.Add(-5 * time.Minute), "left_at": start.Add(attended)},
		{"email": "nobody@example.org", "joined_at": start, "left_at": start.Add(attended)},
	}})
	if imported.num("doctors") != 1 || len(imported.list("unmatched")) != 1 || imported.str("mapping") != "no_recording" {
		t.Errorf("import: %v", imported)
	}

	recording := s.upload(webinar, media(t, "camera_car_12fps.mp4"))
	s.ready(recording)
	s.checkLive(t, doctor, webinar, attended.Seconds())

	s.admin().call(200, "PUT", "/v1/recordings/"+recording+"/live_map", object{"confirmed": true, "pieces": []object{
		{"live_at": start.Add(2 * time.Second), "at_s": 0, "length_s": 20},
	}})
	s.checkLive(t, doctor, webinar, attended.Seconds()-2)

	s.admin().call(204, "DELETE", "/v1/attendance_imports/"+imported.str("import_id"), object{"reason": "The report of another webinar."})
	s.checkLive(t, doctor, webinar, 0)
}

// checkLive: a doctor has watched the recording live up to a second, and play starts there.
func (s *system) checkLive(t *testing.T, doctor *client, webinar string, until float64) {
	t.Helper()
	progress := doctor.call(200, "GET", "/v1/webinars/"+webinar+"/progress", nil)
	percent := until / progress.num("duration_s") * 100
	if got := progress.object("by_source").num("live"); math.Abs(got-percent) > 0.01 || progress.object("by_source").num("replay") != 0 {
		t.Errorf("want %.2f %% live: %v", percent, progress)
	}
	play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	if play.num("resume_at_s") != until || math.Abs(play.num("watched_percent")-percent) > 0.01 {
		t.Errorf("want to resume at %g s: %v", until, play)
	}
}
