package ffmpeg

import "testing"

// TestClock: two recordings of two streams, one after the other in one file,
// where the last sound of the first is told late; and a long hole, which is no
// break.
func TestClock(t *testing.T) {
	t.Parallel()
	type packet struct {
		stream    int
		dts, want float64
	}
	tests := []struct {
		name    string
		packets []packet
		breaks  int
	}{
		{"one clock", []packet{{0, 5, 5}, {1, 5, 5}, {0, 6, 6}, {1, 6, 6}}, 0},
		{"a little disorder", []packet{{0, 5, 5}, {0, 6, 6}, {0, 5.95, 5.95}, {0, 7, 7}}, 0},
		{"anew", []packet{{0, 20, 20}, {1, 20, 20}, {0, 1, 21}, {1, 21, 21}, {1, 1, 22}, {0, 2, 23}, {1, 2, 23}}, 2},
		{"a pause of both", []packet{{0, 5, 5}, {1, 5, 5}, {0, 30, 6}, {1, 6, 6}, {1, 30, 7}, {0, 31, 8}}, 0},
		{"a hole", []packet{{0, 5, 5}, {0, 10, 10}, {1, 5, 5}, {1, 6, 6}}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := clock{next: map[int]float64{}, told: map[int]float64{}}
			for i, p := range test.packets {
				if got := p.dts + c.shift(p.stream, p.dts, 1); got != p.want {
					t.Errorf("packet %d is at %v, want %v", i, got, p.want)
				}
			}
			if c.breaks != test.breaks {
				t.Errorf("%d breaks, want %d", c.breaks, test.breaks)
			}
		})
	}
}
