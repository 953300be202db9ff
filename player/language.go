package player

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// languageCookie remembers the language that was chosen in this browser.
const languageCookie = "rounds_language"

// locale picks the reader's language: that of the profile, then the one chosen
// in this browser, then Accept-Language. The profile comes first because several
// people may use one computer on a ward.
func (s *site) locale(r *http.Request) *locale {
	if l, ok := r.Context().Value(languageKey{}).(*locale); ok {
		return l
	}
	var wishes []string
	if v, ok := s.Backend.Viewer(r.Context()); ok && v.Locale != "" {
		wishes = append(wishes, v.Locale)
	}
	if chosen, err := r.Cookie(languageCookie); err == nil {
		wishes = append(wishes, chosen.Value)
	}
	for item := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(item, ";")
		wishes = append(wishes, strings.TrimSpace(tag))
	}
	for _, wish := range wishes {
		if l, ok := s.language(wish); ok {
			return l
		}
	}
	return s.templates[defaultLanguage].locale
}

// language is the one that comes closest to a tag.
func (s *site) language(tag string) (*locale, bool) {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	set, ok := s.templates[base]
	if !ok {
		return nil, false
	}
	return set.locale, true
}

// otherLanguages are those that a reader of l may choose.
func (s *site) otherLanguages(l *locale) []*locale {
	var others []*locale
	for _, set := range s.templates {
		if set.locale != l {
			others = append(others, set.locale)
		}
	}
	slices.SortFunc(others, func(a, b *locale) int { return cmp.Compare(a.Lang, b.Lang) })
	return others
}

// here is the page to show again in another language. A form that was sent
// cannot be shown again: its page is where it came from.
func here(r *http.Request) string {
	if r.Method == http.MethodGet {
		return safeNext(r.URL.RequestURI())
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return safeNext(from.RequestURI())
}

// chooseLanguage is the button with a language's name on every page.
func (s *site) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	l, ok := s.language(r.PostFormValue("language"))
	if !ok {
		return ErrNotFound
	}
	if _, signedIn := s.Backend.Viewer(r.Context()); signedIn {
		if err := s.Backend.SetLanguage(r.Context(), l.Lang); err != nil {
			return err
		}
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: l.Lang, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: s.https(), SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, cmp.Or(safeNext(r.PostFormValue("next")), "/"), http.StatusSeeOther) //nolint:gosec // G710: safeNext leaves paths of ours only
	return nil
}
