package player

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
				if _, ok := l.Strings[found[1]]; !ok && !strings.HasSuffix(found[1], ".json") {
					t.Errorf("%s asks for %q, which locales/en.json lacks", entry.Name(), found[1])
				}
			}
		}
	}
}

// scriptKeys finds the keys that scripts ask for.
var scriptKeys = regexp.MustCompile(`\bt\("([A-Za-z.]+)"`)

func TestWordsOfScriptsExist(t *testing.T) {
	t.Parallel()
	l := loadLocales()[defaultLanguage]
	for name, text := range scripts(t) {
		for _, found := range scriptKeys.FindAllStringSubmatch(text, -1) {
			if _, ok := l.Script[found[1]]; !ok {
				t.Errorf("%s asks for %q, which locales/en.json lacks", name, found[1])
			}
		}
	}
}

// scripts are the sources of what runs in browsers, without their tests.
func scripts(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("src/*.ts")
	if err != nil || len(names) == 0 {
		t.Fatal("no scripts", err)
	}
	texts := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, ".test.ts") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// TestLocalesAreComplete compares every language with English, word by word:
// none is missing, none is left over, and each has the same places to fill in.
func TestLocalesAreComplete(t *testing.T) {
	t.Parallel()
	locales := loadLocales()
	english := locales[defaultLanguage]
	for lang, l := range locales {
		if l.Name == "" || l.Dir != "ltr" && l.Dir != "rtl" || len(l.Weekdays) != 7 || len(l.Months) != 12 {
			t.Errorf("%s lacks its name, direction, weekdays or months", lang)
		}
		for _, fault := range slices.Concat(
			faults(expected(english.Strings, l.Plurals), l.Strings), faults(english.Script, l.Script),
			faults(english.Countries, l.Countries), faults(english.Languages, l.Languages),
		) {
			t.Errorf("%s: %s", lang, fault)
		}
	}
}

// keyWritten finds the key of a line of a locale's texts.
var keyWritten = regexp.MustCompile(`(?m)^\s*"([a-z_]+\.[^"]+)":`)

// TestEachKeyIsWrittenOnce: of two lines with one key the first would be changed in vain.
func TestEachKeyIsWrittenOnce(t *testing.T) {
	t.Parallel()
	for lang := range loadLocales() {
		text, err := localeFiles.ReadFile("locales/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, found := range keyWritten.FindAllStringSubmatch(string(text), -1) {
			if seen[found[1]] {
				t.Errorf("%s: %q is written twice", lang, found[1])
			}
			seen[found[1]] = true
		}
		if len(seen) < 1000 {
			t.Errorf("%s: only %d keys were found", lang, len(seen))
		}
	}
}

// TestFaultsOfLocalesAreFound holds the comparison itself to what it must find.
func TestFaultsOfLocalesAreFound(t *testing.T) {
	t.Parallel()
	english := map[string]string{"a": "%d of %s", "b.one": "%d day", "b.other": "%d days", "c": "{n} left"}
	dual := pluralRules{"one": "n = 1", "two": "n = 2"}
	whole := map[string]string{"a": "%[2]s: %[1]d", "b.one": "a day", "b.two": "two days", "b.other": "%d days", "c": "left: {n}"}
	if found := faults(expected(english, dual), whole); len(found) != 0 {
		t.Errorf("found in a whole one: %q", found)
	}
	for key, text := range map[string]string{"a": "%s: %d", "b.two": "", "b.other": "days", "c": "left", "d": "new"} {
		broken := maps.Clone(whole)
		broken[key] = text
		if found := faults(expected(english, dual), broken); len(found) != 1 || !strings.Contains(found[0], key) {
			t.Errorf("%s %q: %q", key, text, found)
		}
	}
}

// expected is English with the plural forms that another language has instead.
func expected(english map[string]string, rules pluralRules) map[string]string {
	words := maps.Clone(english)
	for key, text := range english {
		stem, isPlural := strings.CutSuffix(key, "."+pluralOther)
		if _, hasOne := english[stem+".one"]; !isPlural || !hasOne {
			continue
		}
		delete(words, stem+".one")
		for form := range rules {
			words[stem+"."+form] = text
		}
	}
	return words
}

// faults tells how words differ from those expected.
func faults(expected, have map[string]string) []string {
	var found []string
	for key, text := range expected {
		switch {
		case have[key] == "":
			found = append(found, "lacks "+key)
		case !fills(text, have[key], key):
			found = append(found, key+" has other places to fill in than English: "+have[key])
		}
	}
	for key := range have {
		if _, ok := expected[key]; !ok {
			found = append(found, "has "+key+", which English has not")
		}
	}
	return found
}

// places finds what is filled in: Go's verbs, with or without their number, and {names}.
var places = regexp.MustCompile(`%(?:\[(\d+)\])?([a-z])|\{\w+\}`)

// fills tells whether two texts have the same places to fill in. A plural form
// that stands for one number need not repeat it, if that is all there is.
func fills(want, have, key string) bool {
	wanted, had := placesOf(want), placesOf(have)
	if slices.Equal(wanted, had) {
		return true
	}
	_, form, _ := cutLast(key, ".")
	return len(had) == 0 && len(wanted) == 1 && slices.Contains([]string{"zero", "one", "two"}, form)
}

// placesOf lists the places as "argument verb", or by their names, sorted.
func placesOf(text string) []string {
	var found []string
	argument := 0
	for _, place := range places.FindAllStringSubmatch(text, -1) {
		if place[2] == "" {
			found = append(found, place[0])
			continue
		}
		argument++
		if place[1] != "" {
			argument, _ = strconv.Atoi(place[1])
		}
		found = append(found, fmt.Sprint(argument, " ", place[2]))
	}
	slices.Sort(found)
	return found
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
