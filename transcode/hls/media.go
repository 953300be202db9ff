package hls

import (
	"fmt"
	"math/big"
	"strings"
)

// extinfs turns the segments' durations in ticks into microseconds whose sum
// is the total rounded once: each boundary is rounded, not each duration, so
// errors never add up.
func extinfs(ticks []int64, timescale uint32) []int64 {
	durations := make([]int64, len(ticks))
	var at, before int64
	for i, t := range ticks {
		at += t
		boundary := toMicros(at, timescale)
		durations[i], before = boundary-before, boundary
	}
	return durations
}

// toMicros converts ticks to microseconds, rounded to the nearest.
func toMicros(ticks int64, timescale uint32) int64 {
	n := new(big.Int).Mul(big.NewInt(ticks), big.NewInt(2_000_000))
	n.Add(n, big.NewInt(int64(timescale)))
	return n.Div(n, big.NewInt(2*int64(timescale))).Int64()
}

// timeline is what the segments of one rendition say together.
type timeline struct {
	init     Init
	segments []Segment
}

// videoTicks lists the video track's duration in each segment.
func (t timeline) videoTicks() ([]int64, Track, error) {
	video, ok := t.init.Video()
	if !ok {
		return nil, Track{}, fmt.Errorf("%w: no video track", ErrMalformed)
	}
	ticks := make([]int64, len(t.segments))
	for i, s := range t.segments {
		ticks[i] = s.Runs[video.ID].Duration
		if ticks[i] <= 0 {
			return nil, Track{}, fmt.Errorf("%w: segment %d has no pictures", ErrMalformed, i)
		}
	}
	return ticks, video, nil
}

// soundTicks lists the audio track's duration in each segment; ok is false when
// there is no such track, or a segment without a sound.
func (t timeline) soundTicks() (ticks []int64, audio Track, ok bool) {
	audio, ok = t.init.Audio()
	for _, s := range t.segments {
		run := s.Runs[audio.ID]
		ok = ok && run.Duration > 0
		ticks = append(ticks, run.Duration)
	}
	return ticks, audio, ok
}

// samples counts the samples of a track.
func (t timeline) samples(track Track) (n int) {
	for _, s := range t.segments {
		n += s.Runs[track.ID].Samples
	}
	return n
}

// frameRate is pictures over time, as the samples say.
func (t timeline) frameRate() float64 {
	video, _ := t.init.Video()
	var samples int
	var ticks int64
	for _, s := range t.segments {
		run := s.Runs[video.ID]
		samples, ticks = samples+run.Samples, ticks+run.Duration
	}
	if ticks == 0 {
		return 0
	}
	return float64(samples) * float64(video.Timescale) / float64(ticks)
}

// codecs is the CODECS attribute: video, then audio, whatever there is of them.
func (i Init) codecs() string {
	var list []string
	if video, ok := i.Video(); ok {
		list = append(list, video.Codec)
	}
	if audio, ok := i.Audio(); ok {
		list = append(list, audio.Codec)
	}
	return strings.Join(list, ",")
}
