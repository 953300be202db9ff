package care

import (
	"fmt"
	"strings"
	"time"
)

// Bucket is what was found of one.
type Bucket struct {
	Name    string
	There   bool
	Problem string // why it is not
	Open    string // what a stranger was let do; empty: nothing
}

// JudgeBuckets judges: one that strangers can read gives all recordings away.
func JudgeBuckets(buckets []Bucket) Finding {
	var missing, open, names []string
	for _, b := range buckets {
		names = append(names, b.Name)
		switch {
		case !b.There:
			missing = append(missing, fmt.Sprintf("%s (%s)", b.Name, b.Problem))
		case b.Open != "":
			open = append(open, fmt.Sprintf("%s (%s)", b.Name, b.Open))
		}
	}
	switch {
	case len(open) > 0:
		return Not(Red, "Close it now: put a block on public access of the bucket and remove what opened it.", "Open to strangers: %s.", strings.Join(open, ", "))
	case len(missing) > 0:
		return Not(Red, "See the storage and the credentials; a new installation wants rounds admin init-storage.", "Not reached: %s.", strings.Join(missing, ", "))
	default:
		return Fine("%s are there and closed to strangers.", strings.Join(names, ", "))
	}
}

// JudgeStorageTrip is about the way to S3.
func JudgeStorageTrip(took time.Duration) Finding {
	return with(graded(took.Seconds(), .5, 5), "See the network and the storage; on one machine, its disk.", "A question to S3 and its answer take %.0f ms.", took.Seconds()*1000)
}

// JudgeOrphans is about uploads that were begun long ago and are neither finished
// nor given up: they are paid for and nobody sees them.
func JudgeOrphans(unfinished int, oldest time.Duration) Finding {
	light := Green
	if oldest > 21*24*time.Hour {
		light = Amber
	}
	return with(light, "The upkeep of rounds work gives them up after two weeks: see its log for unfinished_uploads.",
		"%d uploads are unfinished, the oldest for %s.", unfinished, short(oldest))
}

// JudgeRecordings is about the files of published recordings.
func JudgeRecordings(looked int, missing []string) Finding {
	if len(missing) > 0 {
		return Not(Red, "Restore the media from the backup (rounds admin backup restore-media), or process the recordings again.", "Without files: %s.", strings.Join(missing, ", "))
	}
	return Fine("The newest %d published recordings have their playlists.", looked)
}
