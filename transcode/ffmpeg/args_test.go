package ffmpeg

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	cameraPlan, silentPlan := transcode.NewPlan(camera, transcode.PlanOptions{}), transcode.NewPlan(silent, transcode.PlanOptions{Preset: "fast"})
	later := transcode.Chunk{Number: 1, From: 2 * cameraPlan.Segment, Frames: 3 * cameraPlan.Segment}
	tests := map[string][]string{
		"first-chunk": chunkArgs("../source", silentPlan, transcode.Chunk{Frames: 50}, entry{}),
		"later-chunk": chunkArgs("../source", cameraPlan, later, entry{seek: 10.5, at: 9}),
		"entry":       entryArgs("source", silentPlan, entry{seek: 10.5}, 12),
		"sound":       soundArgs(soundTrack{"../source", cameraPlan, timelineArgs(cameraPlan)}, transcode.Leveling{GainDB: 3, Limit: true, From: 1}, 128_000),
		"silence":     soundArgs(soundTrack{"../source", silentPlan, timelineArgs(silentPlan)}, transcode.Leveling{From: -1}, 40_000),
		"loudness":    loudnessArgs("source", cameraPlan, 900, 1800),
		"join":        joinArgs("../sound", cameraPlan, cameraPlan.Rungs[0]),
		"survey":      surveyArgs(transcode.ChunkJob{Plan: cameraPlan, Chunk: later}),
		"poster":      posterArgs("poster.jpg.mp4", "poster.jpg"),
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

// TestChunkLimits: a chunk may take its own length, what leads up to it and no
// more; its largest file may have twice what its cap permits.
func TestChunkLimits(t *testing.T) {
	t.Parallel()
	plan := transcode.Plan{Rate: transcode.Ratio{Num: 30, Den: 1}, Frames: 30 * 3600, Rungs: []transcode.PlannedRung{{MaxRate: 5_000_000}, {MaxRate: 80_000}}}
	chunk := transcode.Chunk{Number: 9, From: 30 * 600, Frames: 30 * 100}
	near, far := chunkLimits(plan, chunk, entry{seek: 600, at: 598}), chunkLimits(plan, chunk, entry{})
	if near.FileSize < 125_000_000 || near.FileSize > 250_000_000 || near.Wall < 90*time.Minute || near.Wall > 2*time.Hour {
		t.Errorf("limits of a chunk of 100 s: %+v", near)
	}
	if more := far.Wall - near.Wall; more < time.Hour || more > 2*time.Hour || far.CPU <= near.CPU {
		t.Errorf("600 s on the way give %v more", more)
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
