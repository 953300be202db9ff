package player

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fakeAPI is the part of the JSON API that the scripts talk to, in memory, with
// a real stream behind it. Browser tests read and steer it under /test/.
type fakeAPI struct {
	mu       sync.Mutex
	sessions int
	beats    []json.RawMessage // with their session
	refuse   int               // status of the next beats; 0 accepts
	parts    map[int]int       // part number → size
	sums     map[int]string    // and the checksum it came with
	state    string
	media    string
	picture  string
	sources  int  // times that the uploaded file was asked for
	denied   bool // media, until the next beat renews the cookies
	from     any  // who left off at the resume point
}

// newFakeAPI cuts a forty-second film into six-second fMP4 segments, in two qualities.
func newFakeAPI(t *testing.T) *fakeAPI {
	t.Helper()
	dir := t.TempDir()
	film := exec.CommandContext(t.Context(), "ffmpeg", "-hide_banner", "-loglevel", "error",
		"-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=40", "-f", "lavfi", "-i", "sine=frequency=300:duration=40",
		"-map", "0:v", "-map", "1:a", "-map", "0:v", "-map", "1:a", "-s:v:1", "426x240",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", "-b:a", "64k",
		"-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-var_stream_map", "v:0,a:0 v:1,a:1",
		"-hls_segment_filename", "v%v/seg_%05d.m4s", "-master_pl_name", "master.m3u8", "v%v/index.m3u8")
	film.Dir = dir
	if out, err := film.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg (apt-get install ffmpeg): %v\n%s", err, out)
	}
	file := exec.CommandContext(t.Context(), "ffmpeg", "-hide_banner", "-loglevel", "error", "-i", "v1/index.m3u8", "-c", "copy", "-movflags", "+faststart", "fallback.mp4")
	file.Dir = dir
	if out, err := file.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	upload := exec.CommandContext(t.Context(), "ffmpeg", "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=5",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "source.mp4", "-frames:v", "1", "still.jpg")
	upload.Dir = dir
	if out, err := upload.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	return &fakeAPI{media: dir, parts: map[int]int{}, sums: map[int]string{}, state: "uploading", picture: filepath.Join(dir, "still.jpg")}
}

// routes joins the API to the pages.
func (a *fakeAPI) routes(pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /media/", a.serveMedia)
	mux.HandleFunc("POST /test/deny", func(http.ResponseWriter, *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.denied = true
	})
	mux.HandleFunc("POST /test/from", func(_ http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.from = nil
		if source := r.FormValue("source"); source != "" {
			a.from = map[string]any{"source": source, "device": r.FormValue("device"), "at": r.FormValue("at")}
		}
	})
	mux.HandleFunc("POST /v1/webinars/{id}/playback", a.playback)
	mux.HandleFunc("POST /v1/webinars/{id}/play_reports", func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Code string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		if !strings.HasPrefix(body.Code, "start 5") {
			answer(w, http.StatusUnprocessableEntity, map[string]any{"code": "bad"})
			return
		}
		answer(w, http.StatusCreated, map[string]any{"report_id": "rpt_9t0v1w", "reference": "9T0V1W"})
	})
	mux.HandleFunc("POST /v1/playback/{session}/beats", a.beat)
	mux.HandleFunc("GET /v1/webinars/{id}/progress", a.progress)
	mux.HandleFunc("GET /test/beats", func(w http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		answer(w, http.StatusOK, a.beats)
	})
	mux.HandleFunc("POST /test/refuse", func(_ http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.refuse, _ = strconv.Atoi(r.FormValue("status"))
	})
	mux.HandleFunc("POST /v1/webinars/{id}/recordings", a.create)
	mux.HandleFunc("GET /v1/recordings/{id}/upload", a.upload)
	mux.HandleFunc("POST /v1/recordings/{id}/upload/parts", a.sign)
	mux.HandleFunc("PUT /test/part/{n}", a.put)
	mux.HandleFunc("POST /v1/recordings/{id}/upload/complete", a.complete)
	mux.HandleFunc("GET /v1/recordings/{id}", a.recording)
	mux.HandleFunc("GET /v1/upload_link", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer rnd_good" {
			answer(w, http.StatusUnauthorized, map[string]any{"code": "unauthenticated"})
			return
		}
		answer(w, http.StatusOK, map[string]any{"webinar_id": "web_5", "title": "Questions from practice", "planned_s": 0, "expires_at": "2030-01-01T00:00:00Z", "used": false})
	})
	mux.HandleFunc("POST /test/forget", func(http.ResponseWriter, *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.parts, a.sums, a.state = map[int]int{}, map[int]string{}, "uploading"
		for n := range 10 { // and refuses none
			a.parts[-n] = 0
		}
	})
	mux.HandleFunc("GET /v1/recordings/{id}/source", a.source)
	mux.HandleFunc("GET /test/captions/{lang}", captions)
	mux.HandleFunc("GET /test/picture", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, a.picture) })
	mux.Handle("/", pages)
	return mux
}

