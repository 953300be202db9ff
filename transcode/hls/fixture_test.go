package hls

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"rounds/transcode"
)

// stream says what a test stream looks like.
type stream struct {
	heights []int
	rate    string // of pictures, as ffmpeg takes it
	seconds int
	silent  bool
}

var testKey = transcode.ContentKey{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// encode makes the rungs of a stream below dir as the encoder does.
func encode(dir string, s stream) ([]transcode.EncodedRendition, error) {
	var rungs []transcode.EncodedRendition
	for _, height := range s.heights {
		name := fmt.Sprintf("v%d", height)
		rung := transcode.EncodedRendition{Name: name, Dir: filepath.Join(dir, name), Height: height, Width: height * 16 / 9}
		if err := os.MkdirAll(rung.Dir, 0o700); err != nil {
			return nil, err
		}
		args := []string{"-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=" + s.rate}
		if !s.silent {
			args = append(args, "-f", "lavfi", "-i", "sine=r=48000", "-c:a", "aac", "-ac", "2")
		}
		args = append(args, "-t", strconv.Itoa(s.seconds), "-vf", fmt.Sprintf("scale=%d:%d", rung.Width, height),
			"-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-bf", "2", "-sc_threshold", "0", "-g", "600",
			"-force_key_frames", "expr:gte(t,n_forced*2)", "-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod",
			"-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4",
			"-hls_segment_filename", filepath.Join(rung.Dir, "seg_%05d.m4s"), filepath.Join(rung.Dir, "index.m3u8"))
		if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("ffmpeg (apt-get install ffmpeg): %w: %s", err, out)
		}
		rungs = append(rungs, rung)
	}
	return rungs, nil
}

// pack encodes and packages a stream below dir.
func pack(t testing.TB, dir string, s stream) transcode.Packaged {
	t.Helper()
	rungs, err := encode(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	result, err := New(slog.New(slog.DiscardHandler)).Package(t.Context(), transcode.PackageJob{
		Dir: dir, Renditions: rungs, Key: testKey, KeyURI: "/v1/recordings/rec_1/key",
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// clearStream is encoded once; tests copy it. Beside the folder lies one of its
// renditions as a progressive file.
var clearStream = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rounds-hls-")
	if err != nil {
		return "", err
	}
	rungs, err := encode(dir, stream{heights: []int{180, 144}, rate: "25", seconds: 14})
	if err != nil {
		return "", err
	}
	return dir, copyProgressive(progressiveOf(dir), rungs[0].Dir)
})

func progressiveOf(dir string) string { return dir + ".mp4" }

// copyProgressive makes one file with its index first of a rendition.
func copyProgressive(to, rung string) error {
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", filepath.Join(rung, "index.m3u8"),
		"-c", "copy", "-movflags", "+faststart", to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := clearStream(); err == nil {
		_ = os.RemoveAll(dir)
		_ = os.Remove(progressiveOf(dir))
	}
	os.Exit(code)
}

// packaged returns a folder of its own with a good, packaged stream.
func packaged(t testing.TB) string {
	t.Helper()
	job := clearJob(t)
	if _, err := New(slog.New(slog.DiscardHandler)).Package(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	return job.Dir
}

// clearJob returns a job over a copy of the clear stream.
func clearJob(t testing.TB) transcode.PackageJob {
	t.Helper()
	from, err := clearStream()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return transcode.PackageJob{
		Dir: dir, Key: testKey, KeyURI: "/v1/recordings/rec_1/key", Progressive: progressiveOf(from),
		Renditions: []transcode.EncodedRendition{
			{Name: "v180", Dir: filepath.Join(dir, "v180"), Frames: 350},
			{Name: "v144", Dir: filepath.Join(dir, "v144")},
		},
	}
}
