package ffmpeg

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rounds/catalog"
	"rounds/transcode"
)

// encodeLimits allow a slow machine its time and a runaway none. A segment of
// 64 MiB would be ten times what the highest cap permits.
func encodeLimits(plan transcode.Plan) Limits {
	length := time.Duration(plan.DurationS() * float64(time.Second))
	return Limits{Memory: encodeMemory, CPU: 10*time.Minute + 100*length, Wall: 10*time.Minute + 60*length, FileSize: 64 << 20}
}

// renditions checks that every rung has all its segments; a status of 0 alone
// proves nothing.
func renditions(root string, plan transcode.Plan) ([]transcode.EncodedRendition, error) {
	var made []transcode.EncodedRendition
	for _, rung := range plan.Rungs {
		dir := filepath.Join(root, rung.Name())
		segments, err := filepath.Glob(filepath.Join(dir, "seg_*.m4s"))
		if err != nil {
			return nil, err
		}
		if len(segments) != plan.Segments() {
			return nil, fmt.Errorf("rung %s has %d segments, planned were %d", rung.Name(), len(segments), plan.Segments())
		}
		made = append(made, transcode.EncodedRendition{
			Name: rung.Name(), Dir: dir, Width: rung.Width, Height: rung.Height, FrameRate: plan.RateOf(rung).Float(),
			Frames: framesOf(plan.Frames, rung),
		})
	}
	return made, nil
}

// framesOf is how many of so many frames a rung has.
func framesOf(frames int, r transcode.PlannedRung) int {
	if r.Halved {
		return (frames + 1) / 2
	}
	return frames
}

// decodeHealth counts what decoders could and could not read, from what ffmpeg
// says.
type decodeHealth struct{ complaints, decoded int }

// decodeWords are how ffmpeg and its decoders say that data is damaged.
var decodeWords = []string{
	"Error while decoding stream", "error while decoding MB", "concealing ", "corrupt decoded frame",
	"Error submitting packet to decoder", "corrupt input packet", "Invalid NAL unit size",
}

// framesDecoded is in the statistics that ffmpeg ends with.
var framesDecoded = regexp.MustCompile(`^ *Input stream #0:\d+ \(video\): .*; (\d+) frames decoded;`)

func (h *decodeHealth) line(line string) error {
	if m := framesDecoded.FindStringSubmatch(line); m != nil {
		frames, _ := strconv.Atoi(m[1])
		h.decoded += frames
	}
	for _, words := range decodeWords {
		if strings.Contains(line, words) {
			h.complaints++
			break
		}
	}
	return nil
}

// progressParser reads ffmpeg's -progress: key=value lines, a block of them
// ended by progress=continue or progress=end.
type progressParser struct {
	report func(transcode.EncodeProgress)
	rate   float64 // frames a second; 0: what is made has none
	now    transcode.EncodeProgress
}

func (p *progressParser) line(line string) error {
	key, value, _ := strings.Cut(line, "=")
	value = strings.TrimSpace(value)
	switch key {
	case "frame":
		p.now.Frame, _ = strconv.Atoi(value)
		if p.rate > 0 {
			p.now.Done = time.Duration(float64(p.now.Frame) / p.rate * float64(time.Second))
		}
	case "out_time_us":
		// With -copyts this counts from the first report.
		if us, err := strconv.ParseInt(value, 10, 64); err == nil && p.rate == 0 {
			p.now.Done = max(p.now.Done, time.Duration(us)*time.Microsecond)
		}
	case "speed":
		p.now.Speed = seconds(strings.TrimSuffix(value, "x"))
	case "progress":
		if p.report != nil {
			p.report(p.now)
		}
	}
	return nil
}

// Poster implements transcode.Media: the segment a tenth into the recording is
// joined to its initialisation section and a frame of it becomes the picture.
func (t *Tool) Poster(ctx context.Context, from transcode.EncodedRendition, path string) error {
	segments, err := segmentsOf(from)
	if err != nil {
		return err
	}
	clip := path + ".mp4"
	defer os.Remove(clip) //nolint:errcheck // scratch
	if err := join(clip, from, segments[len(segments)/10]); err != nil {
		return err
	}
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: posterArgs(filepath.Base(clip), filepath.Base(path)), Dir: filepath.Dir(path),
		Limits: Limits{Memory: probeMemory, CPU: time.Minute, Wall: 2 * time.Minute, FileSize: 64 << 20},
	})
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return fmt.Errorf("no poster was made: %w", err)
	}
	return nil
}

// segmentsOf lists the segments of a rendition in order.
func segmentsOf(from transcode.EncodedRendition) ([]string, error) {
	segments, err := filepath.Glob(filepath.Join(from.Dir, "seg_*.m4s"))
	if err != nil || len(segments) == 0 {
		return nil, fmt.Errorf("no segments in %s: %w", from.Name, err)
	}
	slices.Sort(segments)
	return segments, nil
}

// join writes a rendition's initialisation section and some of its segments after
// one another: a file that ffmpeg reads without a demuxer of playlists.
func join(to string, from transcode.EncodedRendition, segments ...string) (err error) {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() {
		if closed := out.Close(); err == nil {
			err = closed
		}
	}()
	for _, path := range append([]string{filepath.Join(from.Dir, catalog.InitSection)}, segments...) {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		in.Close() //nolint:errcheck // read only
		if err != nil {
			return err
		}
	}
	return nil
}
