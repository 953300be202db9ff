package ffmpeg

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"rounds/catalog"
	"rounds/transcode"
)

// measure demuxes every packet, since headers lie, and completes the probe.
func (t *Tool) measure(ctx context.Context, path string, p *transcode.Probe) error {
	m := measurement{tracks: tracksOf(p)}
	if p.Container == "mpegts" {
		m.clock, m.lined = &clock{next: map[int]float64{}, told: map[int]float64{}}, tracksOf(p)
	}
	err := t.ffprobeAndHear(ctx, path, &lines{each: m.packet}, &lines{each: m.complaint}, "-v", "warning", "-show_entries",
		"packet=stream_index,pts_time,dts_time,duration_time,size,flags", "-print_format", "csv=print_section=0")
	if err != nil {
		return err
	}
	p.Damage = m.damage
	if m.clock != nil && m.clock.breaks > 0 {
		m.tracks = m.lined
		p.ClockBreaks, p.DurationS = m.clock.breaks, 0
		if p.Video != nil {
			p.Video.DeclaredS = 0
		}
	}
	if p.Video != nil {
		m.tracks[p.Video.Index].video(p.Video)
	}
	if p.Audio != nil {
		a := m.tracks[p.Audio.Index]
		p.Audio.StartS, p.Audio.EndS = a.start, a.end
		if a.packets == 0 {
			p.Audio = nil
		}
	}
	return nil
}

func tracksOf(p *transcode.Probe) map[int]*track {
	tracks := map[int]*track{}
	if p.Video != nil {
		tracks[p.Video.Index] = &track{keepTimes: true}
	}
	if p.Audio != nil {
		tracks[p.Audio.Index] = &track{}
	}
	return tracks
}

// measurement gathers the packets of some streams.
type measurement struct {
	tracks map[int]*track
	clock  *clock         // nil where the container has but one
	lined  map[int]*track // with the times that clock makes
	damage int
}

// containerWords are how demuxers say that what they read is damaged.
var containerWords = []string{
	"Packet corrupt", "Packet mismatch", "PES packet size mismatch", "File ended prematurely", "partial file",
	"exceeds containing master element", "invalid as first byte of an EBML number",
}

func (m *measurement) complaint(line string) error {
	for _, words := range containerWords {
		if strings.Contains(line, words) {
			m.damage++
			break
		}
	}
	return nil
}

// track is what the packets of one stream tell.
type track struct {
	keepTimes  bool
	packets    int
	empty      int // packets that hold nothing: the picture before them stays
	start, end float64
	times      []float64
	away, lead int // packets since the last key frame; their sum over all packets
}

// maxPackets is twelve hours at 240 frames a second.
const maxPackets = 12 * 3600 * 240

// packet reads "stream,pts,dts,duration,size,flags". Packets without a time, and
// those an edit list discards (flag D), are not presented.
func (m *measurement) packet(line string) error {
	fields := strings.Split(line, ",")
	if len(fields) < 6 || strings.Contains(fields[5], "D") {
		return nil
	}
	index, ok := number(fields[0])
	track := m.tracks[int(index)]
	if !ok || track == nil {
		return nil
	}
	at, ok := number(fields[1])
	dts, decoded := number(fields[2])
	if !ok {
		at, ok = dts, decoded
	}
	if !ok {
		return nil
	}
	if track.packets >= maxPackets {
		return transcode.Unusable(catalog.FailTooLong)
	}
	duration, key, empty := seconds(fields[3]), strings.Contains(fields[5], "K"), fields[4] == "0"
	track.add(at, duration, key, empty)
	if m.clock != nil && decoded {
		m.lined[int(index)].add(at+m.clock.shift(int(index), dts, duration), duration, key, empty)
	}
	return nil
}

// number reads a value of a packet; "N/A" is none.
func number(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func (t *track) add(at, duration float64, key, empty bool) {
	if empty {
		t.empty++
	}
	t.reach(key)
	if t.packets == 0 {
		t.start, t.end = at, at+duration
	}
	t.packets++
	t.start, t.end = min(t.start, at), max(t.end, at+duration)
	if t.keepTimes {
		t.times = append(t.times, at)
	}
}

// reach counts how far a packet is from its key frame.
func (t *track) reach(key bool) {
	if t.away++; key {
		t.away = 0
	}
	t.lead += t.away
}

// video fills in what the times of all frames tell.
func (t *track) video(v *transcode.VideoStream) {
	slices.Sort(t.times)
	times := slices.Compact(t.times)
	v.StartS, v.EndS, v.Frames = t.start, t.end, t.packets-t.empty
	if len(times) < 2 {
		return
	}
	last := times[len(times)-1]
	gaps := make([]float64, 0, len(times)-1)
	for i := range len(times) - 1 {
		gaps = append(gaps, times[i+1]-times[i])
	}
	slices.Sort(gaps)
	v.QuickGapS = gaps[len(gaps)/10]
	v.MeanRate, v.Regular = regularity(gaps)
	v.LeadS = float64(t.lead) / float64(t.packets) * (t.end - t.start) / float64(t.packets)
	if t.end <= last { // the last packet tells no duration
		v.EndS = last + gaps[len(gaps)/2]
	}
}

// regularity takes sorted gaps and returns the rate of those that are the usual
// one, give or take a millisecond's rounding, and whether all but one in fifty
// are and none is long.
func regularity(gaps []float64) (rate float64, regular bool) {
	usual := gaps[len(gaps)/2]
	sum, count := 0.0, 0
	for _, g := range gaps {
		if math.Abs(g-usual) <= 0.0011+usual*0.03 {
			sum += g
			count++
		}
	}
	odd := len(gaps) - count
	return float64(count) / sum, odd*50 <= len(gaps) && gaps[len(gaps)-1] < 4*usual
}
