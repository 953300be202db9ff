package main

import (
	"cmp"
	"context"
	"net/http"

	"rounds/catalog"
	"rounds/player"
)

// english is what everybody gets who asks for no other language.
const english = "en"

type acceptedKey struct{}

// withLanguage remembers the language that a request asks for. Pages know
// better: the reader may have chosen one. Their scripts say which, but the
// EventSource of browsers sends no header: it has the language in its address.
func withLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.Header.Get("Accept-Language")
		if r.Header.Get("Accept") == "text/event-stream" {
			asked = r.URL.Query().Get("lang") + "," + asked
		}
		if lang := player.Accepted(asked); lang != "" && lang != english {
			r = r.WithContext(context.WithValue(r.Context(), acceptedKey{}, lang))
		}
		next.ServeHTTP(w, r)
	})
}

// languageOf is the language to answer in: that of the page which asks, else
// the first one of Accept-Language that there is.
func languageOf(ctx context.Context) string {
	accepted, _ := ctx.Value(acceptedKey{}).(string)
	return cmp.Or(player.LanguageOf(ctx), accepted, english)
}

// say puts a sentence into the language of whoever asks.
func say(ctx context.Context, s catalog.Sentence) string { return sayIn(languageOf(ctx), s) }

// device puts the name of one into the language of whoever asks.
func device(ctx context.Context, name string) string { return say(ctx, catalog.Device(name)) }

// sayIn puts a sentence into a language, such as ar or ar-EG.
func sayIn(locale string, s catalog.Sentence) string {
	lang := cmp.Or(player.Accepted(locale), english)
	if lang == english && len(s.Args) == 0 {
		return s.Text
	}
	return player.Say(lang, s.Text, s.Args...)
}
