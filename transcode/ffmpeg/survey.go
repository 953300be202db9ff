package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/transcode"
)

// spriteFiles is catalog.SpriteName as ffmpeg's pattern.
const spriteFiles = "sprite_%03d.jpg"

// Names of scratch files.
const (
	surveyClip  = "clip.mp4"
	glimpseFile = "glimpses.gray"
)

// Survey implements transcode.Finisher. A long rendition is surveyed in several
// stretches at the same time, for one decoder with its filters keeps little more
// than one core busy.
func (t *Tool) Survey(ctx context.Context, from transcode.EncodedRendition, board transcode.Storyboard, sprites string) (transcode.Survey, error) {
	return t.surveyBy(ctx, max(1, min(surveyorsAtMost, runtime.GOMAXPROCS(0), board.Sprites()/2)), from, board, sprites)
}

const surveyorsAtMost = 4

func (t *Tool) surveyBy(ctx context.Context, surveyors int, from transcode.EncodedRendition, board transcode.Storyboard, sprites string) (whole transcode.Survey, err error) {
	segments, err := segmentsOf(from)
	if err != nil {
		return whole, err
	}
	lengths, err := segmentLengths(filepath.Join(from.Dir, catalog.MediaPlaylist))
	if err != nil {
		return whole, err
	}
	stretches := stretchesOf(lengths, board, surveyors)
	found := make([]transcode.Survey, len(stretches))
	group, surveying := errgroup.WithContext(ctx)
	for i, s := range stretches {
		group.Go(func() (err error) {
			found[i], err = t.survey(surveying, from, segments[min(s.from, len(segments)):min(s.to, len(segments))], s, board, sprites)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return whole, err
	}
	for _, part := range found {
		whole.Frames += part.Frames
		whole.Complaints += part.Complaints
		whole.Glimpses = append(whole.Glimpses, part.Glimpses...)
	}
	for i := range board.Sprites() {
		if info, err := os.Stat(filepath.Join(sprites, fmt.Sprintf(spriteFiles, i))); err != nil || info.Size() == 0 {
			return whole, fmt.Errorf("no sprite %d was made: %w", i, err)
		}
	}
	return whole, nil
}

// stretch is what is surveyed by one run: whole segments, and whole sprites.
type stretch struct {
	from, to    int     // segments
	start       float64 // of the first one, in seconds
	firstSprite int
	sprites     int
}

// keySlack is how long before a tile's time its picture may be shown: key frames
// are 2 s apart.
const keySlack = 1.9

// stretchesOf divides segments of those lengths in seconds. A stretch begins with
// the segment that holds the first picture which its first tile may show; the
// tile before has its picture by then, for tiles are farther apart than a segment
// and two key frames.
func stretchesOf(lengths []float64, board transcode.Storyboard, most int) []stretch {
	sheet := board.Every.Seconds() * float64(board.Columns*board.Rows)
	all := []stretch{{}}
	segment, start := 0, 0.0
	for i := 1; i < most; i++ {
		first := i * board.Sprites() / most
		for segment < len(lengths)-1 && start+lengths[segment] <= float64(first)*sheet-keySlack {
			start += lengths[segment]
			segment++
		}
		if last := all[len(all)-1]; segment > last.from && first > last.firstSprite {
			all = append(all, stretch{from: segment, start: start, firstSprite: first})
		}
	}
	for i := range all {
		all[i].to, all[i].sprites = len(lengths), board.Sprites()-all[i].firstSprite
		if i+1 < len(all) {
			all[i].to, all[i].sprites = all[i+1].from, all[i+1].firstSprite-all[i].firstSprite
		}
	}
	return all
}

// survey surveys one stretch.
func (t *Tool) survey(ctx context.Context, from transcode.EncodedRendition, segments []string, s stretch, board transcode.Storyboard, sprites string) (found transcode.Survey, err error) {
	err = onClip(from, segments, func(dir string) (err error) {
		below, err := filepath.Rel(dir, sprites)
		if err != nil {
			return err
		}
		times := &frameTimes{}
		if found.Decoded, err = t.decode(ctx, dir, surveyArgs(board, s, below), times.line); err != nil {
			return err
		}
		luma, err := os.ReadFile(filepath.Join(dir, glimpseFile))
		if err != nil {
			return err
		}
		found.Glimpses, err = glimpsesAt(luma, times.times, s.start)
		return err
	})
	return found, err
}

// DecodeAll implements transcode.Finisher.
func (t *Tool) DecodeAll(ctx context.Context, from transcode.EncodedRendition) (made transcode.Decoded, err error) {
	segments, err := segmentsOf(from)
	if err != nil {
		return made, err
	}
	err = onClip(from, segments, func(dir string) (err error) {
		made, err = t.decode(ctx, dir, decodeArgs(), func(string) error { return nil })
		return err
	})
	return made, err
}

// onClip joins segments of a rendition to their initialisation section, in a
// folder of their own beside it that do works in and that is removed.
func onClip(from transcode.EncodedRendition, segments []string, do func(dir string) error) error {
	dir, err := os.MkdirTemp(filepath.Dir(from.Dir), "survey-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	if err := join(filepath.Join(dir, surveyClip), from, segments...); err != nil {
		return err
	}
	return do(dir)
}

// decode runs arguments whose first output has every frame.
func (t *Tool) decode(ctx context.Context, dir string, args []string, said func(line string) error) (transcode.Decoded, error) {
	parser, health := &progressParser{}, &decodeHealth{}
	err := t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: args, Dir: dir, Stdout: &lines{each: parser.line},
		Stderr: &lines{each: func(line string) error { return errors.Join(health.line(line), said(line)) }},
		Limits: Limits{Memory: probeMemory, CPU: 12 * time.Hour, Wall: 6 * time.Hour, FileSize: 64 << 20},
	})
	return transcode.Decoded{Frames: parser.now.Frame, Complaints: health.complaints}, err
}

