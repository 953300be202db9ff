package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
)

var scopePathName = regexp.MustCompile(`\{[^}]*\}`)

// TestScopesOpenWhatTheyNameAndNothingElse tries every call of the API with a
// token of each scope. What a scope opens may fail for another reason; what it
// does not open says which scope is missing.
func TestScopesOpenWhatTheyNameAndNothingElse(t *testing.T) {
	t.Parallel()
	b := routesOf(t)
	store := catalogdb.New(b.db, catalogdb.Hooks{})
	scopes := scopeOf()
	tried := map[string]bool{}
	for _, scope := range identity.Scopes() {
		secret := identity.NewAPIToken()
		hash, _ := identity.HashAPIToken(secret)
		if _, err := store.AddToken(t.Context(), identity.APIToken{Name: "narrow", Scopes: []identity.Scope{scope}}, hash); err != nil {
			t.Fatal(err)
		}
		for path, item := range b.api.Paths {
			for method, operation := range operationsOf(item) {
				tried[operation.OperationID] = true
				missing := strings.Contains(b.asToken(t, secret, method, path), `"missing_scope"`)
				if want := scopes[operation.OperationID] != scope; missing != want {
					t.Errorf("%s by a token with %s: refused is %v, want %v", operation.OperationID, scope, missing, want)
				}
			}
		}
		if strings.Contains(b.asToken(t, secret, http.MethodGet, "/admin"), "/admin/programs/new") {
			t.Errorf("a token with %s reads the pages of administrators", scope)
		}
	}
	for id := range scopes {
		if !tried[id] {
			t.Errorf("scopeOperations names %s, which is no call", id)
		}
	}
}

// asToken sends an empty request to an object that does not exist.
func (b *routesBundle) asToken(t *testing.T, secret, method, path string) string {
	t.Helper()
	url := scopePathName.ReplaceAllString(path, "prg_none")
	r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost:8080"+url, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w.Body.String()
}
