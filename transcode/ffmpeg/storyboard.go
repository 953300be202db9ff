package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"rounds/catalog"
	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

var _ transcode.Illustrator = (*Tool)(nil)

// spriteFiles is catalog.SpriteName as ffmpeg's pattern.
const spriteFiles = "sprite_%03d.jpg"

// Storyboard implements transcode.Illustrator. The segments are joined to
// their initialisation section, and of the result only the key frames are
// decoded.
func (t *Tool) Storyboard(ctx context.Context, from transcode.EncodedRendition, s transcode.Storyboard, dir string) error {
	segments, err := filepath.Glob(filepath.Join(from.Dir, "seg_*.m4s"))
	if err != nil || len(segments) == 0 {
		return fmt.Errorf("no segments in %s: %w", from.Name, err)
	}
	slices.Sort(segments)
	clip := filepath.Join(dir, "clip.mp4")
	defer os.Remove(clip) //nolint:errcheck // scratch
	if err := join(clip, slices.Insert(segments, 0, filepath.Join(from.Dir, catalog.InitSection))...); err != nil {
		return err
	}
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: storyboardArgs(filepath.Base(clip), s), Dir: dir,
		Limits: Limits{Memory: probeMemory, CPU: 10*time.Minute + s.Length, Wall: 10*time.Minute + s.Length, FileSize: 64 << 20},
	})
	if err != nil {
		return err
	}
	for i := range s.Sprites() {
		if info, err := os.Stat(filepath.Join(dir, catalog.SpriteName(i))); err != nil || info.Size() == 0 {
			return fmt.Errorf("no sprite %d was made: %w", i, err)
		}
	}
	return nil
}

// storyboardArgs takes, for each tile, the first key frame that is not long
// before its time: key frames are 2 s apart, so there is always one. The last
// one is repeated once for a tile that begins just before the end.
func storyboardArgs(clip string, s transcode.Storyboard) []string {
	args := inputArgs()
	args["skip_frame"] = "nokey"
	due := fmt.Sprintf("gte(t,%g*selected_n-1.9)", s.Every.Seconds())
	output := ffmpeg.Input("file:"+clip, args).Get("v:0").
		Filter("select", ffmpeg.Args{due}).
		Filter("tpad", ffmpeg.Args{"stop=1", "stop_mode=clone"}).
		Filter("scale", ffmpeg.Args{strconv.Itoa(s.Width), strconv.Itoa(s.Height), "flags=bicubic"}).
		Filter("tile", ffmpeg.Args{fmt.Sprintf("layout=%dx%d", s.Columns, s.Rows)}).
		Output("file:"+spriteFiles, ffmpeg.KwArgs{
			"frames:v": s.Sprites(), "fps_mode": "passthrough", "q:v": 5, "f": "image2", "start_number": 0, "map_metadata": "-1",
		})
	return append(append([]string{}, globalArgs...), output.GetArgs()...)
}
