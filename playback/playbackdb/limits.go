//go:build !rounds_single_beats && !rounds_batches_of_one

package playbackdb

import "time"

// The size of a group. Ten milliseconds cost a player nothing and let some
// hundred beats share one write to disk.
const (
	gatherFor  = 10 * time.Millisecond
	maxBatch   = 500
	maxCommits = 2 // batches written at the same time
)
