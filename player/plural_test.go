package player

import "testing"

// TestPlurals has the samples that CLDR gives for each form.
func TestPlurals(t *testing.T) {
	t.Parallel()
	locales := loadLocales()
	for lang, samples := range map[string]map[string][]int{
		"en": {"one": {1}, "other": {0, 2, 11, 101}},
		"ar": {
			"zero": {0}, "one": {1}, "two": {2}, "few": {3, 10, 103, 110, 1003}, "many": {11, 26, 99, 111, 1011},
			"other": {100, 102, 200, 202, 300, 1000},
		},
	} {
		for want, counts := range samples {
			for _, n := range counts {
				if got := locales[lang].Plurals.form(n); got != want {
					t.Errorf("%s: %d is %q, want %q", lang, n, got, want)
				}
			}
		}
	}
}

func TestPluralConditions(t *testing.T) {
	t.Parallel()
	slavic := "n % 10 = 2..4 and n % 100 != 12..14 or n = 77,79"
	for n, want := range map[int]bool{2: true, 12: false, 22: true, 25: false, 77: true, 78: false, 79: true, 113: false} {
		if meets(n, slavic) != want {
			t.Errorf("%d: %v", n, !want)
		}
	}
}
