package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
)

// unfuzzed are the calls that are left alone: they answer for as long as
// somebody listens.
var unfuzzed = []string{"watch-recording"}

// fuzzRounds is how often each call is tried; what is sent depends on the round
// only, so that a failure can be repeated.
const fuzzRounds = 6

// TestGeneratedRequestsGetDocumentedAnswers sends each call of the API document
// what its schemas allow, and what they just do not, to objects that are there:
// no answer is a 5xx, has a status that the document does not name, or a body
// that its schema does not allow.
func TestGeneratedRequestsGetDocumentedAnswers(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	secret := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(secret)
	if _, err := catalogdb.New(b.db, catalogdb.Hooks{}).CreateToken(t.Context(), "fuzzer", []identity.Role{identity.RoleAdmin}, nil, hash); err != nil {
		t.Fatal(err)
	}
	succeeded, calls := 0, 0
	for _, r := range b.all() {
		if r.operation == nil || slices.Contains(unfuzzed, r.operation.OperationID) {
			continue
		}
		calls++
		fine := false
		for round := range fuzzRounds {
			g := &generator{rand: rand.New(rand.NewPCG(uint64(round), 5)), schemas: b.api.Components.Schemas, wild: round > fuzzRounds/2} //nolint:gosec // the same requests each time
			if round%3 == 0 {
				b.makeObjects(t)
			}
			request := g.request(b, r)
			request.Header.Set("Authorization", "Bearer "+secret)
			sent := request.Method + " " + request.URL.String() + " " + g.sent
			w := httptest.NewRecorder()
			b.handler.ServeHTTP(w, request.WithContext(t.Context()))
			fine = fine || w.Code < http.StatusBadRequest
			for _, problem := range g.judge(r.operation, w) {
				t.Errorf("%s: %s\n%.600s\n%.600s", r.operation.OperationID, problem, sent, w.Body)
			}
		}
		if fine {
			succeeded++
		}
	}
	t.Logf("%d of %d calls succeeded with generated input", succeeded, calls)
	if succeeded < calls/3 {
		t.Errorf("only %d of %d calls ever succeeded: what is generated does not get far", succeeded, calls)
	}
}

// generator makes values of schemas: allowed ones, or wild ones now and then.
type generator struct {
	rand    *rand.Rand
	schemas huma.Registry
	wild    bool
	sent    string // the body
}

// request makes a request to the objects that are there.
func (g *generator) request(b *routesBundle, r route) *http.Request {
	query := url.Values{}
	for _, p := range r.operation.Parameters {
		if p.In == "query" && (p.Required || g.rand.IntN(3) == 0) {
			query.Set(p.Name, fmt.Sprint(g.value(b, p.Schema, p.Name, 0)))
		}
	}
	var body []byte
	kind := ""
	if r.operation.RequestBody != nil {
		for _, kind = range []string{"application/json", "text/csv", "text/vtt"} {
			media := r.operation.RequestBody.Content[kind]
			if media == nil {
				continue
			}
			if kind == "application/json" {
				body, _ = json.Marshal(g.value(b, media.Schema, "", 0)) // of strings, numbers, lists and objects
			} else {
				body = []byte("email,name,joined_at,left_at\n" + g.text() + "," + g.text() + ",x,y\n")
			}
			break
		}
	}
	g.sent = string(body)
	address := "http://localhost:8080" + b.pathOf(r)
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request := httptest.NewRequest(r.method, address, bytes.NewReader(body))
	if len(body) > 0 {
		request.Header.Set("Content-Type", kind)
	}
	return request
}

// texts are what people and programs send.
var texts = []string{"Heart failure", "ana@hospital.org", "Dr Ana López", "心不全", "a", "0", "=1+1", "https://hooks.example.org/x", "Europe/Lisbon", "en", "<b>x</b>", "' or 1=1 --"}

// wildTexts are what nobody means.
var wildTexts = []string{"", " ", "\x00", "\u202e", "\u200b", "\ufffd", strings.Repeat("x", 30_000), "%s%n", "../../etc/passwd", "null", "9999999999999999999999", "-1", "1e400"}

func (g *generator) text() string {
	if g.wild && g.rand.IntN(3) == 0 {
		return wildTexts[g.rand.IntN(len(wildTexts))]
	}
	return texts[g.rand.IntN(len(texts))]
}

