package player

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// wording is how a language says one sentence of the rest of the program: one
// way, or one a plural form of the first whole number that is filled in.
type wording map[string]string

// UnmarshalJSON reads "text" or {"one": "text", "other": "text"}.
func (w *wording) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*w = wording{pluralOther: ""}
		var text string
		err := json.Unmarshal(data, &text)
		(*w)[pluralOther] = text
		return err
	}
	return json.Unmarshal(data, (*map[string]string)(w))
}

// spoken is a sentence within another.
type spoken interface {
	Said() (text string, args []any)
}

// dated is a time in a sentence: its day, and behind it the time in digits.
type dated interface {
	Date() (year int, month time.Month, day int)
	Weekday() time.Weekday
	ClockOf() string
}

// say puts an English sentence, with verbs of fmt where args are filled in, into
// the language. One without wording stays English, and in one piece.
func (l *locale) say(text string, args []any) string {
	w, known := l.Sentences[text]
	glue := strings.Trim(text, "%sdgq: .,;–()") == "" // only puts others together
	if known {
		text = l.isolateCode(w.in(l, args))
	}
	if len(args) > 0 && strings.Contains(text, "%") { // a form for one number may leave the number out
		text = fmt.Sprintf(text, l.filled(args)...)
	}
	if !known && !glue && l.Lang != defaultLanguage {
		return l.isolate(text).(string) //nolint:forcetypeassert // of a string it makes one
	}
	return text
}

// inCode are commands, settings and paths within a sentence: between backquotes.
var inCode = regexp.MustCompile("`[^`]+`")

// isolateCode keeps them in one piece, from left to right.
func (l *locale) isolateCode(text string) string {
	if l.Dir != "rtl" {
		return text
	}
	return inCode.ReplaceAllString(text, "\u2066$0\u2069")
}

// coded marks them as code.
func coded(sentence string) template.HTML {
	return template.HTML(inCode.ReplaceAllStringFunc(template.HTMLEscapeString(sentence), func(code string) string { //nolint:gosec // G203: it was escaped
		return `<code dir="ltr">` + strings.Trim(code, "`") + "</code>"
	}))
}

// in chooses the form that the first whole number asks for.
func (w wording) in(l *locale, args []any) string {
	for _, arg := range args {
		if n, whole := arg.(int); whole {
			if text, ok := w[l.Plurals.form(n)]; ok {
				return text
			}
			break
		}
	}
	return w[pluralOther]
}

// filled are the args in the language.
func (l *locale) filled(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case spoken:
			out[i] = l.say(arg.Said())
		case dated:
			year, month, day := arg.Date()
			out[i] = fmt.Sprintf(l.Strings["time.when"], l.Weekdays[arg.Weekday()], day, l.Months[month-time.January], year, arg.ClockOf())
		default:
			out[i] = l.isolate(arg)
		}
		if text, ok := out[i].(string); ok && text != "" {
			out[i] = filling(text)
		}
	}
	return out
}

// filling is a text that is filled in: where it is quoted, the quotation marks
// stand within its isolation, and that is not written out as \u2068.
type filling string

// Format implements [fmt.Formatter] for %s and %q.
func (f filling) Format(state fmt.State, verb rune) {
	text := string(f)
	if verb == 'q' {
		bare := strings.TrimSuffix(strings.TrimPrefix(text, isolationStart), isolationEnd)
		text = strings.Replace(text, bare, strconv.Quote(bare), 1)
	}
	_, _ = io.WriteString(state, text)
}

// embeddedLocales are the files of locales/, read once.
var embeddedLocales = sync.OnceValue(loadLocales)

// Say puts an English sentence of the rest of the program into a language of
// the pages. Args are strings, numbers, or have the methods of catalog.Sentence
// or catalog.Dated.
func Say(lang, text string, args ...any) string {
	l, ok := embeddedLocales()[lang]
	if !ok {
		l = embeddedLocales()[defaultLanguage]
	}
	return l.say(text, args)
}

// Accepted is the language of the pages that an Accept-Language header asks for;
// empty when it names none of them.
func Accepted(header string) string {
	for item := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(item, ";")
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if _, ok := embeddedLocales()[base]; ok {
			return base
		}
	}
	return ""
}

type languageKey struct{}

// withLanguage remembers the reader's language for what a Backend says.
func (s *site) withLanguage(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), languageKey{}, s.locale(r)))
}

// LanguageOf is the language of the page that a Backend is asked for; empty
// outside of one.
func LanguageOf(ctx context.Context) string {
	if l, ok := ctx.Value(languageKey{}).(*locale); ok {
		return l.Lang
	}
	return ""
}
