package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestVerifyWhatIsDelivered checks a processed recording where players get it:
// at the front door, with a doctor's cookies, and with signatures in the
// playlists instead.
func TestVerifyWhatIsDelivered(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Beta blockers")
	recording := s.upload(webinar, media(t, "camera_car_12fps.mp4"))
	s.ready(recording)
	doctor := s.registerDoctor(c.programID, "verifier@example.org")
	for name, query := range map[string]string{"cookies": "", "query": "?delivery=query"} {
		play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback"+query, nil)
		address := resolve(t, s.base, s.base, play.str("manifest_url"))
		var out, errs bytes.Buffer
		err := Run(t.Context(), []string{"work", "verify", address, "-H", strings.TrimSpace(doctor.cookieHeader(t, address))}, &out, &errs)
		if err != nil || !strings.Contains(out.String(), "0 broken rules that must hold") {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	thumbs := 0
	for _, key := range s.mediaKeys(t, "media/"+recording+"/") {
		if strings.Contains(key, "/thumbs/") {
			thumbs++
		}
	}
	if thumbs != 2 {
		t.Errorf("%d objects of thumbnails, want a track and a sprite", thumbs)
	}
}
