// Package player is everything a browser shows: the pages, rendered on the
// server from html/template, and the TypeScript and CSS that sit on top of them.
//
// A request goes one way: a handler asks the [Backend] for a view, in the view
// types declared here, and renders one template with it. Each page is one file
// with its handler, its view type and its template beside it in templates/.
// Every form works as plain HTML; scripts add playing, uploading and comfort.
// Scripts talk to the JSON API on the same origin, with the session cookie.
//
// Assets (scripts, styles) are built by esbuild into dist/ by `make`, embedded
// here and served under names that hold their hash. They are not committed:
// without them the package compiles, and every page says how to build them.
//
// Words on the pages live in locales/, one JSON file a language.
//
// This package imports the standard library only. It does not know the
// catalog's types, SQL or tokens: cmd/rounds implements Backend with the
// domains, and translates their errors into [ErrSignedOut], [ErrNotFound],
// [ErrForbidden], [*FieldError] and [*Refusal].
package player
