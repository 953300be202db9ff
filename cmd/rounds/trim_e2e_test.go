package main

import (
	"math"
	"net/http"
	"testing"
	"time"
)

// TestTrimmedRecording: what is left of a recording replaces it, from the file
// that was uploaded once; doctors keep what they watched of it and their place.
func TestTrimmedRecording(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Beta blockers")
	whole := s.upload(webinar, twoSlides(t))
	s.ready(whole)
	doctor := s.registerDoctor(c.programID, "trim@example.org")
	play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	doctor.call(200, "POST", "/v1/playback/"+play.str("session_id")+"/beats", object{"seq": 1, "position_s": 14, "rate": 1, "watched": [][]float64{{2, 14}}})

	s.admin().call(422, "POST", "/v1/recordings/"+whole+"/trim", object{"from_s": 30, "to_s": 30.5})
	middle := s.trimmed(t, doctor, webinar, whole, 10, 30)
	if watched := middle.list("watched"); len(watched) != 1 || !spans(watched[0], 0, 4) || middle.num("resume_at_s") != 4 {
		t.Errorf("of seconds 2 to 14, 0 to 4 are left: %v, resume at %v", watched, middle["resume_at_s"])
	}
	chapters := doctor.call(200, "GET", "/v1/recordings/"+middle.str("recording_id")+"/chapters", nil).list("suggested")
	if len(chapters) > 0 {
		if at := object(chapters[len(chapters)-1].(map[string]any)).num("start_s"); math.Abs(at-9) > 1 {
			t.Errorf("the second slide comes at %v s, want about 9", at)
		}
	}
	start := s.trimmed(t, doctor, webinar, middle.str("recording_id"), 0, 5)
	if watched := start.list("watched"); len(watched) != 1 || !spans(watched[0], 0, 4) {
		t.Errorf("of a cut's cut %v is watched", watched)
	}
	again := s.trimmed(t, doctor, webinar, whole, 1, 40)
	if watched := again.list("watched"); len(watched) != 1 || !spans(watched[0], 1, 13) {
		t.Errorf("of the longer cut %v is watched", watched)
	}
}

// trimmed trims a recording and opens what comes of it, as soon as it is what the
// webinar shows.
func (s *system) trimmed(t *testing.T, doctor *client, webinar, recording string, from, to float64) (play object) {
	t.Helper()
	made := s.admin().call(202, "POST", "/v1/recordings/"+recording+"/trim", object{"from_s": from, "to_s": to})
	id := made.str("recording_id")
	if id == "" || id == recording {
		t.Fatalf("trimming gave %v", made)
	}
	if ready := s.ready(id); math.Abs(ready.num("duration_s")-(to-from)) > 0.11 {
		t.Errorf("%v to %v s became %v s", from, to, ready["duration_s"])
	}
	if status, _ := s.admin().try("GET", "/v1/recordings/"+id+"/source", nil); status != http.StatusOK {
		t.Errorf("the source of what was trimmed: %d", status)
	}
	s.eventually(2*time.Minute, "the webinar shows it", func() bool {
		play = doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
		return math.Abs(play.num("duration_s")-(to-from)) < 0.11
	})
	play["recording_id"] = id
	return play
}

func spans(r any, from, to float64) bool {
	ends := r.([]any)
	return math.Abs(ends[0].(float64)-from) < 0.11 && math.Abs(ends[1].(float64)-to) < 0.11
}
