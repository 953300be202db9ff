package transcode_test

import (
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

func TestJudgeEncode(t *testing.T) {
	t.Parallel()
	told := []catalog.Warning{{Code: "damaged"}}
	tests := []struct {
		name                        string
		complaints, decoded, source int
		grid                        int
		told                        []catalog.Warning
		warning, refusal            bool
	}{
		{name: "sound", decoded: 3000, source: 3000, grid: 3000},
		{name: "nothing was counted", source: 3000, grid: 3000},
		{name: "a cut end", complaints: 3, decoded: 2997, source: 3000, grid: 3000},
		{name: "broken", complaints: 4, decoded: 3000, source: 3000, grid: 3000, warning: true},
		{name: "little in a long one", complaints: 90, decoded: 90_000, source: 90_000, grid: 90_000},
		{name: "much in a long one", complaints: 91, decoded: 90_000, source: 90_000, grid: 90_000, warning: true},
		{name: "told already", complaints: 500, decoded: 3000, source: 3000, grid: 3000, told: told},
		{name: "pictures are missing, without a word", decoded: 2849, source: 3000, grid: 3000, warning: true},
		{name: "few are", decoded: 2850, source: 3000, grid: 3000},
		{name: "half of them", decoded: 1500, source: 3000, grid: 3000, warning: true},
		{name: "most of them", decoded: 1499, source: 3000, grid: 3000, told: told, refusal: true},
		{name: "one of two in a short one", decoded: 1, source: 4, grid: 50},
		{name: "one of five", decoded: 1, source: 5, grid: 50, refusal: true},
		{name: "fields counted as frames", decoded: 6000, source: 3000, grid: 3000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			plan := transcode.Plan{Frames: test.grid, SourceFrames: test.source}
			progress := transcode.EncodeProgress{Complaints: test.complaints, Decoded: test.decoded}
			warnings, failure := transcode.JudgeEncode(plan, progress, test.told)
			if (len(warnings) == 1) != test.warning || (failure != nil) != test.refusal {
				t.Errorf("warnings %+v, failure %+v", warnings, failure)
			}
			if failure != nil && (failure.Code != catalog.FailDamaged || failure.Message == "") {
				t.Errorf("failure %+v", failure)
			}
		})
	}
}
