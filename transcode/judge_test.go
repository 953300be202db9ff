package transcode_test

import (
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

// talk is an ordinary recording: an hour of 1080p25 with stereo sound.
func talk() transcode.Probe {
	return transcode.Probe{
		Container: "mov", SizeBytes: 1 << 30, DurationS: 3600, Streams: 2,
		Video: &transcode.VideoStream{
			Codec: "h264", Width: 1920, Height: 1080, PixelFormat: "yuv420p", EndS: 3600, DeclaredS: 3600,
			Frames: 90_000, MeanRate: 25, QuickGapS: 0.04, Regular: true, RealRate: transcode.Ratio{Num: 25, Den: 1},
		},
		Audio: &transcode.AudioStream{Index: 1, Codec: "aac", SampleRate: 44100, Channels: 2, EndS: 3600},
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		change  func(*transcode.Probe)
		code    catalog.FailureCode
		warning string
	}{
		{name: "ordinary", change: func(*transcode.Probe) {}},
		{name: "silent", change: func(p *transcode.Probe) { p.Audio = nil }, warning: "no_audio"},
		{name: "strange sound", change: func(p *transcode.Probe) { p.Audio.Codec = "binkaudio_dct" }, warning: "unsupported_audio"},
		{name: "picture ends early", change: func(p *transcode.Probe) { p.Video.EndS, p.Video.DeclaredS = 3500, 3500 }, warning: "picture_ends_early"},
		{name: "sound ends early", change: func(p *transcode.Probe) { p.Audio.EndS = 1000 }, warning: "sound_ends_early"},
		{name: "empty", change: func(p *transcode.Probe) { p.SizeBytes = 0 }, code: catalog.FailEmpty},
		{name: "encrypted", change: func(p *transcode.Probe) { p.Encrypted = true }, code: catalog.FailEncrypted},
		{name: "nothing", change: func(p *transcode.Probe) { p.Video, p.Audio = nil, nil }, code: catalog.FailNothing},
		{name: "no picture", change: func(p *transcode.Probe) { p.Video = nil }, code: catalog.FailNoVideo},
		{name: "strange codec", change: func(p *transcode.Probe) { p.Video.Codec = "binkvideo" }, code: catalog.FailUnsupported},
		{name: "no size", change: func(p *transcode.Probe) { p.Video.Width = 0 }, code: catalog.FailUnsupported},
		{name: "8K", change: func(p *transcode.Probe) { p.Video.Width, p.Video.Height = 7680, 4320 }, code: catalog.FailTooLarge},
		{name: "shape makes it huge", change: func(p *transcode.Probe) { p.Video.SampleShape = transcode.Ratio{Num: 9, Den: 1} }, code: catalog.FailTooLarge},
		{name: "end is missing", change: func(p *transcode.Probe) { p.Video.EndS, p.Audio.EndS = 2000, 2000 }, code: catalog.FailTruncated},
		{name: "a recorder crashed", change: func(p *transcode.Probe) { p.Video.EndS, p.Audio.EndS = 3500, 3500 }, warning: "damaged"},
		{name: "no packets", change: func(p *transcode.Probe) { p.Video.Frames = 0 }, code: catalog.FailTruncated},
		{name: "a day", change: func(p *transcode.Probe) { p.Video.EndS, p.Video.DeclaredS = 86400, 86400 }, code: catalog.FailTooLong},
		{name: "a blink", change: func(p *transcode.Probe) {
			p.DurationS, p.Video.EndS, p.Video.DeclaredS, p.Audio.EndS = 0.1, 0.1, 0.1, 0.1
		}, code: catalog.FailTooShort},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := talk()
			test.change(&p)
			warnings, failure := transcode.Judge(p)
			if test.code != "" {
				if failure == nil || failure.Code != test.code || failure.Message == "" {
					t.Fatalf("failure %+v, want %s", failure, test.code)
				}
				return
			}
			if failure != nil {
				t.Fatalf("refused: %+v", failure)
			}
			if test.warning == "" && len(warnings) > 0 || test.warning != "" && (len(warnings) != 1 || warnings[0].Code != test.warning) {
				t.Errorf("warnings %+v, want %q", warnings, test.warning)
			}
		})
	}
}
