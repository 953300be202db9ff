package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/deploy/local/s3test"
	"rounds/playback/cloudfront"
)

// TestRecordingToResume is the main job from end to end: a real recording goes
// in, a doctor watches part of it and comes back.
func TestRecordingToResume(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Beta blockers")
	source := media(t, "camera_car_12fps.mp4")
	recording := s.upload(webinar, source)
	ready := s.ready(recording)
	for _, stage := range ready.list("stages") {
		if told := object(stage.(map[string]any)); told.str("state") != "done" || told.str("finished_at") == "" {
			t.Errorf("a ready recording has the stage %v", told)
		}
	}

	s.checkVariants(t, s.registerDoctor(c.programID, "player@example.org"), webinar, source, ready)
	s.checkResume(t, s.registerDoctor(c.programID, "resumer@example.org"), webinar)
	s.checkFallback(t, s.registerDoctor(c.programID, "fallback@example.org"), webinar)
	s.checkPrivacy(t, c, webinar, recording)
}

// checkVariants: every variant decodes and has the source's length.
func (s *system) checkVariants(t *testing.T, doctor *client, webinar, source string, ready object) {
	t.Helper()
	play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	master := doctor.text(t, play.str("manifest_url"))
	sourceDuration := probeDuration(t, source)
	variants := 0
	for _, line := range strings.Split(master, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		variants++
		address := resolve(t, doctor.s.base, play.str("manifest_url"), line)
		if sum := sumExtinf(t, doctor.text(t, address)); math.Abs(sum-sourceDuration) > 1/12.5 {
			t.Errorf("%s: Σ EXTINF is %.3f s, the source has %.3f s", line, sum, sourceDuration)
		}
		decode(t, doctor.cookieHeader(t, address), address)
	}
	if variants != len(ready.list("renditions")) || variants < 2 {
		t.Errorf("master has %d variants, the recording lists %d", variants, len(ready.list("renditions")))
	}
	if math.Abs(play.num("duration_s")-sourceDuration) > 1/12.5 {
		t.Errorf("duration_s %.3f, source %.3f", play.num("duration_s"), sourceDuration)
	}
}

// checkResume: a doctor comes back to where she left, with what she watched.
func (s *system) checkResume(t *testing.T, doctor *client, webinar string) {
	t.Helper()
	play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	beat := object{"seq": 1, "position_s": 12.25, "rate": 1, "watched": [][]float64{{0, 12.25}}}
	path := "/v1/playback/" + play.str("session_id") + "/beats"
	answer := doctor.call(200, "POST", path, beat)
	if answer.num("accepted_s") != 12.25 || answer.num("refused_s") != 0 {
		t.Errorf("first beat: %v", answer)
	}
	if again := doctor.call(200, "POST", path, beat); again.num("watched_percent") != answer.num("watched_percent") {
		t.Errorf("repeating a beat changed something: %v then %v", answer, again)
	}
	greedy := doctor.call(200, "POST", path, object{"seq": 2, "position_s": 20.5, "rate": 1, "watched": [][]float64{{12.25, 28}}})
	if greedy.num("refused_s") == 0 {
		t.Errorf("a beat may not claim more than the clock allows: %v", greedy)
	}
	again := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	if again.num("resume_at_s") != 20.5 {
		t.Errorf("play does not start where it stopped, at 20.5 s: %v", again)
	}
	progress := doctor.call(200, "GET", "/v1/webinars/"+webinar+"/progress", nil)
	if progress.num("watched_percent") < 100*12.25/30.1 || progress["completed"] != false {
		t.Errorf("progress: %v", progress)
	}
	doctor.call(409, "POST", path, object{"seq": 3, "position_s": 1, "rate": 1, "watched": [][]float64{}})
}

