//go:build rounds_single_beats

package playbackdb

// One transaction a beat, on every connection of a pool: what group commit is
// measured against (deploy/bench/playback). Nothing else is built with this tag.
const (
	gatherFor  = 0
	maxBatch   = 1
	maxCommits = 16
)
