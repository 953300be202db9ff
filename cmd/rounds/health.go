package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// check asks one part of the service whether it answers.
type check struct {
	name string
	ask  func(ctx context.Context) error
}

// readyTimeout bounds one readiness request, so that a load balancer gets its
// answer before it gives up.
const readyTimeout = 3 * time.Second

// healthz says that the process is alive, and nothing about anything else.
func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"ok"}` + "\n")) // the client may be gone
}

// readyz asks every part and answers 503 naming those that are away. The
// reasons go to the log only: they can hold addresses.
func readyz(checks []check) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		status, parts := http.StatusOK, map[string]string{}
		for _, c := range checks {
			parts[c.name] = "ok"
			if err := c.ask(ctx); err != nil {
				noteError(r.Context(), err)
				status, parts[c.name] = http.StatusServiceUnavailable, "not reachable"
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(parts) // the client may be gone
	}
}