func (a *fakeAPI) serveMedia(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	denied := a.denied
	a.mu.Unlock()
	if denied {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	switch r.URL.Path {
	case "/media/thumbs/thumbs.vtt":
		_, _ = w.Write([]byte("WEBVTT\n\n00:00:00.000 --> 00:00:30.000\nsprite_000.jpg#xywh=0,0,64,36\n\n00:00:30.000 --> 00:00:40.000\nsprite_000.jpg#xywh=0,0,32,18\n"))
		return
	case "/media/thumbs/sprite_000.jpg":
		http.ServeFile(w, r, a.picture)
		return
	}
	http.StripPrefix("/media/", http.FileServer(http.Dir(a.media))).ServeHTTP(w, r)
}

// captions are one caption of ten seconds after the other.
func captions(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/vtt; charset=utf-8")
	fmt.Fprintln(w, "WEBVTT")
	for n := range 4 {
		fmt.Fprintf(w, "\n00:%02d.000 --> 00:%02d.000\n%s: caption number %d\n", 10*n, 10*n+10, r.PathValue("lang"), n+1)
	}
}

// source leads to the film's first segments as one file, at an address of its own.
func (a *fakeAPI) source(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.sources++
	a.mu.Unlock()
	if r.PathValue("id") == "rec_3" { // what no browser plays
		http.Redirect(w, r, "/media/still.jpg", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, "/media/source.mp4", http.StatusSeeOther)
}

func (a *fakeAPI) playback(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions++
	answer(w, http.StatusCreated, map[string]any{
		"session_id": fmt.Sprintf("pbs_%d", a.sessions), "manifest_url": "/media/master.m3u8", "fallback_url": "/media/fallback.mp4", "resume_at_s": 24, "duration_s": 40,
		"watched_percent": 52.5, "watched": [][2]float64{{0, 15}, {18, 24}}, "beat_interval_s": 2, "expires_at": "2030-01-01T00:00:00Z",
		"viewer_code": "K7P-2WX-04M", "resume_from": a.from,
	})
}

// progress misses two parts, as far as the newest session has not played them.
func (a *fakeAPI) progress(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var played [][2]float64
	for _, text := range a.beats {
		var beat struct {
			Session string       `json:"session"`
			Watched [][2]float64 `json:"watched"`
		}
		_ = json.Unmarshal(text, &beat)
		if beat.Session == fmt.Sprintf("pbs_%d", a.sessions) {
			played = append(played, beat.Watched...)
		}
	}
	gaps := slices.DeleteFunc([][2]float64{{15, 17}, {24, 26}}, func(gap [2]float64) bool { return plays(played, gap) })
	answer(w, http.StatusOK, map[string]any{"gaps": gaps, "counts": "union", "completed": len(gaps) == 0, "duration_s": 40})
}

// plays tells whether stretches in the order of play hold all of one.
func plays(stretches [][2]float64, all [2]float64) bool {
	at := all[0]
	for _, s := range stretches {
		if s[0] <= at {
			at = max(at, s[1])
		}
	}
	return at >= all[1]
}

func (a *fakeAPI) beat(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refuse == http.StatusConflict {
		answer(w, a.refuse, map[string]any{"code": "session_taken_over", "detail": "Playing elsewhere."})
		return
	}
	if a.refuse != 0 {
		answer(w, a.refuse, map[string]any{"code": "unavailable"})
		return
	}
	var beat map[string]any
	if err := json.NewDecoder(r.Body).Decode(&beat); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"code": "bad"})
		return
	}
	beat["session"] = r.PathValue("session")
	text, _ := json.Marshal(beat)
	a.beats = append(a.beats, text)
	a.denied = false
	answer(w, http.StatusOK, map[string]any{"resume_at_s": beat["position_s"], "watched_percent": 55, "completed": false, "accepted_s": 1, "refused_s": 0, "next_beat_s": 2})
}

const fakePartSize = 1 << 20

func (a *fakeAPI) create(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusCreated, map[string]any{"recording_id": "rec_9", "part_size_bytes": fakePartSize, "parts": 4})
}

func (a *fakeAPI) upload(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	parts := []map[string]any{}
	for n, size := range a.parts {
		parts = append(parts, map[string]any{"part_number": n, "size_bytes": size, "etag": "x", "sha256": a.sums[n]})
	}
	answer(w, http.StatusOK, map[string]any{"state": a.state, "parts": parts})
}

func (a *fakeAPI) sign(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Parts []struct {
			PartNumber int    `json:"part_number"`
			SHA256     string `json:"sha256"`
		} `json:"parts"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		answer(w, http.StatusBadRequest, nil)
		return
	}
	signed := []map[string]any{}
	for _, p := range ask.Parts {
		signed = append(signed, map[string]any{
			"part_number": p.PartNumber, "url": fmt.Sprintf("/test/part/%d", p.PartNumber),
			"headers": map[string]string{"x-amz-checksum-sha256": p.SHA256},
		})
	}
	answer(w, http.StatusOK, map[string]any{"parts": signed})
}

// put refuses every part once, as an expired signature would be.
func (a *fakeAPI) put(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("n"))
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, tried := a.parts[-n]; !tried {
		a.parts[-n] = 0
		answer(w, http.StatusForbidden, nil)
		return
	}
	a.parts[n], a.sums[n] = int(r.ContentLength), r.Header.Get("X-Amz-Checksum-Sha256")
}

func (a *fakeAPI) complete(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state = "ready"
	w.WriteHeader(http.StatusAccepted)
}

func (a *fakeAPI) recording(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{
		"state": a.state, "progress": 1,
		"stages": []map[string]any{{"name": "upload", "state": "done"}, {"name": "encode", "state": "done"}, {"name": "publish", "state": "done"}},
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// runBrowserTests runs one file of browser/ against base, with node's test runner.
func runBrowserTests(t *testing.T, file, base string, env ...string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("node_modules", "playwright-core")); err != nil {
		t.Fatal("the browser tests' packages are missing: npm --prefix player ci")
	}
	args := []string{"--test", "--test-reporter=spec"}
	if only := os.Getenv("ROUNDS_JOURNEYS"); only != "" { // while one works on them
		args = append(args, "--test-name-pattern="+only)
	}
	run := exec.CommandContext(t.Context(), "node", append(args, file)...)
	run.Env = append(append(os.Environ(), "BASE_URL="+base), env...)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", file, err, out)
	} else {
		t.Log(strings.TrimSpace(string(out)))
	}
}
