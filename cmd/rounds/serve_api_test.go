package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// TestRoutesThatAreNot: a program that asks for what is not there gets a
// problem; people get a page.
func TestRoutesThatAreNot(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.NoMethod(noMethod)
	engine.NoRoute(pagesBehind(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })))
	engine.GET("/v1/programs", func(*gin.Context) {})
	cases := map[string]struct {
		method, path, body string
		status             int
	}{
		"method": {"PUT", "/v1/programs", `"code":"method_not_allowed"`, 405},
		"route":  {"GET", "/v1/nothing", `"code":"not_found"`, 404},
		"root":   {"GET", "/v1", `"code":"not_found"`, 404},
		"page":   {"GET", "/courses", "page", 200},
	}
	for name, c := range cases {
		recorder := httptest.NewRecorder()
		engine.ServeHTTP(recorder, httptest.NewRequest(c.method, c.path, nil))
		if recorder.Code != c.status || !strings.Contains(recorder.Body.String(), c.body) {
			t.Errorf("%s: %d %s", name, recorder.Code, recorder.Body)
		}
		if problem := recorder.Header().Get("Content-Type") == "application/problem+json"; problem != (c.status >= 400) {
			t.Errorf("%s: content type %q", name, recorder.Header().Get("Content-Type"))
		}
		if c.status == 405 && recorder.Header().Get("Allow") != "GET" {
			t.Errorf("%s: Allow %q", name, recorder.Header().Get("Allow"))
		}
	}
}
