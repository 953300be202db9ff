//go:build rounds_single_beats || rounds_batches_of_one

package playbackdb

// Groups of one, on every connection of a pool. Only deploy/bench/playback is
// built like this.
const (
	gatherFor  = 0
	maxBatch   = 1
	maxCommits = 16
)
