package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	report "rounds/deploy/bench"
)

// ours is the name of our own player in what measure.mjs prints.
const ours = "rounds"

// most is what ours may come to, as a part of the best peer's.
const most = 0.6

// samples are the values of one measure, by player.
type samples map[string][]float64

// best is the median of the best peer, and its name.
func (s samples) best() (name string, median float64) {
	for player, runs := range s {
		if player != ours && (name == "" || report.Median(runs) < median) {
			name, median = player, report.Median(runs)
		}
	}
	return name, median
}

// figure holds ours against the best of the peers.
func (s samples) figure(name, input string, floor float64) report.Figure {
	peer, value := s.best()
	own := report.Median(s[ours])
	f := report.Figure{Name: name, Input: input + ", best peer " + peer, Value: own, Peer: value, Floor: floor, Better: "lower", Runs: s[ours]}
	if value > 0 {
		f.Ratio = own / value
	}
	return f
}

// firstFrames measures the first frame at the resume point.
func firstFrames(ctx context.Context, m *machine) ([]report.Figure, error) {
	took, bytes := samples{}, samples{}
	err := m.measure(ctx, "first", m.Demo.WebinarID, func(line []byte) error {
		var r struct {
			Player string
			MS     float64
			Bytes  float64
		}
		err := json.Unmarshal(line, &r)
		took[r.Player], bytes[r.Player] = append(took[r.Player], r.MS), append(bytes[r.Player], r.Bytes)
		return err
	})
	if err != nil {
		return nil, err
	}
	const input = "1.5 Mb/s, 150 ms, resume at 62 s"
	return []report.Figure{
		against(took.figure("first_frame", "ms of "+input, most)),
		against(bytes.figure("first_frame_bytes", input, most)),
	}, nil
}

// against turns a figure into one whose value is the ratio.
func against(f report.Figure) report.Figure {
	f.Value = f.Ratio
	return f
}

// traces measures for how long the picture stands over a bad line's trace.
func traces(ctx context.Context, m *machine) ([]report.Figure, error) {
	webinar, err := m.lively(ctx)
	if err != nil {
		return nil, err
	}
	stood, lines := samples{}, samples{}
	err = m.measure(ctx, "trace", webinar, func(line []byte) error {
		var r struct {
			Player string
			Stood  float64 `json:"stood_s"`
			Lines  float64
		}
		err := json.Unmarshal(line, &r)
		stood[r.Player], lines[r.Player] = append(stood[r.Player], r.Stood), append(lines[r.Player], r.Lines)
		return err
	})
	if err != nil {
		return nil, err
	}
	input := fmt.Sprintf("s of %d s over 0.2 to 2 Mb/s", m.seconds)
	f := stood.figure("rebuffer", input, 0)
	f.Floor = f.Peer // no more than the best of them
	return []report.Figure{f, lines.figure("rebuffer_lines", "mean height of the picture meanwhile", 0)}, nil
}

// livelySeconds is the length of the recording for the trace.
const livelySeconds = 180

// lively is a webinar whose lowest quality needs more than the trace's worst
// steps give: a moving picture. It is made once.
func (m *machine) lively(ctx context.Context) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	kept := filepath.Join(filepath.Dir(m.local), "lively.json")
	if err := readJSON(kept, &made); err == nil {
		return made.ID, m.ready(ctx, made.ID)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	fmt.Println("making a lively recording (once)")
	film := filepath.Join(filepath.Dir(m.local), "lively.mp4")
	if err := command(ctx, "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
		"-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25", "-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.2",
		"-vf", "noise=alls=14:allf=t+u", "-t", strconv.Itoa(livelySeconds),
		"-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k", film); err != nil {
		return "", err
	}
	if err := m.call(ctx, "POST", "/v1/courses/"+m.Demo.CourseID+"/webinars", map[string]any{"title": "A lively picture"}, &made); err != nil {
		return "", err
	}
	upload := exec.CommandContext(ctx, ".bin/rounds", "admin", "upload", film, "--webinar", made.ID, "--base-url", m.BaseURL) //nolint:gosec // G204: arguments of ours
	upload.Env = append(os.Environ(), "ROUNDS_TOKEN="+m.AdminToken)
	if out, err := upload.CombinedOutput(); err != nil {
		return "", fmt.Errorf("upload: %w\n%s", err, out)
	}
	if err := m.ready(ctx, made.ID); err != nil {
		return "", err
	}
	text, _ := json.Marshal(made) // one string
	return made.ID, os.WriteFile(kept, text, 0o600)
}
