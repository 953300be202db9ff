package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rounds/catalog/identity"
)

// TestAdminPort: figures are for whoever reaches the port, the queues for
// administrators, whatever they come with; pages of other sites do nothing with
// their passwords, and each act is on record.
func TestAdminPort(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	s := serverFor(t, b.db)
	port, err := s.adminPort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(port)
	t.Cleanup(server.Close)
	ask := func(method, path string, as func(*http.Request), body string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		as(request)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(content) + response.Header.Get("WWW-Authenticate")
	}
	nobody := func(*http.Request) {}
	if status, page := ask("GET", "/metrics", nobody, ""); status != 200 || !strings.Contains(page, "rounds_build_info") {
		t.Errorf("figures: %d", status)
	}
	for who, want := range map[string]int{"doctor": 403, "presenter": 403, "moderator": 403, "support": 403, "sponsor": 403, "small token": 403, "narrow token": 403, "admin": 200} {
		as := b.people[who]
		if as == nil {
			t.Fatalf("nobody is %s", who)
		}
		for _, path := range []string{"/river/", "/river/api/jobs?state=available&limit=20", "/river/api/queues"} {
			if status, page := ask("GET", path, as, ""); status != want {
				t.Errorf("%s asks for %s: %d %.200s", who, path, status, page)
			}
		}
		if want != 200 {
			if status, _ := ask("PUT", "/river/api/queues/transcode/pause", as, ""); status != want {
				t.Errorf("%s pauses a queue: %d", who, status)
			}
		}
	}
	if status, page := ask("GET", "/river/", nobody, ""); status != 401 || !strings.Contains(page, "Basic realm=") {
		t.Errorf("nobody: %d %s", status, page)
	}
	token := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(token)
	if _, err := b.db.Exec(t.Context(), `insert into api_tokens (id, name, token_hash, roles) values ('tok_page', 'on call', $1, '{admin}')`, hash); err != nil {
		t.Fatal(err)
	}
	password := func(r *http.Request) { r.SetBasicAuth("anybody", token) }
	if status, page := ask("GET", "/river/", password, ""); status != 200 || !strings.Contains(page, "<title>River</title>") {
		t.Errorf("with a token as password: %d %.200s", status, page)
	}
	elsewhere := func(r *http.Request) {
		password(r)
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	if status, page := ask("POST", "/river/api/jobs/cancel", elsewhere, `{"ids":["7"]}`); status != 403 || !strings.Contains(page, "cross_origin") {
		t.Errorf("from another site: %d %s", status, page)
	}
	var noted int
	count := func() int {
		t.Helper()
		if err := b.db.QueryRow(t.Context(), `select count(*) from audit_log where action = 'queue.acted_on' and actor = 'tok_page' and detail ->> 'act' = 'POST /api/jobs/cancel' and detail -> 'jobs' = '[7]'`).Scan(&noted); err != nil {
			t.Fatal(err)
		}
		return noted
	}
	if count() != 0 {
		t.Error("what was refused is on record as done")
	}
	if status, page := ask("POST", "/river/api/jobs/cancel", password, `{"ids":["7"]}`); status != 404 { // there is no such job
		t.Errorf("cancel: %d %s", status, page)
	}
	if count() != 1 {
		t.Errorf("%d acts are on record", noted)
	}
}
