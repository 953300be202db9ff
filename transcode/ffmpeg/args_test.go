package ffmpeg

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rounds/transcode"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestArgs holds the command lines to golden files, one argument a line: a
// change of them is a change of what every recording becomes.
func TestArgs(t *testing.T) {
	t.Parallel()
	camera := transcode.Probe{
		SizeBytes: 1, DurationS: 60, StartS: 0.01,
		Video: &transcode.VideoStream{Codec: "h264", Width: 1280, Height: 720, PixelFormat: "yuv420p", StartS: 0.03, EndS: 60.03, Frames: 1800, MeanRate: 29.97, Regular: true},
		Audio: &transcode.AudioStream{Index: 1, Codec: "aac", EndS: 60},
	}
	silent := camera
	hdr := *camera.Video
	hdr.Transfer, hdr.Interlaced, hdr.Width, hdr.Height, hdr.StartS = "smpte2084", true, 320, 180, 0.01
	silent.Video, silent.Audio = &hdr, nil
	asItIs := transcode.Leveling{From: -1}
	tests := map[string][]string{
		"camera": encodeArgs("../source", transcode.NewPlan(camera, transcode.PlanOptions{}), asItIs),
		"silent": encodeArgs("../source", transcode.NewPlan(silent, transcode.PlanOptions{Preset: "fast"}), asItIs),
		"poster": posterArgs("poster.jpg.mp4", "poster.jpg"),
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, path := strings.Join(args, "\n")+"\n", filepath.Join("testdata", name+".args")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("arguments changed (go test -update accepts them):\n%s", got)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var got []transcode.EncodeProgress
	parser := &progressParser{report: func(p transcode.EncodeProgress) { got = append(got, p) }}
	out := &lines{each: parser.line}
	for _, piece := range []string{
		"frame=0\nout_time_us=N/A\nspeed=N/A\nprogress=con", "tinue\nframe=75\nout_time_us=2500000\n", "speed= 1.5x\nprogress=end\n",
	} {
		if _, err := out.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || got[0] != (transcode.EncodeProgress{}) || got[1].Frame != 75 || got[1].Done.Seconds() != 2.5 || got[1].Speed != 1.5 {
		t.Errorf("progress %+v", got)
	}
}
