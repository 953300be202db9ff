package transcode

import (
	"fmt"
	"math"

	"rounds/catalog"
)

// Loudness is the whole sound track as measured in stereo by EBU R 128, the
// first of two passes. Its zero value means that it was not measured.
type Loudness struct {
	Measured   bool
	Integrated float64 // LUFS; silence is -70 or less
	TruePeak   float64 // dBTP
	Left       float64 // RMS in dBFS; silence is -120 or less
	Right      float64
}

// What every recording is brought to: the loudness players of phones and
// computers expect of speech, and head room for the AAC encoder.
const (
	targetLoudness = -16.0 // LUFS
	targetPeak     = -1.5  // dBTP
)

// Bounds of what a gain can mend. Below quietLoudness speech is lost in noise.
const (
	maxGain       = 30.0
	quietLoudness = -45.0 // LUFS
	silence       = -69.0 // LUFS
	deadChannel   = -65.0 // dBFS, RMS
	oneSidedBy    = 25.0  // dB between the channels
)

// Leveling is the second pass: how sound is treated to reach the target.
type Leveling struct {
	GainDB float64
	Limit  bool // peaks would pass the target
	// From is the one channel that is heard, to be given to both sides; -1
	// when both are.
	From int
}

// Leveling turns the measurement into a treatment. A constant gain keeps the
// talk's own dynamics; only peaks that would pass the target are limited.
func (l Loudness) Leveling() Leveling {
	level := Leveling{From: l.oneSided()}
	if !l.Measured || l.Integrated <= silence {
		return level
	}
	loudness := l.Integrated
	if level.From >= 0 {
		loudness += 10 * math.Log10(2) // both sides carry it then
	}
	level.GainDB = math.Round(100*min(maxGain, max(-maxGain, targetLoudness-loudness))) / 100
	level.Limit = l.TruePeak+level.GainDB > targetPeak
	return level
}

// String tells the treatment in words.
func (l Leveling) String() string {
	s := fmt.Sprintf("%+.1f dB towards %g LUFS", l.GainDB, targetLoudness)
	if l.Limit {
		s += fmt.Sprintf(", peaks limited to %g dB", targetPeak)
	}
	if l.From >= 0 {
		s += fmt.Sprintf(", channel %d on both sides", l.From+1)
	}
	return s
}

// oneSided gives the channel that is heard when the other is dead, else -1.
func (l Loudness) oneSided() int {
	switch {
	case !l.Measured:
	case l.Right <= deadChannel && l.Left-l.Right >= oneSidedBy:
		return 0
	case l.Left <= deadChannel && l.Right-l.Left >= oneSidedBy:
		return 1
	}
	return -1
}

// Warnings lists what a presenter should know about how it sounds.
func (l Loudness) Warnings() []catalog.Warning {
	var list []catalog.Warning
	if l.oneSided() >= 0 {
		list = append(list, catalog.Warning{Code: "one_sided_audio", Message: "The sound is on one side only. It is played on both sides, so nothing needs to be done; please check the microphone before the next recording."})
	}
	if l.Measured && l.Integrated < quietLoudness {
		list = append(list, catalog.Warning{Code: "quiet_audio", Message: "The sound is so quiet that it can hardly be heard. It was made louder as far as possible; please listen to it, and upload the recording again if the wrong microphone was recorded."})
	}
	return list
}
