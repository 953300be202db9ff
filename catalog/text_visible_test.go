package catalog_test

import (
	"testing"

	"rounds/catalog"
)

func TestTitlesCanBeSeen(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " \u00a0", "\u200b\u200d", "\u2060\ufeff", "\u3164", "\u2800", "\u00ad", "\ufe0f", "\u115f \u202e"} {
		if _, err := catalog.CleanLine("title", text, 100, true); err == nil {
			t.Errorf("%+q is taken", text)
		}
	}
	for _, text := range []string{"A", "é", "е́", "心", "👩\u200d⚕️", "عنوان"} {
		if _, err := catalog.CleanLine("title", text, 100, true); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
