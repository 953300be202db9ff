package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthcheckFailsUnlessItIsWell(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	ask := func() error {
		return Run(t.Context(), []string{"healthcheck", server.URL + "/readyz"}, io.Discard, io.Discard)
	}
	if err := ask(); err != nil {
		t.Errorf("200: %v", err)
	}
	status = http.StatusServiceUnavailable
	if err := ask(); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("503: %v", err)
	}
	server.Close()
	if err := ask(); err == nil {
		t.Error("nobody there, and it is well")
	}
}
