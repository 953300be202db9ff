package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fakeIngest keeps parts in memory and can fail in the ways a network does.
type fakeIngest struct {
	t        *testing.T
	mu       sync.Mutex
	base     string
	parts    map[int][]byte
	puts     int
	refuse   func(put int) bool // answers 503 to that PUT
	finished bool
}

const fakePart = 1000

func startFakeIngest(t *testing.T) *fakeIngest {
	t.Helper()
	f := &fakeIngest{t: t, parts: map[int][]byte{}, refuse: func(int) bool { return false }}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/webinars/w1/recordings", f.begin)
	mux.HandleFunc("GET /v1/recordings/r1/upload", f.status)
	mux.HandleFunc("POST /v1/recordings/r1/upload/parts", f.sign)
	mux.HandleFunc("PUT /part/{number}", f.put)
	mux.HandleFunc("POST /v1/recordings/r1/upload/complete", f.complete)
	mux.HandleFunc("GET /v1/recordings/r1", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"state":"failed","progress":0.1,"error":{"code":"not_media","message":"This file is no recording."}}`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f.base = server.URL
	return f
}

func (f *fakeIngest) begin(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer secret" {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"code":"unauthenticated","detail":"Please sign in first."}`))
		return
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(`{"recording_id":"r1","part_size_bytes":` + strconv.Itoa(fakePart) + `}`))
}

func (f *fakeIngest) status(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := uploadStatus{State: "uploading"}
	for number, content := range f.parts {
		answer.Parts = append(answer.Parts, storedPart{Number: number, Size: int64(len(content))})
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (f *fakeIngest) sign(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Parts []partSum }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		f.t.Error(err)
	}
	var answer struct {
		Parts []signedPart `json:"parts"`
	}
	for _, p := range asked.Parts {
		answer.Parts = append(answer.Parts, signedPart{
			Number: p.Number, URL: f.base + "/part/" + strconv.Itoa(p.Number),
			Headers: map[string]string{"X-Amz-Checksum-Sha256": p.SHA256},
		})
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (f *fakeIngest) put(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	sum := sha256.Sum256(content)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.puts++
	if err != nil || f.refuse(f.puts) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if got := r.Header.Get("X-Amz-Checksum-Sha256"); got != base64.StdEncoding.EncodeToString(sum[:]) {
		f.t.Errorf("part %s: checksum %q does not fit", r.PathValue("number"), got)
	}
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		f.t.Error(err)
	}
	f.parts[number] = content
}

func (f *fakeIngest) complete(w http.ResponseWriter, _ *http.Request) {
	f.finished = true
	w.WriteHeader(http.StatusAccepted)
}

// content joins what arrived.
func (f *fakeIngest) content() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []byte
	for number := 1; number <= len(f.parts); number++ {
		all = append(all, f.parts[number]...)
	}
	return all
}

func uploadTo(t *testing.T, f *fakeIngest, file string, change func(*adminUpload)) (string, error) {
	t.Helper()
	command := &adminUpload{File: file, Webinar: "w1", Service: remoteConfig{BaseURL: f.base, Token: "secret"}}
	if change != nil {
		change(command)
	}
	var printed bytes.Buffer
	err := command.Run(t.Context(), &printed, slog.New(slog.DiscardHandler))
	return strings.TrimSpace(printed.String()), err
}

func someFile(t *testing.T, size int) (path string, content []byte) {
	t.Helper()
	for i := range size {
		content = append(content, byte(i*i>>3&0xff))
	}
	path = filepath.Join(t.TempDir(), "talk.mp4")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, content
}

func TestUploadSendsEveryPart(t *testing.T) {
	t.Parallel()
	f := startFakeIngest(t)
	f.refuse = func(put int) bool { return put == 3 } // one failure on the way
	path, content := someFile(t, 7*fakePart+123)
	id, err := uploadTo(t, f, path, nil)
	if err != nil || id != "r1" || !f.finished {
		t.Fatalf("id %q, error %v, finished %v", id, err, f.finished)
	}
	if !bytes.Equal(f.content(), content) {
		t.Error("what arrived is not the file")
	}
	if f.puts != 9 {
		t.Errorf("%d PUTs for 8 parts and one failure", f.puts)
	}
}

func TestUploadContinues(t *testing.T) {
	t.Parallel()
	f := startFakeIngest(t)
	path, content := someFile(t, 5*fakePart)
	f.parts[1], f.parts[2] = content[:fakePart], content[fakePart:2*fakePart]
	f.parts[4] = content[:10] // did not arrive whole
	if _, err := uploadTo(t, f, path, nil); err != nil {
		t.Fatal(err)
	}
	if f.puts != 3 || !bytes.Equal(f.content(), content) {
		t.Errorf("%d PUTs instead of 3, or another content", f.puts)
	}
}

func TestUploadRefusedIsFinal(t *testing.T) {
	t.Parallel()
	f := startFakeIngest(t)
	path, _ := someFile(t, fakePart)
	_, err := uploadTo(t, f, path, func(c *adminUpload) { c.Service.Token = "wrong" })
	if problem := (*apiProblem)(nil); !errors.As(err, &problem) || problem.Code != "unauthenticated" {
		t.Errorf("got %v", err)
	}
	if _, err := uploadTo(t, f, path, func(c *adminUpload) { c.Service.Token = "" }); err == nil {
		t.Error("an upload without a token must fail")
	}
}

func TestUploadWaitTellsWhyItFailed(t *testing.T) {
	t.Parallel()
	f := startFakeIngest(t)
	path, _ := someFile(t, fakePart)
	id, err := uploadTo(t, f, path, func(c *adminUpload) { c.Wait = true })
	if id != "r1" || err == nil || !strings.Contains(err.Error(), "This file is no recording.") {
		t.Errorf("id %q, error %v", id, err)
	}
}

func TestRetryStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	err := retry(ctx, 100, func() error { tries++; cancel(); return errors.New("away") })
	if err == nil || tries != 1 {
		t.Errorf("%d tries, error %v", tries, err)
	}
}
