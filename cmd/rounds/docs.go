package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsSource string

//go:embed docs.css
var docsCSS []byte

var docsTemplate = template.Must(template.New("docs").Parse(docsSource))

// docsPage renders the OpenAPI document as one page without scripts and
// without anything from another host.
func docsPage(api huma.API) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_ = docsTemplate.Execute(w, docsOf(api.OpenAPI())) // the client may be gone
	}
}

// docsStyle is the page's style sheet.
func docsStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(docsCSS) // the client may be gone
}

// docs is what the page shows.
type docs struct {
	Title, Version, Description string
	Groups                      []docsGroup
	Problems                    []docsProblem
}

type docsGroup struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []docsField
	Body                                   []docsField
	Answers                                []docsAnswer
}

type docsField struct {
	Name, In, Type, Description string
	Required                    bool
}

type docsAnswer struct {
	Status, Description string
	Fields              []docsField
}

type docsProblem struct {
	Status       int
	Code, Detail string
}

func docsOf(document *huma.OpenAPI) docs {
	d := docs{Title: document.Info.Title, Version: document.Info.Version, Description: document.Info.Description}
	groups := map[string][]docsOperation{}
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for method, operation := range operationsOf(document.Paths[path]) {
			tag := "Other"
			if len(operation.Tags) > 0 {
				tag = operation.Tags[0]
			}
			groups[tag] = append(groups[tag], describe(document, method, path, operation))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		d.Groups = append(d.Groups, docsGroup{Name: name, Operations: groups[name]})
	}
	for _, row := range errorTable {
		d.Problems = append(d.Problems, docsProblem{row.status, row.code, row.detail})
	}
	return d
}

// operationsOf yields a path's operations in the order they are usually read.
func operationsOf(item *huma.PathItem) func(func(string, *huma.Operation) bool) {
	return func(yield func(string, *huma.Operation) bool) {
		for _, o := range []struct {
			method    string
			operation *huma.Operation
		}{{"GET", item.Get}, {"POST", item.Post}, {"PUT", item.Put}, {"PATCH", item.Patch}, {"DELETE", item.Delete}} {
			if o.operation != nil && !o.operation.Hidden && !yield(o.method, o.operation) {
				return
			}
		}
	}
}

func describe(document *huma.OpenAPI, method, path string, o *huma.Operation) docsOperation {
	d := docsOperation{ID: o.OperationID, Method: method, Path: path, Summary: o.Summary, Description: o.Description}
	for _, p := range o.Parameters {
		d.Parameters = append(d.Parameters, docsField{p.Name, p.In, typeName(p.Schema), p.Description, p.Required})
	}
	if o.RequestBody != nil {
		d.Body = contentFields(document, o.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		answer := o.Responses[status]
		shown := docsAnswer{Status: statusText(status), Description: answer.Description}
		if code, err := strconv.Atoi(status); err == nil && code < http.StatusBadRequest {
			shown.Fields = contentFields(document, answer.Content)
		}
		d.Answers = append(d.Answers, shown)
	}
	return d
}

func statusText(status string) string {
	code, err := strconv.Atoi(status)
	if err != nil {
		return "any other error"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
}

// contentFields lists the top fields of a JSON body.
func contentFields(document *huma.OpenAPI, content map[string]*huma.MediaType) []docsField {
	media, ok := content["application/json"]
	if !ok || media.Schema == nil {
		return nil
	}
	schema := resolveSchema(document, media.Schema)
	fields := make([]docsField, 0, len(schema.Properties))
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		fields = append(fields, docsField{Name: name, Type: typeName(property), Description: property.Description, Required: slices.Contains(schema.Required, name)})
	}
	return fields
}

func resolveSchema(document *huma.OpenAPI, schema *huma.Schema) *huma.Schema {
	if schema.Ref == "" {
		return schema
	}
	return document.Components.Schemas.SchemaFromRef(schema.Ref)
}

func typeName(schema *huma.Schema) string {
	switch {
	case schema == nil:
		return ""
	case schema.Ref != "":
		return schema.Ref[strings.LastIndex(schema.Ref, "/")+1:]
	case schema.Type == huma.TypeArray:
		return "list of " + typeName(schema.Items)
	case schema.Format != "":
		return schema.Type + " (" + schema.Format + ")"
	default:
		return schema.Type
	}
}
