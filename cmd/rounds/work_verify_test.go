package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rounds/transcode"
	"rounds/transcode/ffmpeg"
	"rounds/transcode/hls"
)

// sampleFile is a short recording.
func sampleFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "talk.mp4")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25",
		"-f", "lavfi", "-i", "sine=r=48000", "-t", "7", "-preset", "ultrafast", "-pix_fmt", "yuv420p", file).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg (apt-get install ffmpeg): %v: %s", err, out)
	}
	return file
}

// sampleStream is a short recording, planned, encoded and packaged.
func sampleStream(t *testing.T, key transcode.ContentKey) (dir string) {
	t.Helper()
	return streamOf(t, sampleFile(t), key)
}

// streamOf plans, encodes and packages a file.
func streamOf(t *testing.T, file string, key transcode.ContentKey) (dir string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	tool, err := ffmpeg.New(t.Context(), log)
	if err != nil {
		t.Fatal(err)
	}
	probe, err := tool.Probe(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	plan := transcode.NewPlan(probe, transcode.PlanOptions{Preset: "ultrafast"})
	pictures, sound := t.TempDir(), t.TempDir()
	chunk := transcode.Chunk{Frames: plan.Frames}
	if err := tool.EncodeChunk(t.Context(), transcode.ChunkJob{Source: file, Dir: pictures, Plan: plan, Chunk: chunk}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := tool.EncodeSound(t.Context(), transcode.SoundJob{Source: file, Dir: sound, Plan: plan}, nil); err != nil {
		t.Fatal(err)
	}
	renditions, err := tool.Join(t.Context(), transcode.JoinJob{Chunks: []string{pictures}, Sound: sound, Dir: dir, Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hls.New(log).Package(t.Context(), transcode.PackageJob{Dir: dir, Renditions: renditions, Key: key, KeyURI: "/v1/key"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWorkVerify(t *testing.T) {
	t.Parallel()
	key := transcode.ContentKey{7}
	dir := sampleStream(t, key)
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, []byte(hex.EncodeToString(key[:])+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	verify := func(args ...string) (string, error) {
		var out, errs bytes.Buffer
		err := Run(t.Context(), append([]string{"work", "verify"}, args...), &out, &errs)
		return out.String(), err
	}
	if out, err := verify(dir, "--key-file", keyFile); err != nil || !strings.Contains(out, "0 broken rules that must hold") {
		t.Errorf("%v: %s", err, out)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Cookie") != "session=1":
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/v1/key":
			_, _ = w.Write(key[:])
		default:
			http.ServeFile(w, r, filepath.Join(dir, filepath.FromSlash(r.URL.Path)))
		}
	}))
	t.Cleanup(server.Close)
	out, err := verify(server.URL+"/master.m3u8?Signature=secret", "-H", "Cookie: session=1", "--json")
	var findings []hls.Finding
	if decoded := json.Unmarshal([]byte(out), &findings); decoded != nil || err == nil || strings.Contains(err.Error(), "secret") {
		t.Fatalf("%v, %v: %s", err, decoded, out)
	}
	for _, f := range findings {
		if f.Severity == hls.Must && f.Rule != "Apple 10.1" && f.Rule != "Apple 10.4" {
			t.Error(f)
		}
	}
	for _, args := range [][]string{{server.URL + "/master.m3u8"}, {"/nonexistent"}, {"ftp://x/"}, {dir, "--key-file", os.Args[0]}, {server.URL, "-H", "hunter2"}} {
		if _, err := verify(args...); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestWorkPlan(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if err := Run(t.Context(), []string{"work", "plan", sampleFile(t)}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"container mov", "h264 yuv420p, 640×360", "175 frames", "aac, 48000 Hz", "rung      360 (640×360)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	disguised := filepath.Join(t.TempDir(), "list.mp4")
	if err := os.WriteFile(disguised, []byte("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), []string{"work", "plan", disguised}, &out, &errs); err == nil || !strings.Contains(err.Error(), "unsafe_reference") {
		t.Errorf("a playlist was planned: %v", err)
	}
}
