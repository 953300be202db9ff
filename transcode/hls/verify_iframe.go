package hls

import "context"

// examineIFrames reads the I-frame streams and checks each by itself and
// against the first variant.
func (v *verifier) examineIFrames(ctx context.Context, streams []Variant, ladder []examined) error {
	for _, stream := range streams {
		e, whole, err := v.examine(ctx, stream)
		if err != nil {
			return err
		}
		if !whole {
			continue
		}
		v.checkIFrames(e)
		if len(ladder) > 0 {
			v.checkBeside(e, ladder)
		}
	}
	return nil
}

// checkIFrames checks an I-frame stream by itself.
func (v *verifier) checkIFrames(e examined) {
	if !e.list.IFramesOnly {
		v.report(ruleIFramesOnly, e.object, "no EXT-X-I-FRAMES-ONLY")
	}
	_, video, err := e.timeline.videoTicks()
	if err != nil {
		v.report(ruleMedia, e.object, "%v", err)
		return
	}
	v.checkAttributes(e, video, video.Codec)
	v.checkBitrates(e)
	v.checkContinuity(e)
	var said int64
	for i, s := range e.timeline.segments {
		if run := s.Runs[video.ID]; len(s.Runs) != 1 || run.Samples != 1 || !s.StartsWithIDR {
			v.report(ruleOneIFrame, e.segment(i), "is not one IDR picture alone")
		}
		if off := said - (e.start(i) - e.start(0)); abs(off) > 1000 {
			v.report(ruleExact, e.segment(i), "Σ EXTINF is %d µs off the picture", off)
		}
		said += e.list.Segments[i].Duration
	}
}

// checkBeside compares the times of an I-frame stream with the first variant's.
// It may come from a rung of half the frame rate, which ends up to one of its
// own frames later.
func (v *verifier) checkBeside(e examined, ladder []examined) {
	variant, frame := ladder[0], int64(0)
	for _, rung := range ladder {
		frame = max(frame, rung.frame())
	}
	if off := e.start(0) - variant.start(0); abs(off) > 1000 {
		v.report(ruleSameRange, e.segment(0), "comes %d µs after the start of %s", off, variant.object)
	}
	if off := e.delay() - variant.delay(); abs(off) > 1000 {
		v.report(ruleSwitch, e.segment(0), "comes %d µs later after its decode time than in %s", off, variant.object)
	}
	if off := e.list.Duration() - variant.list.Duration(); abs(off) >= frame {
		v.report(ruleSameDuration, e.object, "lasts %d µs more than %s", off, variant.object)
	}
}
