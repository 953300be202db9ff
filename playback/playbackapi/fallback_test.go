package playbackapi_test

import (
	"net/http"
	"strings"
	"testing"

	"rounds/catalog/identity"
)

// TestFallbackByRanges: the clear file, whole, in parts and not at all, as
// RFC 9110 has it.
func TestFallbackByRanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	started, _ := b.start(b.doctor, "")
	address := strings.TrimPrefix(started.json["fallback_url"].(string), base)
	get := func(header ...string) answer { return b.call(b.doctor, "GET", address, "", header...) }

	whole := b.want(http.StatusOK, get())
	for name, want := range map[string]string{
		"Content-Type": "video/mp4", "Cache-Control": "private, no-store", "Accept-Ranges": "bytes", "Content-Length": "1000000",
	} {
		if got := whole.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if whole.body != fallbackFile {
		t.Errorf("%d bytes of another file", len(whole.body))
	}
	etag := whole.Header.Get("ETag")
	for name, test := range map[string]struct {
		header []string
		status int
		body   string
		bytes  string // Content-Range
	}{
		"part":               {[]string{"Range", "bytes=524285-524294"}, 206, "5678901234", "bytes 524285-524294/1000000"},
		"from the middle on": {[]string{"Range", "bytes=999995-"}, 206, "56789", "bytes 999995-999999/1000000"},
		"the end":            {[]string{"Range", "bytes=-3"}, 206, "789", "bytes 999997-999999/1000000"},
		"the same file":      {[]string{"Range", "bytes=1-2", "If-Range", etag}, 206, "12", "bytes 1-2/1000000"},
		"another file":       {[]string{"Range", "bytes=1-2", "If-Range", `"x"`}, 200, fallbackFile, ""},
		"known":              {[]string{"If-None-Match", etag}, 304, "", ""},
		"no range":           {[]string{"Range", "lines=1-2"}, 416, "", ""},
	} {
		a := get(test.header...)
		if a.StatusCode != test.status || a.Header.Get("Content-Range") != test.bytes || test.status < 400 && a.body != test.body {
			t.Errorf("%s: %d, %q, %d bytes", name, a.StatusCode, a.Header.Get("Content-Range"), len(a.body))
		}
	}
	beyond := b.want(http.StatusRequestedRangeNotSatisfiable, get("Range", "bytes=1000000-"))
	if beyond.Header.Get("Content-Range") != "bytes */1000000" || beyond.Header.Get("Content-Type") != "application/problem+json" || beyond.json["status"] != 416.0 {
		t.Errorf("beyond the end: %v %s", beyond.Header, beyond.body)
	}
	if head := b.want(http.StatusOK, b.call(b.doctor, "HEAD", address, "")); head.body != "" || head.Header.Get("Content-Length") != "1000000" {
		t.Errorf("HEAD: %v", head.Header)
	}
	if parts := b.want(http.StatusPartialContent, get("Range", "bytes=0-1,10-12")); !strings.Contains(parts.body, "012") {
		t.Errorf("two ranges: %s", parts.body)
	}
}

// TestFallbackNeedsALivePlaybackSession, as the key does.
func TestFallbackNeedsALivePlaybackSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	address := "/v1/recordings/" + string(b.recording) + "/fallback.mp4"
	asked := func(who identity.Principal, target string) int {
		return b.call(who, "GET", target, "", "Range", "bytes=0-9").StatusCode
	}
	refused := func(name string, want, got int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	refused("nobody", 401, asked(identity.Principal{}, address))
	refused("enrolled, but not playing", 403, asked(b.doctor, address))
	b.start(b.doctor, "")
	refused("playing", 206, asked(b.doctor, address))
	refused("a colleague", 403, asked(b.newDoctor(), address))
	refused("another recording", 404, asked(b.doctor, "/v1/recordings/rec_other/fallback.mp4"))

	started, _ := b.start(b.doctor, "?delivery=query")
	signed := strings.TrimPrefix(started.json["fallback_url"].(string), base)
	refused("by access token", 206, asked(identity.Principal{}, signed))
	refused("with a wrong token", 403, asked(identity.Principal{}, signed+"x"))
	refused("with half a token", 403, asked(identity.Principal{}, address+"?t=x"))
	b.exec(`update recordings set withdrawn_at = now()`)
	refused("withdrawn", 403, asked(b.doctor, address))
	refused("withdrawn, by access token", 403, asked(identity.Principal{}, signed))
}

// TestFallbackEndsWithTheRight: an answer that is under way breaks off when the
// recording is withdrawn.
func TestFallbackEndsWithTheRight(t *testing.T) {
	t.Parallel()
	b := setup(t)
	started, _ := b.start(b.doctor, "")
	b.reads = func(int64) { b.exec(`update recordings set withdrawn_at = now()`) }
	got := b.call(b.doctor, "GET", strings.TrimPrefix(started.json["fallback_url"].(string), base), "")
	if got.body != fallbackFile[:512<<10] {
		t.Errorf("%d bytes came", len(got.body))
	}
}

// TestFallbackCountsAsAKey, but only where it is begun: a seek is no fetch.
func TestFallbackCountsAsAKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	started, _ := b.start(b.doctor, "")
	address := strings.TrimPrefix(started.json["fallback_url"].(string), base)
	for range 2 * keyLimit {
		b.want(http.StatusPartialContent, b.call(b.doctor, "GET", address, "", "Range", "bytes=70000-70001"))
	}
	for range keyLimit {
		b.want(http.StatusPartialContent, b.call(b.doctor, "GET", address, "", "Range", "bytes=1-2"))
	}
	b.want(http.StatusTooManyRequests, b.call(b.doctor, "GET", address, "", "Range", "bytes=1-2"))
	if len(b.alarms) != 1 {
		t.Errorf("alarms %v", b.alarms)
	}
}
