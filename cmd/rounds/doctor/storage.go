package doctor

import (
	"context"
	"time"

	"rounds/catalog"
	"rounds/deploy/care"
	"rounds/deploy/care/buckets"
)

const noStorage = "No storage is set here."

func (d *doctor) buckets(ctx context.Context) care.Finding {
	if d.S3 == nil {
		return care.NotKnown(noStorage)
	}
	var found []care.Bucket
	for _, bucket := range []string{d.UploadBucket, d.MediaBucket, d.EvidenceBucket} {
		if bucket != "" {
			found = append(found, buckets.Look(ctx, d.S3, bucket))
		}
	}
	return care.JudgeBuckets(found)
}

func (d *doctor) objectLock(ctx context.Context) care.Finding {
	if d.S3 == nil || d.EvidenceBucket == "" {
		return care.NotKnown("No bucket for the evidence is set here.")
	}
	locked, err := buckets.Locked(ctx, d.S3, d.EvidenceBucket)
	switch {
	case err != nil:
		return care.NotKnown("%s does not tell: %s.", d.EvidenceBucket, care.Reason(err))
	case !locked:
		return care.Not(care.Red, "Make another bucket with `rounds admin init-storage`; Object Lock cannot be added in a way that vouches for what is there.",
			"%s has no Object Lock: heads of the evidence could be rewritten.", d.EvidenceBucket)
	default:
		return care.Fine("%s has Object Lock.", d.EvidenceBucket)
	}
}

func (d *doctor) orphans(ctx context.Context) care.Finding {
	if d.S3 == nil {
		return care.NotKnown(noStorage)
	}
	unfinished, oldest, err := buckets.Unfinished(ctx, d.S3, d.UploadBucket)
	switch {
	case err != nil:
		return care.NotKnown("%s does not tell: %s.", d.UploadBucket, care.Reason(err))
	case unfinished == 0:
		return care.Fine("No upload is unfinished.")
	default:
		return care.JudgeOrphans(unfinished, time.Since(oldest))
	}
}

// newestRecordings are looked at for their files.
const newestRecordings = 20

func (d *doctor) recordings(ctx context.Context) care.Finding {
	if d.S3 == nil {
		return care.NotKnown(noStorage)
	}
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		newest, err := d.facts.Newest(ctx, newestRecordings)
		if err != nil {
			return care.Finding{}, err
		}
		var missing []string
		for _, r := range newest {
			has, err := buckets.Has(ctx, d.S3, d.MediaBucket, catalog.MediaPrefix(catalog.RecordingID(r.ID), r.Token)+"master.m3u8")
			if err != nil {
				return care.NotKnown("%s does not tell: %s.", d.MediaBucket, care.Reason(err)), nil
			}
			if !has {
				missing = append(missing, r.ID)
			}
		}
		return care.JudgeRecordings(len(newest), missing), nil
	})
}
