package hls

// checkLadder compares the variants with each other.
func (v *verifier) checkLadder(ladder []examined) {
	if len(ladder) < 2 {
		return
	}
	first := ladder[0]
	for _, e := range ladder[1:] {
		if e.list.TargetDuration != first.list.TargetDuration {
			v.report(ruleSameTarget, e.object, "target duration of %d s beside %d s", e.list.TargetDuration, first.list.TargetDuration)
		}
		if off := e.list.Duration() - first.list.Duration(); abs(off) >= max(e.frame(), first.frame()) {
			v.report(ruleSameDuration, e.object, "lasts %d µs more than %s", off, first.object)
		}
		v.checkAligned(first, e)
		if off := e.delay() - first.delay(); abs(off) > 1000 {
			v.report(ruleSwitch, e.object, "pictures come %d µs later after their decode time than in %s", off, first.object)
		}
	}
}

// checkAligned compares where the segments of two variants start.
func (v *verifier) checkAligned(a, b examined) {
	if len(a.timeline.segments) != len(b.timeline.segments) {
		v.report(ruleAligned, b.object, "%d segments beside %d", len(b.timeline.segments), len(a.timeline.segments))
		return
	}
	for i := range a.timeline.segments {
		if off := b.start(i) - a.start(i); abs(off) > 1000 {
			v.report(ruleAligned, b.segment(i), "starts %d µs after %s", off, a.segment(i))
		}
	}
}

// start is the decode time of the i-th segment's first picture, in microseconds.
func (e examined) start(i int) int64 {
	video, _ := e.timeline.init.Video()
	return toMicros(e.timeline.segments[i].Runs[video.ID].Start, video.Timescale)
}

// delay is how long after its decode time the first picture is shown.
func (e examined) delay() int64 {
	video, _ := e.timeline.init.Video()
	return toMicros(e.timeline.segments[0].Runs[video.ID].Composition, video.Timescale)
}

// frame is the longest picture of the first segment, in microseconds.
func (e examined) frame() int64 {
	video, _ := e.timeline.init.Video()
	return toMicros(e.timeline.segments[0].Runs[video.ID].Longest, video.Timescale)
}
