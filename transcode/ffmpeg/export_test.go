package ffmpeg

import (
	"context"

	"rounds/transcode"
)

// Inspect is Probe without trial encodes.
var Inspect = (*Tool).inspect

// PreviewChunks previews chunks of any length.
var PreviewChunks = (*Tool).previewChunks

// JoinChunks joins chunks of any length, shorter than those of a plan.
var JoinChunks = (*Tool).joinChunks

// ListenBy is Listen with so many listeners and no second try.
func (t *Tool) ListenBy(ctx context.Context, listeners int, path string, plan transcode.Plan) (transcode.Loudness, error) {
	heard, err := t.listenBy(ctx, listeners, path, plan, partOf(plan), func(transcode.EncodeProgress) {})
	if err != nil || !heard.complete() {
		return transcode.Loudness{}, err
	}
	return heard.loudness(), nil
}
