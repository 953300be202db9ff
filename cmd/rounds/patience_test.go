package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rounds/deploy/local/pgtest"
)

// TestProcessesStartWhileTheDatabaseIsAway: API and worker that begin during an
// outage are alive, not ready, and serve once it is over.
func TestProcessesStartWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.New(t.Context(), filepath.Join(pgtest.TempDir(t), "cluster"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	s := bootSystem(t, cluster.URL("postgres"), "serve", "work", "edge")
	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	s.kill(s.api)
	s.kill(s.worker)
	s.api, s.worker = s.start(s.api.args...), s.start(s.worker.args...)
	for _, p := range []*process{s.api, s.worker} {
		s.eventually(2*time.Minute, "rounds "+p.args[0]+" says that the database is away", func() bool { return strings.Contains(p.log.tail(1<<20), "the database is away") })
	}
	if status, _ := s.visitor().try(http.MethodGet, "/healthz", nil); status != http.StatusOK {
		t.Errorf("/healthz: %d", status)
	}
	if status, _ := s.visitor().try(http.MethodGet, "/readyz", nil); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", status)
	}
	if err := cluster.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.waitReady()
	doctor := s.registerDoctor(s.makeCourse().programID, "early@example.org") // the outbox works too
	doctor.call(200, http.MethodGet, "/v1/me", nil)

	// A database that refuses is a wrong setting.
	wrong, err := url.Parse(cluster.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	wrong.User = url.UserPassword(wrong.User.Username(), "wrong")
	s.env = append(s.env, "ROUNDS_DATABASE_URL="+wrong.String())
	refused := s.start("work", "--work-dir="+filepath.Join(s.dir, "other"))
	s.eventually(2*time.Minute, "a worker with a wrong password ends", func() bool {
		select {
		case <-refused.done:
			return true
		default:
			return false
		}
	})
	if text := refused.log.tail(4000); !strings.Contains(text, "password authentication failed") {
		t.Errorf("it ends with %s", text)
	}
}
