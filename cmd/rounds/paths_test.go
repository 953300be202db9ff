package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
)

// answer is a response without its body.
type answer struct {
	StatusCode int
	Header     http.Header
}

// TestHeadIsGetWithoutTheBody, also of a stream that would go on, and malformed
// ids are nothing that could be there.
func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	db := schematest.New(t)
	handler, err := serverFor(t, db).handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	secret := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(secret)
	if _, err := catalogdb.New(db, catalogdb.Hooks{}).CreateToken(t.Context(), "test", []identity.Role{identity.RoleAdmin}, nil, hash); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`insert into programs (id, title) values ('prg_1', 'x')`, `insert into courses (id, program_id, title) values ('crs_1', 'prg_1', 'x')`,
		`insert into webinars (id, course_id, title) values ('web_1', 'crs_1', 'x')`,
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state) values ('rec_1', 'web_1', 'x', 1, 1, 'processing')`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(method, path string) (answer, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return answer{response.StatusCode, response.Header}, string(body)
	}
	for _, path := range []string{"/v1/webinars/web_1", "/v1/webinars/web_none", "/v1/programs?limit=0", "/v1/accounts.csv"} {
		get, text := ask(http.MethodGet, path)
		head, none := ask(http.MethodHead, path)
		if head.StatusCode != get.StatusCode || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") || head.Header.Get("ETag") != get.Header.Get("ETag") || none != "" || text == "" {
			t.Errorf("%s: %d %v %q, GET %d %v", path, head.StatusCode, head.Header, none, get.StatusCode, get.Header)
		}
	}
	if head, _ := ask(http.MethodHead, "/v1/recordings/rec_1/events"); head.StatusCode != http.StatusOK || head.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("events: %d %v", head.StatusCode, head.Header)
	}
	if head, _ := ask(http.MethodHead, "/v1/nothing"); head.StatusCode != http.StatusNotFound {
		t.Errorf("no such path: %d", head.StatusCode)
	}
	for _, id := range []string{"%00", "web_1%27", "a%20b", "%F0%9F%98%80", strings.Repeat("a", 101)} {
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			if got, body := ask(method, "/v1/webinars/"+id); got.StatusCode != http.StatusNotFound || !strings.Contains(body, `"not_found"`) {
				t.Errorf("%s %s: %d %s", method, id, got.StatusCode, body)
			}
		}
	}
}

// TestIDsHaveAForm wherever they are sent: what cannot be one is refused, named.
func TestIDsHaveAForm(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	b.makeObjects(t)
	for _, c := range []struct{ method, path, body, field string }{
		{"GET", "/v1/webinars?program_id=a%20b", "", "query.program_id"},
		{"GET", "/v1/webinars?presenter_id=%00", "", "query.presenter_id"},
		{"GET", "/v1/certificates?account_id=%27", "", "query.account_id"},
		{"GET", "/v1/webhook_deliveries?event_id=" + strings.Repeat("a", 101), "", "query.event_id"},
		{"POST", "/v1/account_imports?program_id=%F0%9F%98%80", "email\n", "query.program_id"},
		{"POST", "/v1/courses/" + b.ids["courses"] + "/webinars", `{"title":"x","presenter_ids":["acc_1","a b"]}`, "body.presenter_ids[1]"},
		{"POST", "/v1/programs/" + b.ids["programs"] + "/courses", `{"title":"x","prerequisite_ids":[""]}`, "body.prerequisite_ids[0]"},
		{"PUT", "/v1/programs/" + b.ids["programs"] + "/courses/order", `{"course_ids":["crs_\u0000"]}`, "body.course_ids[0]"},
		{"POST", "/v1/support/doctors/" + b.ids["accounts"] + "/merge", `{"source_id":"ä","reason":"x","confirm":true}`, "body.source_id"},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), c.method, "http://rounds.test"+c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		if strings.Contains(c.path, "imports") {
			r.Header.Set("Content-Type", "text/csv")
		}
		b.people["admin"](r)
		b.handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"`+c.field+`"`) {
			t.Errorf("%s %s: %d %s does not name %s", c.method, c.path, w.Code, w.Body, c.field)
		}
	}
}

// TestTheDocumentTellsTheFormOfIDs in paths, queries and bodies.
func TestTheDocumentTellsTheFormOfIDs(t *testing.T) {
	t.Parallel()
	document := routesOf(t).api
	told := map[string]bool{}
	for _, item := range document.Paths {
		for _, operation := range operationsOf(item) {
			for _, p := range operation.Parameters {
				told[p.In] = told[p.In] || p.Schema.Pattern == idPattern
				if idFields.MatchString(p.Name) && !foreignIDs[p.Name] && p.Schema.Pattern != idPattern {
					t.Errorf("%s: %s has no form", operation.OperationID, p.Name)
				}
			}
		}
	}
	body := document.Components.Schemas.Map()["NewWebinarBody"]
	if !told["path"] || !told["query"] || body.Properties["presenter_ids"].Items.Pattern != idPattern {
		t.Errorf("told of %v, of presenter_ids: %q", told, body.Properties["presenter_ids"].Items.Pattern)
	}
}
