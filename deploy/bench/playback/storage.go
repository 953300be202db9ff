package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rounds/catalog"
)

// segments of a recording, of 1 MiB each: what the edge is measured with.
const (
	segments    = 64
	segmentSize = 1 << 20
)

// storage serves a folder as an S3 gateway would serve the media bucket, as far
// as the edge asks it.
type storage struct {
	root     string
	listener net.Listener
	server   *http.Server
}

func newStorage(ctx context.Context, root string) (*storage, error) {
	for i := range segments {
		path := filepath.Join(root, segmentKey(i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // nginx reads it
			return nil, err
		}
		content := make([]byte, segmentSize)
		_, _ = rand.Read(content)                                  // never fails (crypto/rand)
		if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // as above
			return nil, err
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &storage{root: root, listener: listener}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }() // ends with close
	return s, nil
}

// segmentKey is the object key of the nth segment.
func segmentKey(n int) string {
	return catalog.MediaPrefix(recording, token) + fmt.Sprintf("v720/seg_%05d.m4s", n)
}

func (s *storage) serve(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.URL.Path, "/media/") // the bucket
	w.Header().Set("ETag", `"`+filepath.Base(key)+`"`)
	w.Header().Set("Content-Type", "video/iso.segment")
	http.ServeFile(w, r, filepath.Join(s.root, filepath.Clean("/"+key))) //nolint:gosec // G703: cleaned
}

func (s *storage) url() string { return "http://" + s.listener.Addr().String() }

func (s *storage) close() error {
	if err := s.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
