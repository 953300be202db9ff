package player

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	inEnglish = `<html lang="en" dir="ltr">`
	inArabic  = `<html lang="ar" dir="rtl">`
)

func TestLanguageOfThePages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, profile, cookie, header, want string }{
		{"nothing said", "", "", "", inEnglish},
		{"what the browser asks for", "", "", "fr-FR,ar-EG;q=0.8,en;q=0.5", inArabic},
		{"what was chosen here", "", "en", "ar", inEnglish},
		{"the profile before this computer", "ar-SA", "en", "en", inArabic},
		{"a profile that no page exists in", "fr", "ar", "en", inArabic},
		{"a cookie that is none", "", "../x", "", inEnglish},
	} {
		b := setup(t)
		b.viewer = nil
		if c.profile != "" {
			b.viewer = &Viewer{Doctor: true, Locale: c.profile}
		}
		r := httptest.NewRequest(http.MethodGet, "/nothing", nil)
		r.Header.Set("Accept-Language", c.header)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: languageCookie, Value: c.cookie})
		}
		if body := b.send(r).Body.String(); !strings.Contains(body, c.want) {
			t.Errorf("%s: want %s in\n%s", c.name, c.want, body[:200])
		}
	}
}

func TestChoosingALanguage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/courses?a=1"), http.StatusOK, inEnglish, `name="next" value="/courses?a=1"`, `value="ar" lang="ar" dir="rtl">العربية</button>`)
	w := b.post("/language", url.Values{"language": {"ar"}, "next": {"/courses?a=1"}})
	wantsRedirect(t, w, "/courses?a=1")
	if b.viewer.Locale != "ar" {
		t.Errorf("the profile has %q", b.viewer.Locale)
	}
	if cookie := w.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "rounds_language=ar; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("the cookie is %q", cookie)
	}
	wants(t, b.get("/courses"), http.StatusOK, inArabic, ">English</button>", "مقرراتي")
}

func TestALanguageThatIsNoneAndAPageElsewhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	wants(t, b.post("/language", url.Values{"language": {"xx"}}), http.StatusNotFound, "nothing here")
	wantsRedirect(t, b.post("/language", url.Values{"language": {"ar"}, "next": {"//elsewhere.example"}}), "/")
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("email="))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Referer", "http://example.com/sign-in?next=/courses")
	wants(t, b.send(r), http.StatusUnprocessableEntity, `name="next" value="/sign-in?next=/courses"`)
}

var (
	// keptTogether are stretches that letters around them do not turn round.
	keptTogether = regexp.MustCompile("\u2066[^\u2069]*\u2069|`[^`]*`|\u200e\\S+")
	// turnedRound is what a browser shows in another order between Arabic letters.
	turnedRound = regexp.MustCompile(`\d[-/]\d|\d - [a-z]|(?:^|[^\w/])[+/?]\w|https?://(?:\S*/)?(?:\W|$)`)
)

// TestExamplesKeepTheirOrder: between letters that are read from the right,
// 2026-11-23 would read 23-11-2026 and +351 912 would read 912 351+.
func TestExamplesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	for lang, l := range loadLocales() {
		if l.Dir != "rtl" {
			continue
		}
		texts := slices.Concat(slices.Collect(maps.Values(l.Strings)), slices.Collect(maps.Values(l.Script)))
		for _, w := range l.Sentences {
			texts = slices.AppendSeq(texts, maps.Values(w))
		}
		for _, text := range texts {
			if found := turnedRound.FindString(keptTogether.ReplaceAllString(text, "")); found != "" && strings.ContainsFunc(text, rightToLeft) {
				t.Errorf("%s: %q is turned round in %q", lang, found, text)
			}
		}
	}
}

func TestListsHaveTheCommaOfTheirScript(t *testing.T) {
	t.Parallel()
	if got := listed([]string{"Ana Lopez", "سلمى", "أمير", "Bo Chen"}); got != "Ana Lopez, سلمى، أمير، Bo Chen" {
		t.Errorf("%q", got)
	}
}

func TestWordsOfOtherDirectionsStayTogether(t *testing.T) {
	t.Parallel()
	locales := loadLocales()
	for _, c := range []struct{ lang, arg, want string }{
		{"ar", "ana@example.org", "لا أحد هنا لديه العنوان \u2068ana@example.org\u2069."},
		{"en", "ana@example.org", "Nobody here has the address ana@example.org."},
		{"en", "سلمى", "Nobody here has the address \u2068سلمى\u2069."},
	} {
		if got := locales[c.lang].T("doctor.nobody", c.arg); got != c.want {
			t.Errorf("%s: %q, want %q", c.lang, got, c.want)
		}
	}
	for text, want := range map[string]string{
		"Line %d, column %q: %s": "السطر 2، العمود \u2068\"Mail\"\u2069: \u2068…\u2069", "%s; %s": "\u2068Mail\u2069؛ \u2068…\u2069",
	} {
		args := []any{2, "Mail", "…"}
		if got := Say("ar", text, args[3-strings.Count(text, "%"):]...); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Say("en", "column %q", "العمود"); got != "column \u2068\"العمود\"\u2069" {
		t.Errorf("quoted in English: %q", got)
	}
	if got := locales["ar"].N("courses.minutes", 2) + ", " + locales["ar"].N("courses.minutes", 11); got != "دقيقتان, 11 دقيقة" {
		t.Errorf("counts are %q", got)
	}
}
