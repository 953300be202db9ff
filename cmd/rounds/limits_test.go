package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
)

func TestRatesAreLimitedByIdentity(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	limits := newRates(limitConfig{PersonRate: 2, TokenRate: 3}, newHTTPMetrics(newRegistry()).limited)
	limits.now = func() time.Time { return now }
	handler := limits.middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	ask := func(who identity.Principal, times int) (fine int, last *httptest.ResponseRecorder) {
		for range times {
			last = httptest.NewRecorder()
			handler.ServeHTTP(last, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(identity.NewContext(t.Context(), who)))
			if last.Code == http.StatusOK {
				fine++
			}
		}
		return fine, last
	}
	ana, machine := identity.Principal{AccountID: "acc_1"}, identity.Principal{TokenID: "tok_1"}
	fine, last := ask(ana, 50)
	if fine != 40 || last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") != "1" || last.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d of 50 at once, then %d %v", fine, last.Code, last.Header())
	}
	if fine, _ := ask(identity.Principal{AccountID: "acc_2"}, 5); fine != 5 {
		t.Error("one doctor's haste stops another")
	}
	if fine, _ := ask(machine, 50); fine != 30 {
		t.Errorf("a machine got %d of 50", fine)
	}
	if fine, _ := ask(identity.Principal{}, 200); fine != 200 {
		t.Error("strangers are counted together")
	}
	now = now.Add(2 * time.Second)
	if fine, _ := ask(ana, 10); fine != 4 {
		t.Errorf("two seconds later %d of 10", fine)
	}
	for i := range maxLimited + 10 {
		limits.client(string(catalog.NewAccountID()), i+1, 1)
	}
	if len(limits.clients) > maxLimited {
		t.Errorf("%d clients are remembered", len(limits.clients))
	}
}

func TestEveryOperationTellsItsLimit(t *testing.T) {
	t.Parallel()
	document := routesOf(t).api
	for path, item := range document.Paths {
		for method, o := range operationsOf(item) {
			if answer := o.Responses["429"]; answer == nil || answer.Headers["Retry-After"] == nil || len(answer.Content) == 0 {
				t.Errorf("%s %s does not", method, path)
			}
		}
	}
}
