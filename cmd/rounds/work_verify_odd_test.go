package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rounds/transcode"
)

// TestWorkVerifyOdd: what becomes of odd recordings keeps the rules of HLS too.
func TestWorkVerifyOdd(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"odd size, a rate of its own": "-f lavfi -i testsrc2=s=853x481:r=17.3:d=3 -f lavfi -i sine=d=3 -pix_fmt yuv444p a.mkv",
		"two pixels wide":             "-f lavfi -i testsrc2=s=2x64:r=25:d=1 -f lavfi -i sine=d=1 -pix_fmt yuv420p a.mp4",
		"1 frame a second, no sound":  "-f lavfi -i testsrc2=s=160x120:r=1:d=9 -pix_fmt yuv420p a.mp4",
		"120 frames a second":         "-f lavfi -i testsrc2=s=320x240:r=120:d=2 -f lavfi -i sine=d=2 -pix_fmt yuv420p a.mp4",
		"portrait, the sound goes on": "-f lavfi -i testsrc2=s=120x200:r=30000/1001:d=2 -f lavfi -i sine=d=7 -pix_fmt yuv420p a.ts",
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, key := t.TempDir(), transcode.ContentKey{9}
			options := strings.Fields("-v error -nostdin " + args)
			file := filepath.Join(dir, options[len(options)-1])
			options[len(options)-1] = file
			if out, err := exec.CommandContext(t.Context(), "ffmpeg", options...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			keyFile := filepath.Join(dir, "key")
			if err := os.WriteFile(keyFile, []byte(hex.EncodeToString(key[:])), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			err := Run(t.Context(), []string{"work", "verify", streamOf(t, file, key), "--key-file", keyFile}, &out, &errs)
			if err != nil || !strings.Contains(out.String(), "0 broken rules that must hold") {
				t.Errorf("%v: %s", err, out.String())
			}
		})
	}
}
