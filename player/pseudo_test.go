package player

import (
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"rounds/catalog"
)

// The pseudo-locale is English with accents, a third longer, and in brackets:
// what stands on a page outside of brackets did not come through the locale.
// Samples of files, in <pre> and <code>, are the same in every language.

var accents = strings.NewReplacer(
	"a", "á", "c", "ç", "e", "ë", "i", "ï", "n", "ñ", "o", "ö", "s", "š", "u", "ü", "y", "ý", "z", "ž",
	"A", "Å", "C", "Ç", "E", "Ë", "I", "Ï", "N", "Ñ", "O", "Ø", "S", "Š", "U", "Û", "Y", "Ý", "Z", "Ž",
)

// pseudo makes one text; places to fill in stay as they are.
func pseudo(text string) string {
	var out strings.Builder
	rest := text
	for _, place := range places.FindAllString(text, -1) {
		before, after, _ := strings.Cut(rest, place)
		out.WriteString(accents.Replace(before) + place)
		rest = after
	}
	out.WriteString(accents.Replace(rest))
	return "⟦" + out.String() + strings.Repeat("·", len(text)/3) + "⟧"
}

func pseudoLocale() *locale {
	l := *loadLocales()[defaultLanguage]
	texts := func(words map[string]string) map[string]string {
		made := map[string]string{}
		for key, text := range words {
			made[key] = pseudo(text)
		}
		return made
	}
	l.Strings, l.Script, l.Countries, l.Languages = texts(l.Strings), texts(l.Script), texts(l.Countries), texts(l.Languages)
	return &l
}

// TestEverythingGoesThroughTheLocale reads every page in the pseudo-locale. What
// stands outside of brackets has to be data: a word that the fake backend's files have.
func TestEverythingGoesThroughTheLocale(t *testing.T) {
	t.Parallel()
	viewer := everybody
	viewer.Moderator, viewer.Support, viewer.Passkeys = true, true, true
	f := &fake{viewer: &viewer}
	f.failing = &f.failure
	s := newSiteIn(map[string]*locale{defaultLanguage: pseudoLocale()}, Config{Backend: f, BaseURL: "https://learn.example.org", When: catalog.WhenIn, SingleSignOn: true}, builtAssets)
	pages, data := s.secure(s.routes()), wordsOfFakes(t)
	for _, pattern := range s.patterns {
		for _, path := range pathsOf(pattern) {
			for _, word := range strayWords(pageText(pages, path)) {
				if !data[word] {
					t.Errorf("%s: %q did not come through the locale", path, word)
				}
			}
		}
	}
	f.viewer = nil
	for _, path := range []string{"/sign-in?problem=sso", "/sign-in/code", "/register?code=K7QP", "/register/waiting", "/nothing"} {
		for _, word := range strayWords(pageText(pages, path)) {
			if !data[word] {
				t.Errorf("%s, signed out: %q did not come through the locale", path, word)
			}
		}
	}
}

// pathsOf fills a pattern in with everything the fake knows.
func pathsOf(pattern string) []string {
	path, isGet := strings.CutPrefix(pattern, "GET ")
	if !isGet {
		return nil
	}
	path = strings.TrimSuffix(path, "{$}")
	if !strings.Contains(path, "{") {
		return []string{path}
	}
	var paths []string
	for _, id := range []string{"prg_1", "crs_2", "web_2", "web_4", "web_5", "rec_1", "rec_2", "rec_4", "spw_1", "acc_ana", "acc_9", "acc_7"} {
		paths = append(paths, regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, id))
	}
	return append(paths, "/programs/prg_1/missing?account_id=acc_9", "/support?q=lopes", "/admin/doctors?email=ana@example.org")
}

func pageText(pages http.Handler, path string) string {
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code == http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		return ""
	}
	return w.Body.String()
}

var (
	unseen   = regexp.MustCompile(`(?s)<(script|style|head|pre|code)\b.*?</(?:script|style|head|pre|code)>|<!--.*?-->`)
	told     = regexp.MustCompile(`(?:aria-label|alt|title|placeholder)="([^"]*)"`)
	marks    = regexp.MustCompile(`<[^>]*>`)
	oneWord  = regexp.MustCompile(`\pL{2,}`)
	ownNames = []string{"English", "العربية"} // of languages, in themselves
)

