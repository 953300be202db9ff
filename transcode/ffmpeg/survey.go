package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"rounds/transcode"
)

// spriteFiles is catalog.SpriteName as ffmpeg's pattern.
const spriteFiles = "sprite_%03d.jpg"

// Names of scratch files.
const (
	surveyClip  = "clip.mp4"
	glimpseFile = "glimpses.gray"
)

// Survey implements transcode.Finisher.
func (t *Tool) Survey(ctx context.Context, from transcode.EncodedRendition, board transcode.Storyboard, sprites string) (transcode.Survey, error) {
	var found transcode.Survey
	err := onClip(from, func(dir string) (err error) {
		below, err := filepath.Rel(dir, sprites)
		if err != nil {
			return err
		}
		times := &frameTimes{}
		if found.Decoded, err = t.decode(ctx, dir, surveyArgs(board, below), times.line); err != nil {
			return err
		}
		luma, err := os.ReadFile(filepath.Join(dir, glimpseFile))
		if err != nil {
			return err
		}
		found.Glimpses, err = glimpsesAt(luma, times.times)
		return err
	})
	if err != nil {
		return found, err
	}
	for i := range board.Sprites() {
		if info, err := os.Stat(filepath.Join(sprites, fmt.Sprintf(spriteFiles, i))); err != nil || info.Size() == 0 {
			return found, fmt.Errorf("no sprite %d was made: %w", i, err)
		}
	}
	return found, nil
}

// DecodeAll implements transcode.Finisher.
func (t *Tool) DecodeAll(ctx context.Context, from transcode.EncodedRendition) (made transcode.Decoded, err error) {
	err = onClip(from, func(dir string) (err error) {
		made, err = t.decode(ctx, dir, decodeArgs(), func(string) error { return nil })
		return err
	})
	return made, err
}

// onClip joins the segments of a rendition to their initialisation section, in a
// folder of their own beside it that do works in and that is removed.
func onClip(from transcode.EncodedRendition, do func(dir string) error) error {
	dir, err := os.MkdirTemp(filepath.Dir(from.Dir), "survey-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch
	if _, err := joinRendition(filepath.Join(dir, surveyClip), from); err != nil {
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
// time: key frames are 2 s apart, so there is always one. The last one is
// repeated once for a tile that begins just before the end.
func surveyArgs(s transcode.Storyboard, sprites string) []string {
	input := ffmpeg.Input("file:"+surveyClip, inputArgs())
	all := input.Get("v:0").Split()
	keys := all.Get("1").Filter("select", ffmpeg.Args{"key"}).Split()
	glimpses := keys.Get("0").
		Filter("showinfo", ffmpeg.Args{"checksum=0"}).
		Filter("scale", ffmpeg.Args{strconv.Itoa(transcode.GlimpseWidth), strconv.Itoa(transcode.GlimpseHeight), "flags=area"}).
		Filter("format", ffmpeg.Args{"gray"}).
		Output("file:"+glimpseFile, ffmpeg.KwArgs{"f": "rawvideo", "fps_mode": "passthrough"})
	due := fmt.Sprintf("gte(t,%g*selected_n-1.9)", s.Every.Seconds())
	tiles := keys.Get("1").
		Filter("select", ffmpeg.Args{due}).
		Filter("tpad", ffmpeg.Args{"stop=1", "stop_mode=clone"}).
		Filter("scale", ffmpeg.Args{strconv.Itoa(s.Width), strconv.Itoa(s.Height), "flags=bicubic"}).
		Filter("tile", ffmpeg.Args{fmt.Sprintf("layout=%dx%d", s.Columns, s.Rows)}).
		Output("file:"+filepath.Join(sprites, spriteFiles), ffmpeg.KwArgs{
			"frames:v": s.Sprites(), "fps_mode": "passthrough", "q:v": 5, "f": "image2", "start_number": 0, "map_metadata": "-1",
		})
	outputs := ffmpeg.MergeOutputs(toNowhere(all.Get("0"), input), glimpses, tiles)
	return append(append([]string{}, globalArgs...), outputs.GetArgs()...)
}

const glimpseBytes = transcode.GlimpseWidth * transcode.GlimpseHeight

// glimpsesAt puts pictures, one after the other, to their times.
func glimpsesAt(luma []byte, times []time.Duration) ([]transcode.Glimpse, error) {
	if len(luma) != len(times)*glimpseBytes || len(times) == 0 {
		return nil, fmt.Errorf("%d bytes of pictures came with %d times", len(luma), len(times))
	}
	all := make([]transcode.Glimpse, len(times))
	for i, at := range times {
		all[i] = transcode.Glimpse{At: (at - times[0]).Round(time.Millisecond), Luma: luma[i*glimpseBytes : (i+1)*glimpseBytes]}
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