// value makes one value of a schema; name is of the field.
func (g *generator) value(b *routesBundle, s *huma.Schema, name string, depth int) any {
	if s != nil && s.Ref != "" {
		s = g.schemas.SchemaFromRef(s.Ref)
	}
	if s == nil || depth > 6 {
		return g.text()
	}
	if g.wild && g.rand.IntN(12) == 0 {
		return []any{nil, -1, 1.5, true, "", []any{}, map[string]any{}, g.text()}[g.rand.IntN(8)]
	}
	if len(s.Enum) > 0 {
		return s.Enum[g.rand.IntN(len(s.Enum))]
	}
	if len(s.Examples) > 0 && g.rand.IntN(2) == 0 {
		return s.Examples[0]
	}
	switch s.Type {
	case huma.TypeObject:
		return g.object(b, s, depth)
	case huma.TypeArray:
		list := make([]any, g.rand.IntN(3)+min(1, orZero(s.MinItems)))
		for i := range list {
			list[i] = g.value(b, s.Items, name, depth+1)
		}
		return list
	case huma.TypeBoolean:
		return g.rand.IntN(2) == 0
	case huma.TypeInteger:
		return int64(g.number(s))
	case huma.TypeNumber:
		return g.number(s)
	default:
		return g.word(b, s, name)
	}
}

func orZero(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func (g *generator) object(b *routesBundle, s *huma.Schema, depth int) map[string]any {
	made := map[string]any{}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(s.Required, name) || g.rand.IntN(2) == 0 {
			made[name] = g.value(b, s.Properties[name], name, depth+1)
		}
	}
	return made
}

func (g *generator) number(s *huma.Schema) float64 {
	low, high := 0.0, 1000.0
	if s.Minimum != nil {
		low = *s.Minimum
	}
	if s.Maximum != nil {
		high = *s.Maximum
	}
	return []float64{low, high, low + float64(int64((high-low)*g.rand.Float64()))}[g.rand.IntN(3)]
}

// word is a text: an id of what is there when the field is called so.
func (g *generator) word(b *routesBundle, s *huma.Schema, name string) any {
	kind := strings.TrimSuffix(strings.TrimSuffix(name, "_ids"), "_id")
	known := map[string]string{"program": "programs", "course": "courses", "webinar": "webinars", "account": "accounts", "presenter": "accounts", "prerequisite": "courses", "moderator": "accounts"}
	if of, ok := known[kind]; ok && strings.Contains(name, "_id") && (!g.wild || g.rand.IntN(2) == 0) {
		return b.ids[of]
	}
	switch {
	case s.Format == "date-time" && !g.wild:
		return []string{"2026-01-02T03:04:05Z", "2030-12-31T23:59:60Z", "1999-02-28T12:00:00+05:45", "2100-01-01T00:00:00Z"}[g.rand.IntN(4)]
	case s.Format == "uri" && !g.wild:
		return "https://hooks.example.org/x"
	default:
		return g.text()
	}
}

// judge says what an answer has that the document does not allow.
func (g *generator) judge(o *huma.Operation, w *httptest.ResponseRecorder) (problems []string) {
	if w.Code >= http.StatusInternalServerError {
		return []string{fmt.Sprintf("answers %d", w.Code)}
	}
	documented := o.Responses[fmt.Sprint(w.Code)]
	if documented == nil {
		return []string{fmt.Sprintf("answers %d, which the document does not name", w.Code)}
	}
	kind, _, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
	media := documented.Content[kind]
	if kind != "application/json" && kind != "application/problem+json" || media == nil || media.Schema == nil {
		if len(documented.Content) > 0 && media == nil && w.Body.Len() > 0 {
			problems = append(problems, fmt.Sprintf("answers %d as %q, which the document does not name", w.Code, kind))
		}
		return problems
	}
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		return []string{"answers what is no JSON: " + err.Error()}
	}
	found := &huma.ValidateResult{}
	huma.Validate(g.schemas, media.Schema, huma.NewPathBuffer([]byte("answer"), 6), huma.ModeReadFromServer, body, found)
	for _, err := range found.Errors {
		problems = append(problems, fmt.Sprintf("answers %d with a body that its schema does not allow: %v", w.Code, err))
	}
	return problems
}
