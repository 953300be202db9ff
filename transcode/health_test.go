package transcode

import (
	"testing"

	"rounds/catalog"
)

func TestHealthWarnings(t *testing.T) {
	t.Parallel()
	told := []catalog.Warning{damaged("told")}
	tests := []struct {
		name                     string
		complaints, frames, want int
		told                     []catalog.Warning
	}{
		{"sound", 0, 3000, 0, nil},
		{"a cut end", 3, 3000, 0, nil},
		{"broken", 4, 3000, 1, nil},
		{"little in a long one", 90, 90_000, 0, nil},
		{"much in a long one", 91, 90_000, 1, nil},
		{"told already", 500, 3000, 0, told},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := healthWarnings(Plan{Frames: test.frames}, EncodeProgress{Complaints: test.complaints}, test.told)
			if len(got) != test.want {
				t.Errorf("got %+v, want %d", got, test.want)
			}
		})
	}
}