// checkPrivacy lists the media bucket and asks for each object as everybody
// who must not have it: at the edge and at S3 itself.
func (s *system) checkPrivacy(t *testing.T, c course, webinar, recording string) {
	t.Helper()
	otherWebinar := s.makeWebinar(c, "Another talk")
	otherRecording := s.upload(otherWebinar, media(t, "edx_h264_aac.mp4"))
	s.ready(otherRecording)
	other := s.registerDoctor(c.programID, "other-talk@example.org")
	other.call(201, "POST", "/v1/webinars/"+otherWebinar+"/playback", nil)
	outsider := s.registerDoctor(s.makeCourse().programID, "outsider@example.org")
	if status, body := outsider.try("POST", "/v1/webinars/"+webinar+"/playback", nil); status != 403 && status != 404 {
		t.Errorf("an outsider may start playback: %d %s", status, body)
	}
	if status, _ := outsider.try("GET", "/v1/recordings/"+recording+"/key", nil); status != 403 && status != 404 {
		t.Errorf("an outsider gets the key: %d", status)
	}
	if status, _ := s.visitor().try("GET", "/v1/recordings/"+recording+"/key", nil); status != 401 {
		t.Errorf("anonymous key request: %d", status)
	}
	keys := s.mediaKeys(t, "media/"+recording+"/")
	if len(keys) < 10 {
		t.Fatalf("only %d objects in the bucket", len(keys))
	}
	for _, key := range keys {
		for name, visitor := range map[string]*client{"anonymous": s.visitor(), "other talk": other, "outsider": outsider, "admin token": s.admin()} {
			if status, _ := visitor.try("GET", "/"+key, nil); status != http.StatusForbidden {
				t.Errorf("%s gets /%s: %d", name, key, status)
			}
		}
		if status := s.getExpired(t, recording, key); status != http.StatusForbidden {
			t.Errorf("an expired grant opens /%s: %d", key, status)
		}
		if status, _ := s.visitor().try("GET", s.bucketURL()+"/"+key, nil); status != http.StatusForbidden {
			t.Errorf("S3 serves %s to anybody: %d", key, status)
		}
	}
}

