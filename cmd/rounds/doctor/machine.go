package doctor

import (
	"context"
	"time"

	"rounds/deploy/care"
	"rounds/deploy/care/buckets"
)

func (d *doctor) disk(context.Context) care.Finding {
	var disks []care.Disk
	for _, path := range d.Paths {
		disk, err := care.LookAtDisk(path)
		if err != nil {
			return care.Not(care.Red, "Make the folder, mount its disk, or correct the setting that names it.", "%s cannot be looked at: %s.", path, care.Reason(err))
		}
		disks = append(disks, disk)
	}
	return care.JudgeDisks(disks)
}

func (d *doctor) cpu(context.Context) care.Finding {
	load, cores, err := care.LookAtLoad()
	if err != nil {
		return care.NotKnown("The system does not tell: %s.", care.Reason(err))
	}
	return care.JudgeLoad(load, cores)
}

func (d *doctor) memory(context.Context) care.Finding {
	available, total, err := care.LookAtMemory()
	if err != nil {
		return care.NotKnown("The system does not tell: %s.", care.Reason(err))
	}
	return care.JudgeMemory(available, total)
}

// clock compares this clock with those that the service depends on.
func (d *doctor) clock(ctx context.Context) care.Finding {
	var clocks []care.Clock
	if d.facts != nil {
		ctx, cancel := context.WithTimeout(ctx, d.Limit/2)
		if f, err := d.facts.Server(ctx); err == nil {
			clocks = append(clocks, care.Clock{Beside: "PostgreSQL", Ahead: time.Since(f.Now), Within: f.RoundTrip + time.Second})
		}
		cancel()
	}
	if d.S3 != nil {
		if took, theirs, err := buckets.Reach(ctx, d.S3, d.MediaBucket); err == nil && !theirs.IsZero() {
			clocks = append(clocks, care.Clock{Beside: "S3", Ahead: time.Since(theirs), Within: took + time.Second})
		}
	}
	return care.JudgeClocks(clocks)
}

func (d *doctor) logs(context.Context) care.Finding {
	var largest []care.LogFile
	for _, dir := range d.LogDirs {
		found, err := care.LookAtLogs(dir)
		if err != nil {
			return care.Not(care.Amber, "Correct `ROUNDS_LOG_DIRS`, or let this account read the folder.", "%s cannot be looked at: %s.", dir, care.Reason(err))
		}
		largest = append(largest, found)
	}
	return care.JudgeLogs(largest)
}
