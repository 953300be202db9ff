package care

import (
	"time"

	"rounds/catalog"
)

// Bucket is what was found of one.
type Bucket struct {
	Name   string
	Away   error  // why it cannot be looked at
	Listed bool   // a stranger was let list it
	Read   string // an object that a stranger was let read
}

// JudgeBuckets judges: one that strangers can read gives all recordings away.
func JudgeBuckets(buckets []Bucket) Finding {
	var missing, open []catalog.Sentence
	var names []string
	for _, b := range buckets {
		names = append(names, b.Name)
		switch {
		case b.Read != "":
			open = append(open, catalog.Say("%s (anybody can read %s)", b.Name, b.Read))
		case b.Listed:
			open = append(open, catalog.Say("%s (anybody can list it)", b.Name))
		case b.Away != nil:
			missing = append(missing, catalog.Say("%s (%s)", b.Name, Reason(b.Away)))
		}
	}
	switch {
	case len(open) > 0:
		return Not(Red, "Close it now: put a block on public access of the bucket and remove what opened it.", "Open to strangers: %s.", joined(open))
	case len(missing) > 0:
		return Not(Red, "See the storage and the credentials; a new installation wants `rounds admin init-storage`.", "Not reached: %s.", joined(missing))
	default:
		return Fine("The buckets are there and closed to strangers: %s.", catalog.Names(names))
	}
}

// JudgeStorageTrip is about the way to S3.
func JudgeStorageTrip(took time.Duration) Finding {
	return with(graded(took.Seconds(), .5, 5), "See the network and the storage; on one machine, its disk.", "A question to S3 and its answer take %s ms.", digits(took.Seconds()*1000, 0))
}

// JudgeOrphans is about uploads that were begun long ago and are neither finished
// nor given up: they are paid for and nobody sees them.
func JudgeOrphans(unfinished int, oldest time.Duration) Finding {
	light := Green
	if oldest > 21*24*time.Hour {
		light = Amber
	}
	return with(light, "The upkeep of `rounds work` gives them up after two weeks: see its log for `unfinished_uploads`.",
		"%d uploads are unfinished, the oldest was begun %s ago.", unfinished, short(oldest))
}

// JudgeRecordings is about the files of published recordings.
func JudgeRecordings(looked int, missing []string) Finding {
	if len(missing) > 0 {
		return Not(Red, "Restore the media from the backup (`rounds admin backup restore-media`), or process the recordings again.", "Without files: %s.", catalog.Names(missing))
	}
	return Fine("The newest published recordings have their playlists; %d were looked at.", looked)
}
