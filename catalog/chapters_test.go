package catalog

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckChapters(t *testing.T) {
	t.Parallel()
	good, err := CheckChapters([]Chapter{{0, "  Opening  words "}, {59_999, "Close"}}, 60_000)
	if err != nil || good[0].Title != "Opening words" || len(good) != 2 {
		t.Errorf("%v, %v", good, err)
	}
	if none, err := CheckChapters(nil, 60_000); err != nil || none == nil {
		t.Errorf("no chapters: %v, %v", none, err)
	}
	for field, chapters := range map[string][]Chapter{
		"items":            make([]Chapter, MaxChapters+1),
		"items[0].title":   {{0, " "}},
		"items[1].title":   {{0, "a"}, {1, strings.Repeat("é", 121)}},
		"items[0].start_s": {{60_000, "a"}},
		"items[1].start_s": {{5000, "a"}, {5000, "b"}},
		"items[2].start_s": {{0, "a"}, {5000, "b"}, {4000, "c"}},
	} {
		_, err := CheckChapters(chapters, 60_000)
		var wrong *FieldError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := CheckChapters([]Chapter{{-1, "a"}}, 60_000); err == nil {
		t.Error("a chapter before the recording")
	}
}
