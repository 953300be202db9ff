package ffmpeg_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A counted source shows the number of each of its frames as a pattern: the
// picture is divided into fields, each white for a bit that is set.
const (
	countedWidth, countedHeight = 64, 48
	countedColumns, countedRows = 4, 4
)

// counted makes a source of so many numbered frames. They are at rate a second
// before args, which go to ffmpeg, change that.
func counted(t *testing.T, name string, frames int, rate string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	all := []string{
		"-v", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", fmt.Sprintf("%dx%d", countedWidth, countedHeight), "-r", rate, "-i", "pipe:0",
	}
	cmd := exec.CommandContext(t.Context(), "ffmpeg", append(append(all, args...), path)...)
	var pictures bytes.Buffer
	for n := range frames {
		pictures.Write(pattern(n))
	}
	cmd.Stdin = &pictures
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", name, err, out)
	}
	return path
}

func pattern(n int) []byte {
	picture := make([]byte, countedWidth*countedHeight)
	for i := range picture {
		x, y := i%countedWidth*countedColumns/countedWidth, i/countedWidth*countedRows/countedHeight
		picture[i] = 30
		if n>>(y*countedColumns+x)&1 == 1 {
			picture[i] = 220
		}
	}
	return picture
}

// numbers decodes a file or playlist and reads the number of each frame. A
// field that is neither white nor black gives -1: a broken picture.
func numbers(t *testing.T, path string) []int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:v", "-fps_mode", "passthrough",
		"-vf", fmt.Sprintf("scale=%d:%d:flags=area", countedWidth, countedHeight), "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("decode %s: %v\n%s", path, err, errs.String())
	}
	var list []int
	for size := countedWidth * countedHeight; len(out) >= size; out = out[size:] {
		list = append(list, numberIn(out[:size]))
	}
	return list
}

func numberIn(picture []byte) (n int) {
	const width, height = countedWidth / countedColumns, countedHeight / countedRows
	for bit := range countedColumns * countedRows {
		left, top, sum := bit%countedColumns*width, bit/countedColumns*height, 0
		for y := 3; y < height-3; y++ {
			for x := 4; x < width-4; x++ {
				sum += int(picture[(top+y)*countedWidth+left+x])
			}
		}
		switch mean := sum / ((height - 6) * (width - 8)); {
		case mean > 180:
			n |= 1 << bit
		case mean > 70:
			return -1
		}
	}
	return n
}
