package transcode_test

import (
	"testing"

	"rounds/transcode"
)

func TestLeveling(t *testing.T) {
	t.Parallel()
	heard := func(integrated, peak, left, right float64) transcode.Loudness {
		return transcode.Loudness{Measured: true, Integrated: integrated, TruePeak: peak, Left: left, Right: right}
	}
	tests := []struct {
		name    string
		heard   transcode.Loudness
		want    transcode.Leveling
		warning string
	}{
		{"not measured", transcode.Loudness{}, transcode.Leveling{From: -1}, ""},
		{"right as it is", heard(-16, -3, -20, -20), transcode.Leveling{From: -1}, ""},
		{"soft", heard(-30, -10, -34, -34), transcode.Leveling{GainDB: 14, Limit: true, From: -1}, ""},
		{"loud", heard(-9, 0.5, -12, -12), transcode.Leveling{GainDB: -7, From: -1}, ""},
		{"right channel dead", heard(-19.01, -6, -20, -110), transcode.Leveling{From: 0}, "one_sided_audio"},
		{"left channel dead", heard(-29.01, -10, -200, -30), transcode.Leveling{GainDB: 10, Limit: true, From: 1}, "one_sided_audio"},
		{"hardly heard", heard(-60, -50, -62, -62), transcode.Leveling{GainDB: 30, From: -1}, "quiet_audio"},
		{"silence", heard(-70, -200, -200, -200), transcode.Leveling{From: -1}, "quiet_audio"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.heard.Leveling(); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			warnings := test.heard.Warnings()
			if (test.warning == "") != (len(warnings) == 0) || len(warnings) > 0 && warnings[0].Code != test.warning {
				t.Errorf("warnings %+v, want %q", warnings, test.warning)
			}
		})
	}
}
