package hls

import "math"

// measured is the size and duration of one segment as delivered.
type measured struct {
	bytes  int64
	micros int64
}

// averageBitrate is the average segment bit rate: all bytes over all time
// (RFC 8216 section 4.1), rounded up to whole bits a second.
func averageBitrate(segments []measured) int64 {
	var sum measured
	for _, s := range segments {
		sum.bytes, sum.micros = sum.bytes+s.bytes, sum.micros+s.micros
	}
	return bitrate(sum)
}

// peakBitrate is the peak segment bit rate: the largest of any contiguous run
// of segments whose total duration lies between 0.5 and 1.5 times the target
// duration (RFC 8216 section 4.1). Without such a run it is the average.
func peakBitrate(segments []measured, target int64) int64 {
	var peak int64
	for i := range segments {
		var run measured
		for _, s := range segments[i:] {
			run.bytes, run.micros = run.bytes+s.bytes, run.micros+s.micros
			if 2*run.micros > 3*target*1e6 {
				break
			}
			if 2*run.micros >= target*1e6 {
				peak = max(peak, bitrate(run))
			}
		}
	}
	return max(peak, averageBitrate(segments))
}

func bitrate(m measured) int64 {
	if m.micros == 0 {
		return 0
	}
	return int64(math.Ceil(float64(m.bytes) * 8e6 / float64(m.micros)))
}
