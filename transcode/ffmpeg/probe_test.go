package ffmpeg_test

import (
	"os"
	"path/filepath"
	"testing"
)

// written makes a file of the given bytes; its name claims to be a video.
func written(content string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "talk.mp4")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
}

// cut keeps the given share of a file.
func cut(source func(*testing.T) string, share float64) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		whole, err := os.ReadFile(source(t))
		if err != nil {
			t.Fatal(err)
		}
		return written(string(whole[:int(float64(len(whole))*share)]))(t)
	}
}
