package hls

// soundAlone tells whether a variant has no pictures.
func (e examined) soundAlone() bool {
	_, video := e.timeline.init.Video()
	_, audio := e.timeline.init.Audio()
	return audio && !video
}

// checkSound checks a variant of sound alone against its playlists. Of the rules
// about media those hold that speak of pictures neither in words nor in sense.
func (v *verifier) checkSound(e examined) {
	ticks, audio, ok := e.timeline.soundTicks()
	if !ok {
		v.report(ruleMedia, e.object, "a segment has no sound")
		return
	}
	v.checkStereo(e)
	if p := e.variant; p.Codecs != "" && p.Codecs != audio.Codec {
		v.report(ruleCodecs, p.URI, "CODECS is %s, the media %s", p.Codecs, audio.Codec)
	}
	if p := e.variant; p.Width != 0 || p.Height != 0 {
		v.report(ruleResolution, p.URI, "RESOLUTION of sound alone")
	}
	if p := e.variant; p.FrameRate != 0 {
		v.report(ruleFrameRate, p.URI, "FRAME-RATE of sound alone")
	}
	v.checkBitrates(e)
	v.checkContinuity(e)
	v.checkDurations(e, ticks, audio)
}

// checkSounds compares the variants of sound alone with the first that has
// pictures. Frames of sound do not divide a segment: beside pictures a segment's
// sound ends with the last frame that is decoded before its last picture is, so
// up to that picture's reordering and one frame early, or one frame late. At the
// end there are a frame of the encoder's start and one of its padding.
func (v *verifier) checkSounds(sounds, ladder []examined) {
	if len(ladder) == 0 {
		return
	}
	first := ladder[0]
	for _, e := range sounds {
		if e.list.TargetDuration != first.list.TargetDuration {
			v.report(ruleSameTarget, e.object, "target duration of %d s beside %d s", e.list.TargetDuration, first.list.TargetDuration)
		}
		frame := e.soundFrame()
		if off := e.list.Duration() - first.list.Duration(); abs(off) > max(2*frame, first.frame()) {
			v.report(ruleSameDuration, e.object, "lasts %d µs more than %s", off, first.object)
		}
		v.checkSoundAligned(e, first, frame)
	}
}

func (v *verifier) checkSoundAligned(e, first examined, frame int64) {
	if len(e.timeline.segments) != len(first.timeline.segments) {
		v.report(ruleAligned, e.object, "%d segments beside %d", len(e.timeline.segments), len(first.timeline.segments))
		return
	}
	for i := range e.timeline.segments {
		off := e.soundStart(i) - first.start(i)
		switch {
		case i == 0 && abs(off) > frame:
			v.report(ruleSameRange, e.segment(i), "starts %d µs after %s", off, first.segment(i))
		case off < -first.delay()-frame || off > 2*frame: // the encoder's priming delays the pictures by one, where they are not reordered
			v.report(ruleAligned, e.segment(i), "starts %d µs after %s", off, first.segment(i))
		}
	}
}

// soundStart is the decode time of the i-th segment's first frame of sound, in
// microseconds.
func (e examined) soundStart(i int) int64 {
	audio, _ := e.timeline.init.Audio()
	return toMicros(e.timeline.segments[i].Runs[audio.ID].Start, audio.Timescale)
}

// soundFrame is the longest frame of sound of the first segment, in microseconds.
func (e examined) soundFrame() int64 {
	audio, _ := e.timeline.init.Audio()
	return toMicros(e.timeline.segments[0].Runs[audio.ID].Longest, audio.Timescale)
}