// getExpired asks for an object with cookies that were right a minute ago.
func (s *system) getExpired(t *testing.T, recording, key string) int {
	t.Helper()
	base, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	private, err := signConfig{SigningKeyFile: filepath.Join(s.dir, "keys", "signing.pem")}.key()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := cloudfront.NewSigner(cloudfront.SignerConfig{
		BaseURL: base, Keys: []cloudfront.Key{{ID: "test-key", Key: private}},
		Now: func() time.Time { return time.Now().Add(-cloudfront.MaxCookieLife - time.Minute) },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, token, _, _ := catalog.ParseMediaKey(key)
	cookies, _, err := signer.Cookies(catalog.RecordingID(recording), token, cloudfront.MaxCookieLife)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/"+key, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// TestUnusableFiles uploads what is no webinar; each ends as failed with a
// code and a sentence, or is accepted with a warning.
func TestUnusableFiles(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	webinar := s.makeWebinar(s.makeCourse(), "Odd files")
	car := readFile(t, media(t, "camera_car_12fps.mp4"))
	uploads := map[string]struct {
		content []byte
		want    string
	}{
		"text.mp4":      {[]byte(strings.Repeat("this is no video ", 1000)), "not_media"},
		"truncated.mp4": {car[:len(car)/3], "truncated"},
		"audio.mov":     {readFile(t, media(t, "audio_only.mov")), "no_video"},
		"playlist.mp4":  {[]byte("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"), "unsafe_reference"},
		"silent.mkv":    {readFile(t, media(t, "camera_signing_noaudio.mkv")), "ready"},
		"vfr.mov":       {readFile(t, media(t, "vfr_h264_aac.mov")), "ready"},
		"vp9.webm":      {readFile(t, media(t, "edx_vp9_opus.webm")), "ready"},
	}
	ids := map[string]string{}
	for name, u := range uploads {
		ids[name] = s.uploadBytes(webinar, name, u.content)
	}
	for name, u := range uploads {
		recording := s.finished(ids[name], 3*time.Minute)
		got := recording.str("state")
		if got == "failed" {
			got = recording.object("error").str("code")
			if len(recording.object("error").str("message")) < 20 {
				t.Errorf("%s: no sentence for the presenter: %v", name, recording)
			}
		}
		if got != u.want {
			t.Errorf("%s: %s, want %s: %v", name, got, u.want, recording)
		}
		if name == "silent.mkv" && len(recording.list("warnings")) == 0 {
			t.Errorf("%s: no warning about the missing sound", name)
		}
	}
	s.admin().call(422, "POST", "/v1/webinars/"+webinar+"/recordings",
		object{"filename": "empty.mp4", "size_bytes": 0, "content_type": "video/mp4"})
}

// TestKilledInTheMiddle kills the worker while it encodes and the API while a
// doctor watches. Nothing acknowledged may be lost.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "First")
	s.ready(s.upload(webinar, media(t, "edx_h264_aac.mp4")))
	doctor := s.registerDoctor(c.programID, "steady@example.org")
	play := doctor.call(201, "POST", "/v1/webinars/"+webinar+"/playback", nil)
	acknowledged := doctor.call(200, "POST", "/v1/playback/"+play.str("session_id")+"/beats",
		object{"seq": 1, "position_s": 5.5, "rate": 1, "watched": [][]float64{{0, 5.5}}})

	second := s.upload(s.makeWebinar(c, "Second"), media(t, "camera_car_12fps.mp4"))
	s.eventually(time.Minute, "the worker is at work", func() bool {
		return s.admin().call(200, "GET", "/v1/recordings/"+second, nil).str("state") == "processing"
	})
	s.kill(s.worker)
	s.kill(s.api)
	s.api = s.start(s.api.args...)
	s.waitReady()
	if state := s.admin().call(200, "GET", "/v1/recordings/"+second, nil).str("state"); state == "ready" || state == "failed" {
		t.Fatalf("the killed worker left the recording %s", state)
	}
	progress := doctor.call(200, "GET", "/v1/webinars/"+webinar+"/progress", nil)
	if progress.num("watched_percent") != acknowledged.num("watched_percent") {
		t.Errorf("acknowledged %v, after the crash %v", acknowledged, progress)
	}
	s.worker = s.start("work")
	s.ready(second)
}

// text fetches a playlist as this client.
func (c *client) text(t *testing.T, address string) string {
	t.Helper()
	status, body := c.try("GET", address, nil)
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", address, status, body)
	}
	return string(body)
}

// cookieHeader is what a browser would send to address.
func (c *client) cookieHeader(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	pairs := []string{}
	for _, cookie := range c.http.Jar.Cookies(u) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return "Cookie: " + strings.Join(pairs, "; ") + "\r\n"
}

func resolve(t *testing.T, base, manifest, reference string) string {
	t.Helper()
	from, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	if from, err = from.Parse(manifest); err != nil {
		t.Fatal(err)
	}
	to, err := from.Parse(reference)
	if err != nil {
		t.Fatal(err)
	}
	return to.String()
}

func sumExtinf(t *testing.T, playlist string) (sum float64) {
	t.Helper()
	for _, line := range strings.Split(playlist, "\n") {
		if value, ok := strings.CutPrefix(line, "#EXTINF:"); ok {
			seconds, err := strconv.ParseFloat(strings.SplitN(value, ",", 2)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += seconds
		}
	}
	return sum
}

// decode plays a stream from its start with ffmpeg; any warning fails the test.
func decode(t *testing.T, headers, address string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-headers", headers, "-i", address, "-f", "null", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("ffmpeg on %s: %v\n%s", address, err, stderr.String())
	}
}

func probeDuration(t *testing.T, path string) float64 {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-select_streams", "v:0",
		"-show_entries", "stream=duration", "-of", "json", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var probed struct{ Streams []struct{ Duration string } }
	if err := json.Unmarshal(out, &probed); err != nil || len(probed.Streams) == 0 {
		t.Fatalf("ffprobe: %v in %s", err, out)
	}
	seconds, err := strconv.ParseFloat(probed.Streams[0].Duration, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seconds
}

// mediaKeys lists the media bucket.
func (s *system) mediaKeys(t *testing.T, prefix string) []string {
	t.Helper()
	return bucketKeys(t, s.mediaS3, prefix)
}

// uploadKeys lists the upload bucket.
func (s *system) uploadKeys(t *testing.T) []string {
	t.Helper()
	return bucketKeys(t, s.setting("ROUNDS_UPLOAD_BUCKET"), "")
}

func bucketKeys(t *testing.T, bucket, prefix string) (keys []string) {
	t.Helper()
	pages := s3.NewListObjectsV2Paginator(s3test.Client(t), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
	}
	return keys
}

func (s *system) bucketURL() string {
	return aws.ToString(s3test.Client(s.t).Options().BaseEndpoint) + "/" + s.mediaS3
}