// decodeArgs decode all of picture and sound to nowhere, each picture once.
func decodeArgs() []string {
	input := ffmpeg.Input("file:"+surveyClip, inputArgs())
	return append(append([]string{}, globalArgs...), toNowhere(input.Get("v:0"), input).GetArgs()...)
}

func toNowhere(pictures, input *ffmpeg.Stream) *ffmpeg.Stream {
	return ffmpeg.Output([]*ffmpeg.Stream{pictures, input.Get("a:0")}, "-", ffmpeg.KwArgs{"f": "null", "fps_mode": "passthrough"})
}

// surveyArgs are decodeArgs with two more outputs of the same decode, made of the
// key frames only: tiny pictures whose times are told by the log, and sprites.
//
// A sprite has, for each tile, the first key frame that is not long before its
// time (keySlack), so there is always one. The last one is repeated once for a
// tile that begins just before the end.
func surveyArgs(s transcode.Storyboard, part stretch, sprites string) []string {
	input := ffmpeg.Input("file:"+surveyClip, inputArgs())
	all := input.Get("v:0").Split()
	keys := all.Get("1").Filter("select", ffmpeg.Args{"key"}).Split()
	glimpses := keys.Get("0").
		Filter("showinfo", ffmpeg.Args{"checksum=0"}).
		Filter("scale", ffmpeg.Args{strconv.Itoa(transcode.GlimpseWidth), strconv.Itoa(transcode.GlimpseHeight), "flags=area"}).
		Filter("format", ffmpeg.Args{"gray"}).
		Output("file:"+glimpseFile, ffmpeg.KwArgs{"f": "rawvideo", "fps_mode": "passthrough"})
	due := fmt.Sprintf("gte(t+%.3f,%g*(selected_n+%d)-%g)", part.start, s.Every.Seconds(), part.firstSprite*s.Columns*s.Rows, keySlack)
	tiles := keys.Get("1").
		Filter("select", ffmpeg.Args{due}).
		Filter("tpad", ffmpeg.Args{"stop=1", "stop_mode=clone"}).
		Filter("scale", ffmpeg.Args{strconv.Itoa(s.Width), strconv.Itoa(s.Height), "flags=bicubic"}).
		Filter("tile", ffmpeg.Args{fmt.Sprintf("layout=%dx%d", s.Columns, s.Rows)}).
		Output("file:"+filepath.Join(sprites, spriteFiles), ffmpeg.KwArgs{
			"frames:v": part.sprites, "fps_mode": "passthrough", "q:v": 5, "f": "image2", "start_number": part.firstSprite, "map_metadata": "-1",
		})
	outputs := ffmpeg.MergeOutputs(toNowhere(all.Get("0"), input), glimpses, tiles)
	return append(append([]string{}, globalArgs...), outputs.GetArgs()...)
}

const glimpseBytes = transcode.GlimpseWidth * transcode.GlimpseHeight

// glimpsesAt puts pictures, one after the other, to their times, the first of
// which is start seconds.
func glimpsesAt(luma []byte, times []time.Duration, start float64) ([]transcode.Glimpse, error) {
	if len(luma) != len(times)*glimpseBytes || len(times) == 0 {
		return nil, fmt.Errorf("%d bytes of pictures came with %d times", len(luma), len(times))
	}
	all := make([]transcode.Glimpse, len(times))
	for i, at := range times {
		all[i] = transcode.Glimpse{At: (at - times[0] + time.Duration(start*float64(time.Second))).Round(time.Millisecond), Luma: luma[i*glimpseBytes : (i+1)*glimpseBytes]}
	}
	return all, nil
}

// frameTimes reads what showinfo logs: "… n: 0 pts: 0 pts_time:0 duration: …".
type frameTimes struct{ times []time.Duration }

func (f *frameTimes) line(line string) error {
	_, rest, found := strings.Cut(line, " pts_time:")
	if !found || !strings.Contains(line, "showinfo") {
		return nil
	}
	word, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	at, ok := number(word)
	if !ok {
		return fmt.Errorf("a picture without a time: %s", line)
	}
	f.times = append(f.times, time.Duration(at*float64(time.Second)))
	return nil
}
