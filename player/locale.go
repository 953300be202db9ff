package player

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// defaultLanguage is complete; others fall back to it word by word.
const defaultLanguage = "en"

// locale holds the words of one language: locales/LANG.json.
type locale struct {
	Lang      string             `json:"lang"` // BCP 47
	Name      string             `json:"name"` // what its readers call it
	Dir       string             `json:"dir"`  // ltr or rtl
	Plurals   pluralRules        `json:"plurals"`
	Weekdays  []string           `json:"weekdays"` // short, from Sunday
	Months    []string           `json:"months"`   // short
	Strings   map[string]string  `json:"strings"`
	Script    map[string]string  `json:"script"`    // handed to the page's script
	Sentences map[string]wording `json:"sentences"` // of the rest of the program: English → the language's
	Countries map[string]string  `json:"countries"` // ISO 3166-1 alpha-2 → name
	Languages map[string]string  `json:"languages"` // of captions: BCP 47 tag → name
}

// loadLocales reads every file of locales/.
func loadLocales() map[string]*locale {
	entries, err := localeFiles.ReadDir("locales")
	if err != nil {
		panic(err) // embedded
	}
	locales := map[string]*locale{}
	for _, entry := range entries {
		text, err := localeFiles.ReadFile("locales/" + entry.Name())
		if err != nil {
			panic(err)
		}
		l := &locale{}
		if err := json.Unmarshal(text, l); err != nil {
			panic(fmt.Sprintf("locales/%s: %v", entry.Name(), err))
		}
		locales[l.Lang] = l
	}
	return locales
}

// calendar is what dates on pages are written with: weekdays from Sunday, then months.
func (l *locale) calendar() []string { return append(slices.Clone(l.Weekdays), l.Months...) }

// T returns the words for key with args filled in; the key itself when there are
// none. Args that read the other way do not mix with the words around them.
func (l *locale) T(key string, args ...any) string {
	text, ok := l.Strings[key]
	if !ok {
		return key
	}
	// A form like "two minutes" may leave its only place to fill in out.
	if len(args) == 0 || !strings.Contains(text, "%") {
		return text
	}
	isolated := make([]any, len(args))
	for i, arg := range args {
		isolated[i] = l.isolate(arg)
	}
	return fmt.Sprintf(text, isolated...)
}

// N is T for a count: key.FORM of the language, with the count as first argument.
func (l *locale) N(key string, n int, args ...any) string {
	return l.T(key+"."+l.Plurals.form(n), append([]any{n}, args...)...)
}

// Words between these do not mix with those around them (UAX #9).
const (
	isolationStart = "\u2068" // FIRST STRONG ISOLATE
	isolationEnd   = "\u2069" // POP DIRECTIONAL ISOLATE
)

// isolate keeps words of the other direction, such as names and addresses, in
// one piece.
func (l *locale) isolate(arg any) any {
	text, ok := arg.(string)
	if !ok || text == "" || l.Dir != "rtl" && !strings.ContainsFunc(text, rightToLeft) {
		return arg
	}
	return isolationStart + text + isolationEnd
}

// rightToLeft tells letters of scripts that are read from the right.
func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko)
}

// ScriptStrings are the words that the page's script needs.
func (l *locale) ScriptStrings() map[string]string { return l.Script }

// countryOptions lists the countries by name for a select.
func (l *locale) countryOptions() []Option {
	options := []Option{{Value: "", Label: l.T("form.choose")}}
	codes := slices.SortedFunc(maps.Keys(l.Countries), func(a, b string) int {
		return strings.Compare(l.Countries[a], l.Countries[b])
	})
	for _, code := range codes {
		options = append(options, Option{Value: code, Label: l.Countries[code]})
	}
	return options
}
