//go:build !rounds_single_beats

package playbackdb

import (
	"context"

	"rounds/playback"
)

// beat writes a beat together with others.
func (s *Store) beat(ctx context.Context, r playback.BeatRequest) (playback.BeatResult, error) {
	return s.beats.submit(ctx, r)
}
