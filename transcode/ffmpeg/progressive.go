package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

var _ transcode.Finisher = (*Tool)(nil)

// Progressive implements transcode.Finisher. It needs room for the rendition
// twice beside path for a while.
func (t *Tool) Progressive(ctx context.Context, from transcode.EncodedRendition, path string) error {
	clip := path + ".clip.mp4"
	defer os.Remove(clip) //nolint:errcheck // scratch
	size, err := joinRendition(clip, from)
	if err != nil {
		return err
	}
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: progressiveArgs(filepath.Base(clip), filepath.Base(path)), Dir: filepath.Dir(path),
		Limits: Limits{Memory: probeMemory, CPU: 30 * time.Minute, Wall: time.Hour, FileSize: 2*size + 64<<20},
	})
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err != nil || info.Size() < size/2 {
		return fmt.Errorf("no progressive file of %s was made: %w", from.Name, err)
	}
	return nil
}

// progressiveArgs copy picture and sound and put the index before them.
func progressiveArgs(clip, to string) []string {
	input := ffmpeg.Input("file:"+clip, inputArgs())
	output := ffmpeg.Output([]*ffmpeg.Stream{input.Get("v:0"), input.Get("a:0")}, "file:"+to,
		ffmpeg.KwArgs{"c": "copy", "movflags": "+faststart", "f": "mp4", "map_metadata": "-1", "map_chapters": "-1"})
	return withGlobal(output)
}

// joinRendition joins a whole rendition and tells the size.
func joinRendition(to string, from transcode.EncodedRendition) (size int64, err error) {
	segments, err := segmentsOf(from)
	if err != nil {
		return 0, err
	}
	if err := join(to, from, segments...); err != nil {
		return 0, err
	}
	info, err := os.Stat(to)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
