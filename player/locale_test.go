package player

import (
	"regexp"
	"strings"
	"testing"
)

// wordKeys finds the keys that templates and code ask for.
var wordKeys = regexp.MustCompile(`(?:\bT |T\(|"key": ?)"([a-z_]+\.[a-z_]+)"`)

// TestWordsExist fails on a template or form that asks for words nobody wrote.
func TestWordsExist(t *testing.T) {
	t.Parallel()
	l := loadLocales()[defaultLanguage]
	for _, folder := range []string{"templates", "templates/shared"} {
		entries, err := templateFiles.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			text, _ := templateFiles.ReadFile(folder + "/" + entry.Name())
			for _, found := range wordKeys.FindAllStringSubmatch(string(text), -1) {
				if _, ok := l.Strings[found[1]]; !ok {
					t.Errorf("%s asks for %q, which locales/en.json lacks", entry.Name(), found[1])
				}
			}
		}
	}
}

// TestLocalesAreComplete compares every language with English, word by word.
func TestLocalesAreComplete(t *testing.T) {
	t.Parallel()
	locales := loadLocales()
	english := locales[defaultLanguage]
	for lang, l := range locales {
		for _, pair := range []struct{ want, have map[string]string }{
			{english.Strings, l.Strings}, {english.Script, l.Script}, {english.Countries, l.Countries},
		} {
			for key, text := range pair.want {
				if have := pair.have[key]; have == "" {
					t.Errorf("%s lacks %q", lang, key)
				} else if strings.Count(have, "%") != strings.Count(text, "%") {
					t.Errorf("%s: %q has other places to fill in than English", lang, key)
				}
			}
		}
	}
}
