package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"rounds/transcode"
	"rounds/transcode/ffmpeg"
)

// workPlan is `rounds work plan`: it shows how a file would be transcoded, and
// why, without a database or storage.
type workPlan struct {
	File   string `arg:"" type:"existingfile" help:"Recording to look at; it is not changed."`
	Preset string `default:"veryfast" enum:"ultrafast,superfast,veryfast,faster,fast,medium,slow" env:"ROUNDS_PRESET" help:"Preset of the H.264 encoder that is planned for."`
}

// Run prints probe, verdict and plan. It fails when the file would be refused.
func (c *workPlan) Run(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	tool, err := ffmpeg.New(ctx, log)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	probe, err := tool.Probe(ctx, path)
	if err != nil {
		return err
	}
	if err := printProbe(stdout, probe); err != nil {
		return err
	}
	warnings, failure := transcode.Judge(probe)
	if failure != nil {
		return &transcode.UnusableError{Failure: *failure}
	}
	plan := transcode.NewPlan(probe, transcode.PlanOptions{Preset: c.Preset})
	heard, err := tool.Listen(ctx, path, plan)
	if err != nil {
		return err
	}
	for _, w := range append(warnings, heard.Warnings()...) {
		if _, err := fmt.Fprintf(stdout, "warning   %s: %s\n", w.Code, w.Message); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(stdout, "%sleveling  %s\n", plan, heard.Leveling())
	return err
}

// printProbe tells what was measured of a file, one line a stream.
func printProbe(w io.Writer, p transcode.Probe) error {
	text := fmt.Sprintf("container %s, %d bytes, %d streams, declares %.3f s\n", p.Container, p.SizeBytes, p.Streams, p.DurationS)
	if v := p.Video; v != nil {
		width, height := v.DisplaySize()
		text += fmt.Sprintf("video     stream %d, %s %s, %d×%d shown as %d×%d, %s\n", v.Index, v.Codec, v.PixelFormat, v.Width, v.Height, width, height, motion(*v))
	}
	if a := p.Audio; a != nil {
		text += fmt.Sprintf("audio     stream %d, %s, %d Hz, %d channels, %.3f to %.3f s\n", a.Index, a.Codec, a.SampleRate, a.Channels, a.StartS, a.EndS)
	}
	_, err := io.WriteString(w, text)
	return err
}

// motion describes the frames' times, and what is special about the picture.
func motion(v transcode.VideoStream) string {
	text := fmt.Sprintf("%d frames from %.3f to %.3f s", v.Frames, v.StartS, v.EndS)
	if v.Regular {
		text += fmt.Sprintf(", steady %.3f a second", v.MeanRate)
	} else {
		text += fmt.Sprintf(", unsteady, usually %.3f a second, the quickest tenth %.3f s apart", v.MeanRate, v.QuickGapS)
	}
	if v.Rotation != 0 {
		text += fmt.Sprintf(", turned by %d°", v.Rotation)
	}
	if v.Interlaced {
		text += ", interlaced"
	}
	if v.HDR() {
		text += ", HDR (" + v.Transfer + ")"
	}
	return text
}
