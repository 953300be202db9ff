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
	"slices"
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
	seen := trace{samples{}, samples{}, samples{}}
	if err := m.measure(ctx, "trace", webinar, seen.add); err != nil {
		return nil, err
	}
	return seen.figures(m.seconds), nil
}

// trace is what was seen of all players over the bad line.
type trace struct{ stood, moved, lines samples }

// add reads a run. A picture that stands is a picture that stands: for want of
// data or, silently, with all the data it needs.
func (t trace) add(line []byte) error {
	var r struct {
		Player string
		Stood  float64 `json:"stood_s"`
		Silent float64 `json:"silent_s"`
		Moved  float64 `json:"moved_s"`
		Lines  float64
	}
	err := json.Unmarshal(line, &r)
	t.stood[r.Player] = append(t.stood[r.Player], r.Stood+r.Silent)
	t.moved[r.Player] = append(t.moved[r.Player], r.Moved)
	t.lines[r.Player] = append(t.lines[r.Player], r.Lines)
	return err
}

// nearly is what ours must come to in its worst run, as a part of the most that a
// peer usually moves: of so much, runs differ by themselves.
const nearly = 0.95

// figures holds what was seen against the peers. Whoever stops early stands little:
// so the seconds that moved count too, and of ours those of the worst run.
func (t trace) figures(seconds int) []report.Figure {
	input := fmt.Sprintf("s of %d s over 0.2 to 2 Mb/s", seconds)
	stood := t.stood.figure("rebuffer", input, 0)
	stood.Floor = stood.Peer // no more than the best of them
	peer, most := "", 0.0
	for player, runs := range t.moved {
		if player != ours && report.Median(runs) > most {
			peer, most = player, report.Median(runs)
		}
	}
	least := slices.Min(t.moved[ours])
	moved := report.Figure{
		Name: "rebuffer_moved", Input: input + ", worst run, best peer " + peer,
		Value: least, Peer: most, Floor: nearly * most, Better: "higher", Runs: t.moved[ours],
	}
	if most > 0 {
		moved.Ratio = least / most
	}
	return []report.Figure{stood, moved, t.lines.figure("rebuffer_lines", "mean height of the picture meanwhile", 0)}
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
