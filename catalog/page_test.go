package catalog

import "testing"

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	want := Cursor{Position: 7, ID: "crs_1"}
	if got, err := ParseCursor(want.String()); got != want || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"?", "e30", "bm8", Cursor{ID: "a\x00"}.String(), Cursor{Position: 1 << 40, ID: "a"}.String()} {
		if _, err := ParseCursor(bad); err == nil {
			t.Errorf("ParseCursor(%q) took it", bad)
		}
	}
}

func TestPageSize(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{-1: 50, 0: 50, 1: 1, 200: 200, 9999: 200} {
		if got := (PageRequest{Limit: limit}).Size(); got != want {
			t.Errorf("limit %d gives %d, want %d", limit, got, want)
		}
	}
}
