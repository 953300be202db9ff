package catalogapi_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/transcode/captions"
)

// readCaptions is the parser, with a short sentence for what it refuses.
func readCaptions(file []byte) (catalog.CaptionTrack, error) {
	track, err := captions.Parse(bytes.NewReader(file))
	if err != nil {
		return catalog.CaptionTrack{}, &catalog.FieldError{Field: "body", Code: "invalid_captions", Message: err.Error()}
	}
	var text strings.Builder
	err = track.WriteWebVTT(&text)
	return catalog.CaptionTrack{WebVTT: text.String(), Cues: track.Cues(), EndsMS: track.End().Milliseconds()}, err
}

const (
	srt      = "1\n00:00:00,500 --> 00:00:01,400\nGood morning.\n"
	srtAsVTT = "00:00:00.500 --> 00:00:01.400\nGood morning."
	longSRT  = srt + "\n2\n00:00:02,000 --> 01:00:00,000\nNot of this recording.\n"
)

// published makes a recording that is played, with two slide changes.
func (b *testBundle) published(webinar string) string {
	b.t.Helper()
	id := b.uploaded(b.admin, webinar)
	attempt, _, err := b.store.Begin(b.t.Context(), catalog.RecordingID(id), time.Minute)
	if err != nil {
		b.t.Fatal(err)
	}
	err = b.store.Publish(b.t.Context(), attempt, catalog.Publication{
		DurationMS: 90_000, SealedKey: []byte("x"), Renditions: []catalog.Rendition{{Name: "v240", Height: 240, Codecs: "avc1"}},
		Stills: catalog.Stills{SlidesMS: []int64{0, 31_000}, PostersMS: []int64{1000, 32_000}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func TestCaptionsAreUploadedShownAndRemoved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter, doctor := b.signIn(p.presenterEmail), b.doctor(p.id, ana)
	begun := presenter.want(201, "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording()).str("recording_id")
	early := presenter.with("Content-Type", "application/x-subrip").want(200, "PUT", "/v1/recordings/"+begun+"/captions/de", longSRT)
	if len(early.body["warnings"].([]any)) != 0 {
		t.Errorf("nothing is known of the length yet: %s", early.raw)
	}

	id := b.published(p.webinar)
	path := "/v1/recordings/" + id + "/captions"
	saved := presenter.with("Content-Type", "text/vtt").want(200, "PUT", path+"/PT-br", srt)
	if saved.str("lang") != "pt-BR" || saved.body["cues"] != 1.0 || saved.body["ends_s"] != 1.4 || saved.str("url") != path+"/pt-BR" {
		t.Errorf("saved %s", saved.raw)
	}
	long := presenter.with("Content-Type", "application/octet-stream").want(200, "PUT", path+"/en", longSRT)
	if len(long.body["warnings"].([]any)) != 1 || !strings.Contains(long.raw, "1:00:00") {
		t.Errorf("captions beyond the end: %s", long.raw)
	}
	if list := doctor.want(200, "GET", path, nil).items(); len(list) != 2 {
		t.Errorf("listed %v", list)
	}
	shown := doctor.want(200, "GET", path+"/pt-BR.vtt", nil)
	if !strings.HasPrefix(shown.raw, "WEBVTT") || !strings.Contains(shown.raw, srtAsVTT) ||
		shown.header.Get("Content-Type") != "text/vtt; charset=utf-8" || shown.header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("shown as %v\n%s", shown.header, shown.raw)
	}
	same := doctor.with("If-None-Match", "W/"+shown.header.Get("ETag")).want(304, "GET", path+"/pt-BR", nil)
	if same.raw != "" || same.header.Get("ETag") != shown.header.Get("ETag") {
		t.Errorf("unchanged: %v %q", same.header, same.raw)
	}
	presenter.want(200, "PUT", path+"/pt-BR", strings.Replace(srt, "Good", "Bad", 1))
	if now := doctor.with("If-None-Match", shown.header.Get("ETag")).want(200, "GET", path+"/pt-BR", nil); !strings.Contains(now.raw, "Bad morning") {
		t.Errorf("after a replacement: %s", now.raw)
	}
	presenter.want(204, "DELETE", path+"/pt-BR", nil)
	doctor.refused(404, "", "GET", path+"/pt-BR", nil)
	presenter.refused(404, "", "DELETE", path+"/pt-BR", nil)
}

func TestCaptionsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/recordings/" + b.uploaded(b.admin, b.program().webinar) + "/captions"
	for name, tt := range map[string]struct {
		lang, body, code, says string
	}{
		"no language":   {"english", srt, "invalid_language", "BCP 47"},
		"not UTF-8":     {"en", srt + "\xff\xfe", "invalid_captions", "line 4"},
		"markup":        {"en", srt + "<script>x</script>", "invalid_captions", "line 4"},
		"ends at start": {"en", "00:00:01,000 --> 00:00:01,000\nx\n", "invalid_captions", "line 1"},
		"prose":         {"en", "hello", "invalid_captions", "no captions"},
	} {
		got := b.admin.with("Content-Type", "text/vtt").send("PUT", path+"/"+tt.lang, tt.body)
		if got.status != 422 || got.str("code") != tt.code || !strings.Contains(got.raw, tt.says) {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	if got := b.admin.send("PUT", path+"/en", nil); got.status != 400 && got.status != 422 {
		t.Errorf("no body: %d %s", got.status, got.raw)
	}
	if got := b.admin.send("PUT", path+"/en", strings.Repeat("x\n", 3<<20)); got.status != 413 {
		t.Errorf("6 MiB: %d %s", got.status, got.raw)
	}
}

func TestChapters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter, doctor := b.signIn(p.presenterEmail), b.doctor(p.id, ana)
	waiting := b.uploaded(b.admin, p.webinar)
	presenter.refused(409, "not_ready", "PUT", "/v1/recordings/"+waiting+"/chapters", object{"items": []object{}})
	path := "/v1/recordings/" + b.published(p.webinar) + "/chapters"

	offered := doctor.want(200, "GET", path, nil)
	suggested := offered.body["suggested"].([]any)
	if offered.body["decided"] != false || len(offered.items()) != 0 || len(suggested) != 2 || suggested[1].(object)["start_s"] != 31.0 ||
		!strings.HasSuffix(suggested[1].(object)["thumbnail_url"].(string), "/thumbs/chapter_001.jpg?signed") {
		t.Errorf("offered %s", offered.raw)
	}
	set := presenter.want(200, "PUT", path, object{"items": []object{{"start_s": 12.5, "title": " Two  words "}, {"start_s": 31.5, "title": "Who?"}}})
	first, second := set.items()[0].(object), set.items()[1].(object)
	if set.body["decided"] != true || first["title"] != "Two words" || first["thumbnail_url"] != nil || second["thumbnail_url"] == nil {
		t.Errorf("set %s", set.raw)
	}
	if got := doctor.want(200, "GET", path, nil); got.raw != set.raw {
		t.Errorf("a doctor sees %s", got.raw)
	}
	for field, items := range map[string]any{
		"items[1].start_s": []object{{"start_s": 5, "title": "a"}, {"start_s": 5, "title": "b"}},
		"items[0].start_s": []object{{"start_s": 90, "title": "a"}},
		"items[0].title":   []object{{"start_s": 1, "title": "\t"}},
	} {
		if got := presenter.send("PUT", path, object{"items": items}); got.status != 422 || !strings.Contains(got.raw, field) {
			t.Errorf("%s: %d %s", field, got.status, got.raw)
		}
	}
	for _, body := range []any{object{}, object{"items": nil}, object{"items": []object{{"start_s": -1, "title": "a"}}}, object{"items": []object{{"title": "a"}}}} {
		if got := presenter.send("PUT", path, body); got.status != 422 {
			t.Errorf("%v: %d %s", body, got.status, got.raw)
		}
	}
	if none := presenter.want(200, "PUT", path, object{"items": []object{}}); none.body["decided"] != true || len(none.items()) != 0 {
		t.Errorf("none: %s", none.raw)
	}
}

func TestPosterIsChosen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter, doctor := b.signIn(p.presenterEmail), b.doctor(p.id, ana)
	waiting := "/v1/recordings/" + b.uploaded(b.admin, p.webinar) + "/poster"
	if got := presenter.want(200, "GET", waiting, nil); len(got.body["candidates"].([]any)) != 0 || got.body["url"] != nil {
		t.Errorf("before it is ready: %s", got.raw)
	}
	presenter.refused(409, "not_ready", "PUT", waiting, object{"candidate": 0})
	path := "/v1/recordings/" + b.published(p.webinar) + "/poster"
	if got := doctor.want(200, "GET", path, nil); got.body["candidate"] != 0.0 || len(got.body["candidates"].([]any)) != 3 || !strings.HasSuffix(got.str("url"), "/poster.jpg?signed") {
		t.Errorf("by itself: %s", got.raw)
	}
	presenter.want(200, "PUT", path, object{"candidate": 2})
	if got := doctor.want(200, "GET", path, nil); got.body["candidate"] != 2.0 || !strings.HasSuffix(got.str("url"), "/poster_02.jpg?signed") {
		t.Errorf("chosen: %s", got.raw)
	}
	for _, candidate := range []any{3, -1, 1.5, "x", nil} {
		if got := presenter.send("PUT", path, object{"candidate": candidate}); got.status != 422 {
			t.Errorf("%v: %d %s", candidate, got.status, got.raw)
		}
	}
}

// TestSourceIsWatched: the very bytes, as a video, also in ranges.
func TestSourceIsWatched(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter := b.signIn(p.presenterEmail)
	begun := presenter.want(201, "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording()).str("recording_id")
	presenter.refused(409, "not_uploaded", "GET", "/v1/recordings/"+begun+"/source", nil)
	presenter.want(204, "DELETE", "/v1/recordings/"+begun+"/upload", nil)
	id := b.uploaded(presenter, p.webinar)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+"/v1/recordings/"+id+"/source", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(presenter.cookie)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	led, err := stay.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Body.Close()
	if led.StatusCode != http.StatusSeeOther || led.Header.Get("Cache-Control") != "no-store" || !strings.Contains(led.Header.Get("Location"), "X-Amz-Expires=600") {
		t.Fatalf("%d %v", led.StatusCode, led.Header)
	}
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodGet, led.Header.Get("Location"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Range", "bytes=8388606-")
	got, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	rest, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusPartialContent || len(rest) != 7 || got.Header.Get("Content-Type") != "video/mp4" || got.Header.Get("Content-Disposition") != "inline; filename=talk.mp4" {
		t.Errorf("%d %v: %d bytes, %v", got.StatusCode, got.Header, len(rest), err)
	}
}

// TestExtrasOfOthers: nobody else changes them, nobody not enrolled reads them,
// and a recording that is not played shows nothing to doctors.
func TestExtrasOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.program(), b.program()
	doctor, presenter, stranger := b.doctor(mine.id, ana), b.signIn(other.presenterEmail), b.visitor()
	path := "/v1/recordings/" + b.published(mine.webinar)
	b.admin.want(200, "PUT", path+"/captions/en", srt)
	reading := []string{"/captions", "/captions/en", "/chapters", "/poster"}
	writing := map[string][]any{
		"/captions/en": {"PUT", srt, "DELETE", nil}, "/chapters": {"PUT", object{"items": []object{}}}, "/poster": {"PUT", object{"candidate": 1}}, "/source": {"GET", nil},
	}
	for rest, acts := range writing {
		for i := 0; i < len(acts); i += 2 {
			stranger.refused(401, "", acts[i].(string), path+rest, acts[i+1])
			for _, c := range []*client{doctor, presenter} {
				c.refused(404, "", acts[i].(string), path+rest, acts[i+1])
			}
		}
	}
	for _, rest := range reading {
		doctor.want(200, "GET", path+rest, nil)
		presenter.refused(404, "", "GET", path+rest, nil)
		stranger.refused(401, "", "GET", path+rest, nil)
	}
	b.admin.want(200, "POST", path+"/withdraw", object{"reason": "x"})
	for _, rest := range reading {
		doctor.refused(404, "", "GET", path+rest, nil)
		b.admin.want(200, "GET", path+rest, nil)
	}
}
