// Package catalogapi is the catalog's HTTP API: signing in, programs, courses,
// webinars, people, uploads and recordings.
//
// Register adds every endpoint to a huma API, one file an endpoint group, with
// its request and response types beside its handlers. A handler asks who is
// there (identity.Require), turns JSON into the catalog's values, calls a
// method of the [Store] or the [Uploader], and turns the answer back. Rules are
// in rounds/catalog and catalog/identity, SQL in catalogdb.
//
// Handlers return the catalog's errors as they are; cmd/rounds translates them
// into problems. What somebody may not see does not exist: catalog.ErrNotFound.
//
// This package is at home with huma and gin; it must not import its siblings,
// whose parts it declares as interfaces.
package catalogapi
