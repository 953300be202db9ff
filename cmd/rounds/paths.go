package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"rounds/catalog"
)

// Ids are opaque, and have a form.
const (
	idPattern = `^[0-9A-Za-z_-]+$`
	idLength  = 100
)

var (
	idNames  = regexp.MustCompile(`\{((?:[a-z_]+_)?id)\}`)
	idFields = regexp.MustCompile(`^([a-z_]+_)?ids?$`)
	idForm   = regexp.MustCompile(idPattern)
)

// foreignIDs are fields that are called ids and are not ours.
var foreignIDs = map[string]bool{
	"external_id": true, // of a template, as another house's register has it
	"object_id":   true, // of what the audit log tells about, also addresses and names
}

// withIDs refuses paths with an id that nothing can have, before anybody looks
// for it: there is nothing there.
func withIDs(api huma.API) {
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		for _, name := range idNames.FindAllStringSubmatch(ctx.Operation().Path, -1) {
			if id := ctx.Param(name[1]); len(id) > idLength || !idForm.MatchString(id) {
				c := humagin.Unwrap(ctx)
				writeProblem(c.Writer, c.Request, catalog.ErrNotFound)
				return
			}
		}
		next(ctx)
	})
}

// requireIDs gives ids in queries and bodies their form: what cannot be an id is
// refused by name before anybody looks for it, and the document says so. Ids in
// paths are documented alike; withIDs answers for them. It works on the schemas by
// which huma validates, so that the calls have to be registered before.
func requireIDs(document *huma.OpenAPI) {
	r := &idSchemas{document: document, seen: map[*huma.Schema]bool{}}
	for _, item := range document.Paths {
		for _, operation := range operationsOf(item) {
			for _, p := range operation.Parameters {
				r.require(p.Name, p.Schema)
			}
			if operation.RequestBody == nil {
				continue
			}
			for _, media := range operation.RequestBody.Content {
				r.require("", media.Schema)
			}
		}
	}
}

// idSchemas goes through the schemas of what is sent.
type idSchemas struct {
	document *huma.OpenAPI
	seen     map[*huma.Schema]bool
}

// require gives the schema of a field, and those below it, their form.
func (r *idSchemas) require(field string, schema *huma.Schema) {
	if schema == nil {
		return
	}
	if schema.Ref != "" {
		schema = r.document.Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if r.seen[schema] {
		return
	}
	r.seen[schema] = true
	if schema.Type == huma.TypeString && schema.Pattern == "" && idFields.MatchString(field) && !foreignIDs[field] {
		schema.Pattern, schema.PatternDescription = idPattern, "an id: letters, digits, _ and -"
		if schema.MaxLength == nil {
			most := idLength
			schema.MaxLength = &most
		}
		schema.PrecomputeMessages()
	}
	r.require(field, schema.Items)
	for name, property := range schema.Properties {
		r.require(name, property)
	}
	for _, either := range [][]*huma.Schema{schema.OneOf, schema.AnyOf, schema.AllOf} {
		for _, one := range either {
			r.require(field, one)
		}
	}
}

// headLikeGet answers HEAD to the API as GET, without the body (RFC 9110 section
// 9.3.2). A stream of events ends with its beginning.
func headLikeGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := strings.HasSuffix(r.URL.Path, "/"+catalog.Fallback) // has a HEAD of its own
		if r.Method != http.MethodHead || !strings.HasPrefix(r.URL.Path, "/v1/") || own {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		get := r.WithContext(ctx)
		get.Method = http.MethodGet
		next.ServeHTTP(&headWriter{ResponseWriter: w, cancel: cancel}, get)
	})
}

// headWriter lets the server leave the body out, which knows that it was asked
// for none, and ends what would go on after its beginning.
type headWriter struct {
	http.ResponseWriter
	cancel context.CancelFunc
}

// Flush implements http.Flusher.
func (w *headWriter) Flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // nobody waits for the rest
	w.cancel()
}

// Unwrap serves http.ResponseController.
func (w *headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
