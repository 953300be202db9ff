package player

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// defaultLanguage is complete; others fall back to it word by word.
const defaultLanguage = "en"

// locale holds the words of one language: locales/LANG.json.
type locale struct {
	Lang      string            `json:"lang"`
	Dir       string            `json:"dir"` // ltr or rtl
	Strings   map[string]string `json:"strings"`
	Script    map[string]string `json:"script"`    // handed to the page's script
	Countries map[string]string `json:"countries"` // ISO 3166-1 alpha-2 → name
	Languages map[string]string `json:"languages"` // of captions: BCP 47 tag → name
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

// T returns the words for key with args filled in; the key itself when there are none.
func (l *locale) T(key string, args ...any) string {
	text, ok := l.Strings[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// N is T for a count: key.one or key.other, with the count as first argument.
func (l *locale) N(key string, n int, args ...any) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return l.T(key+form, append([]any{n}, args...)...)
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

// locale picks the reader's language: their profile's, then Accept-Language.
func (s *site) locale(r *http.Request) *locale {
	var wishes []string
	if v, ok := s.Backend.Viewer(r.Context()); ok && v.Locale != "" {
		wishes = append(wishes, v.Locale)
	}
	for item := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(item, ";")
		wishes = append(wishes, strings.TrimSpace(tag))
	}
	for _, wish := range wishes {
		base, _, _ := strings.Cut(strings.ToLower(wish), "-")
		if set, ok := s.templates[base]; ok {
			return set.locale
		}
	}
	return s.templates[defaultLanguage].locale
}
