package ffmpeg_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

// verdict is the code a file ends with, "" when it is accepted.
func verdict(t *testing.T, path string) catalog.FailureCode {
	t.Helper()
	probe, err := newTool(t).Probe(t.Context(), path)
	var unusable *transcode.UnusableError
	if errors.As(err, &unusable) {
		return unusable.Failure.Code
	}
	if err != nil {
		t.Fatalf("probe: %v", err)
	}
	if _, failure := transcode.Judge(probe); failure != nil {
		return failure.Code
	}
	return ""
}

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

func TestProbeRefuses(t *testing.T) {
	t.Parallel()
	talk := []string{"-f", "lavfi", "-i", "testsrc2=r=25:s=320x240:d=20", "-f", "lavfi", "-i", "sine=d=20", "-c:v", "libx264", "-preset", "ultrafast"}
	tests := []struct {
		name   string
		source func(*testing.T) string
		code   catalog.FailureCode
	}{
		{"empty", written(""), catalog.FailEmpty},
		{"a letter", written("Dear colleagues,\nplease find my talk."), catalog.FailNotMedia},
		{"noise", written("\x8f\x01\xfe\x33\x00\x12\x99\x80\x10\x11\x12\x13"), catalog.FailNotMedia},
		{"a PDF", written("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), catalog.FailNotMedia},
		{"a ZIP", written("PK\x03\x04\x14\x00\x00\x00"), catalog.FailNotMedia},
		{"a PNG", made("a.png", "-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1"), catalog.FailNotMedia},
		{"HLS playlist of a local file", written("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n"), catalog.FailUnsafeReference},
		{"HLS playlist behind a byte-order mark", written("\xef\xbb\xbf\r\n#EXTM3U\nhttp://169.254.169.254/\n"), catalog.FailUnsafeReference},
		{"concat script", written("ffconcat version 1.0\nfile other.mp4\n"), catalog.FailUnsafeReference},
		{"concat script behind a comment", written("# a talk\n\nffconcat version 1.0\nfile /etc/passwd\n"), catalog.FailUnsafeReference},
		{"DASH manifest", written(`<?xml version="1.0"?><MPD></MPD>`), catalog.FailUnsafeReference},
		{"session description", written("v=0\no=- 0 0 IN IP4 127.0.0.1\n"), catalog.FailUnsafeReference},
		{"sound only", real("audio_only.mov"), catalog.FailNoVideo},
		{"sound with a cover", made("a.mp4", "-f", "lavfi", "-i", "sine=d=2", "-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.1",
			"-map", "0", "-map", "1", "-frames:v", "1", "-c:v", "mjpeg", "-disposition:v:0", "attached_pic"), catalog.FailNoVideo},
		{"recorder crashed: no moov", cut(made("a.mp4", talk...), 0.5), catalog.FailTruncated},
		{"upload cut: moov in front", cut(made("a.mp4", append(talk, "-movflags", "+faststart")...), 0.5), catalog.FailTruncated},
		{"upload cut: Matroska", cut(made("a.mkv", talk...), 0.5), catalog.FailTruncated},
		{"first bytes only", cut(made("a.mp4", talk...), 0.0005), catalog.FailTruncated},
		{"encrypted", made("a.mp4", append(talk, "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb",
			"-encryption_kid", "a7e61c373e219033c21091fa607bf3b8")...), catalog.FailEncrypted},
		{"too short", made("a.mp4", "-f", "lavfi", "-i", "testsrc2=r=25:s=64x64:d=0.2", "-c:v", "libx264"), catalog.FailTooShort},
		{"too large", made("a.mkv", "-f", "lavfi", "-i", "color=s=6000x3000:r=1:d=1", "-c:v", "mjpeg"), catalog.FailTooLarge},
		{"good", made("a.mp4", talk...), ""},
		{"good, silent", real("vfr_h264_noaudio.mov"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := verdict(t, test.source(t)); got != test.code {
				t.Errorf("verdict %q, want %q", got, test.code)
			}
		})
	}
}
