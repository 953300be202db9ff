package ffmpeg

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"

	"rounds/transcode"
)

// Tool implements transcode.Media with the ffmpeg and ffprobe commands.
type Tool struct {
	Runner  *Runner
	FFmpeg  string // absolute path
	FFprobe string // absolute path
}

var _ transcode.Media = (*Tool)(nil)

// Memory a run may map. Decoders of many-core machines map far more than they
// touch; what is touched stays near 600 MiB at 1080p.
const (
	probeMemory  = 4 << 30
	encodeMemory = 12 << 30
)

// New finds the programs and tries the sandbox. It fails with the remedy when
// a program is missing.
func New(ctx context.Context, logger *slog.Logger) (*Tool, error) {
	runner, err := NewRunner(ctx, logger)
	if err != nil {
		return nil, err
	}
	t := &Tool{Runner: runner}
	for name, path := range map[string]*string{"ffmpeg": &t.FFmpeg, "ffprobe": &t.FFprobe} {
		found, err := exec.LookPath(name)
		if err != nil {
			return nil, fmt.Errorf("%s is missing (Debian: apt-get install ffmpeg): %w", name, err)
		}
		*path = found
	}
	return t, nil
}
