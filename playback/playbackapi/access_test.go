package playbackapi_test

import (
	"net/http"
	"testing"
	"time"
)

// TestBulkKeys: somebody who copies the archive is slowed down, however they
// ask, and noticed once. Nobody else is.
func TestBulkKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, _ = b.start(b.doctor, "")
	key := "/v1/recordings/" + string(b.recording) + "/key"
	for range keyLimit {
		if got := b.want(200, b.call(b.doctor, "GET", key, "")); got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("a key may be kept: %v", got.Header)
		}
	}
	other := b.newDoctor()
	for range 3 {
		b.want(http.StatusTooManyRequests, b.call(b.doctor, "GET", key, ""))
	}
	if len(b.alarms) != 1 || b.alarms[0] != b.doctor.AccountID {
		t.Errorf("alarms: %v", b.alarms)
	}
	_, _ = b.start(other, "")
	b.want(200, b.call(other, "GET", key, ""))
}

// TestBulkKeysOverSeveralProcesses: a load balancer helps nobody to more keys,
// and the operator hears of it once.
func TestBulkKeysOverSeveralProcesses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	processes := []*bundle{b, b.another()}
	_, _ = b.start(b.doctor, "")
	key := "/v1/recordings/" + string(b.recording) + "/key"
	opened := 0
	for i := range 3 * keyLimit {
		if processes[i%2].call(b.doctor, "GET", key, "").StatusCode == http.StatusOK {
			opened++
		}
	}
	if opened != keyLimit || len(b.alarms) != 1 {
		t.Errorf("%d keys of %d, alarms: %v", opened, keyLimit, b.alarms)
	}
}

// TestADeviceThatGaveWay is told what to do.
func TestADeviceThatGaveWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	laptop, phone, tablet := b.doctor, b.doctor, b.doctor
	phone.LoginID, tablet.LoginID = "phone", "tablet"
	_, _ = b.start(laptop, "")
	_, _ = b.start(phone, "")
	_, _ = b.start(tablet, "")
	if got := b.want(409, b.call(laptop, "POST", "/v1/webinars/"+string(b.webinar)+"/playback", "")); got.json["detail"] != "device_limit" {
		t.Errorf("%v", got.json)
	}
}

// TestHowLongPlayOutlivesAccess: keys and cookies end at once; what a player
// holds already opens media for a quarter of an hour and no longer.
func TestHowLongPlayOutlivesAccess(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"account disabled":    `update accounts set disabled_at = now()`,
		"enrolment ended":     `update enrolments set withdrawn_at = now()`,
		"recording withdrawn": `update recordings set withdrawn_at = now()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			opened, session := b.start(b.doctor, "")
			segment := b.media("v720/seg_00000.m4s")
			b.exec(sql)
			if got := b.call(b.doctor, "GET", "/v1/recordings/"+string(b.recording)+"/key", ""); got.StatusCode != http.StatusForbidden && got.StatusCode != http.StatusNotFound {
				t.Errorf("key: %d", got.StatusCode)
			}
			beat := b.want(409, b.call(b.doctor, "POST", "/v1/playback/"+session+"/beats", `{"seq": 1, "position_s": 0}`))
			if len(beat.Cookies()) != 0 {
				t.Errorf("cookies are renewed: %v", beat.Cookies())
			}
			if got := b.call(b.doctor, "POST", "/v1/webinars/"+string(b.webinar)+"/playback", ""); got.StatusCode < 400 {
				t.Errorf("play starts again: %d", got.StatusCode)
			}
			if !b.opens(segment, opened.Cookies()...) {
				t.Error("CloudFront cannot know yet")
			}
			b.now = time.Now().Add(15 * time.Minute)
			if b.opens(segment, opened.Cookies()...) || b.opens(opened.json["manifest_url"].(string)) {
				t.Error("media are still open after 15 minutes")
			}
		})
	}
}