// strayWords lists the words that readers see or hear outside of brackets.
func strayWords(page string) []string {
	page = unseen.ReplaceAllString(page, " ")
	text := marks.ReplaceAllString(page, " ")
	for _, found := range told.FindAllStringSubmatch(page, -1) {
		text += " " + found[1]
	}
	depth := 0
	outside := strings.Map(func(r rune) rune {
		switch {
		case r == '⟦':
			depth++
			return ' '
		case r == '⟧':
			depth--
			return ' '
		case depth > 0:
			return -1
		}
		return r
	}, html.UnescapeString(text))
	words := oneWord.FindAllString(outside, -1)
	return slices.DeleteFunc(words, func(word string) bool { return slices.Contains(ownNames, word) })
}

// wordsOfFakes are all words that the files of tests and dates have.
func wordsOfFakes(t *testing.T) map[string]bool {
	t.Helper()
	names, err := filepath.Glob("*_test.go")
	if err != nil || len(names) == 0 {
		t.Fatal("no files of tests", err)
	}
	words := map[string]bool{}
	english := loadLocales()[defaultLanguage]
	for _, word := range slices.Concat(english.Weekdays, english.Months) {
		words[word] = true
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range oneWord.FindAllString(string(text), -1) {
			words[word] = true
		}
	}
	for _, hidden := range []string{"kB", "MB", "GB", "Open", "Save"} {
		delete(words, hidden)
	}
	return words
}

func TestStrayWordsAreFound(t *testing.T) {
	t.Parallel()
	page := `<head><title>No</title></head><p title="Tip">⟦Ïñ ⟦ïñ⟧ bräçkëtš⟧ Out <b aria-label="⟦x⟧ said">&lt;ok</b></p><script>no</script>`
	if got := strings.Join(strayWords(page), " "); got != "Out ok Tip said" {
		t.Errorf("found %q", got)
	}
}

// TestTemplatesHaveNoWords finds words that stand in a template itself.
func TestTemplatesHaveNoWords(t *testing.T) {
	t.Parallel()
	s := newSiteIn(map[string]*locale{defaultLanguage: pseudoLocale()}, Config{When: catalog.WhenIn}, builtAssets)
	for name, set := range s.templates[defaultLanguage].pages {
		for _, part := range set.Templates() {
			if part.Tree == nil || part.Name() == "field-attributes" { // which is inside a tag
				continue
			}
			text := literal(part.Tree.Root)
			for _, word := range strayWords(text) {
				if !slices.Contains([]string{"register", "code"}, word) { // of an address that is shown
					t.Errorf("%s: %q stands in the template %q", name, word, part.Name())
				}
			}
		}
	}
}

// literal is the text of a template without what is filled in.
func literal(node parse.Node) string {
	switch n := node.(type) {
	case *parse.ListNode:
		var out strings.Builder
		if n != nil {
			for _, child := range n.Nodes {
				out.WriteString(literal(child))
			}
		}
		return out.String()
	case *parse.TextNode:
		return string(n.Text)
	case *parse.IfNode:
		return literal(n.List) + literal(n.ElseList)
	case *parse.RangeNode:
		return literal(n.List) + literal(n.ElseList)
	case *parse.WithNode:
		return literal(n.List) + literal(n.ElseList)
	}
	return ""
}

// sentence finds a text with several words in a script.
var sentence = regexp.MustCompile("[\"'`]([A-Z][a-z]+(?: [a-zA-Z]+)+[.…]?)[\"'`]")

// TestScriptsHaveNoSentences: words of scripts come from the page, but those of
// faults that nobody should read.
func TestScriptsHaveNoSentences(t *testing.T) {
	t.Parallel()
	for name, text := range scripts(t) {
		for line := range strings.Lines(text) {
			if strings.Contains(line, "new Error(") || strings.HasPrefix(strings.TrimSpace(line), "//") || strings.HasPrefix(strings.TrimSpace(line), "*") {
				continue
			}
			for _, found := range sentence.FindAllStringSubmatch(line, -1) {
				t.Errorf("%s has the words %q", name, found[1])
			}
		}
	}
}

func TestPseudoKeepsPlaces(t *testing.T) {
	t.Parallel()
	if got := pseudo("%d of {name}"); got != "⟦%d öf {name}····⟧" {
		t.Errorf("%q", got)
	}
}
