package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/transcode/jobs/queuepage"
)

// queuePath is where River's page is on the admin port of the API.
const queuePath = "/river"

// adminPort is the admin port of the API: figures and profiles for whoever
// reaches it, and River's page for administrators.
func (s *server) adminPort(ctx context.Context) (http.Handler, error) {
	page, err := queuepage.New(ctx, s.db, queuePath, s.log)
	if err != nil {
		return nil, err
	}
	guarded := chain(page, recoverPanics(s.log, s.metrics.panics), securityHeaders(false), fromHereOnly, passwordIsToken, limitBody, s.logins.Middleware, adminsOnly, s.noteQueueActs)
	mux := http.NewServeMux()
	mux.Handle("/", metricsHandler(s.registry))
	mux.Handle(queuePath, guarded)
	mux.Handle(queuePath+"/", guarded)
	return mux, nil
}

// fromHereOnly refuses what a page of another site makes a browser send. Browsers
// also send passwords by themselves, so no request is excepted.
func fromHereOnly(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sendProblem(w, newProblem(http.StatusForbidden, "cross_origin", "This request came from another site and was refused."))
	}))
	return protection.Handler(next)
}

// passwordIsToken takes the password that a browser asks for as an API token:
// the admin port is reached by an address of its own, where nobody's session is.
func passwordIsToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, ok := r.BasicAuth(); ok {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+password)
		}
		w = &askingForToken{ResponseWriter: w}
		next.ServeHTTP(w, r)
	})
}

// askingForToken has browsers ask for a password when nobody is signed in.
type askingForToken struct{ http.ResponseWriter }

func (w *askingForToken) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Rounds: an API token of an administrator as password", charset="UTF-8"`)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (w *askingForToken) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// adminsOnly lets administrators in, and their tokens that may do everything.
func adminsOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch who := identity.FromContext(r.Context()); {
		case !who.SignedIn():
			writeProblem(w, r, catalog.ErrUnauthenticated)
		case !who.Admin() || who.Scopes != nil || who.UploadTo != "":
			writeProblem(w, r, catalog.ErrForbidden)
		default:
			w.Header().Set("Cache-Control", "no-store")
			next.ServeHTTP(w, r)
		}
	})
}

// noteQueueActs writes each act into the audit log before it is done; what
// cannot be written down is not done.
func (s *server) noteQueueActs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			writeProblem(w, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		act := r.Method + " " + strings.TrimPrefix(r.URL.Path, queuePath)
		if err := s.store.NoteQueueAct(r.Context(), act[:min(len(act), 200)], jobsIn(body)); err != nil {
			writeProblem(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mostNotedJobs bounds a row of the audit log.
const mostNotedJobs = 1000

// jobsIn are the ids that a request of River's page names.
func jobsIn(body []byte) []int64 {
	var named struct {
		IDs []json.Number `json:"ids"`
	}
	ids := []int64{}
	if json.Unmarshal(body, &named) != nil {
		return ids
	}
	for _, text := range named.IDs[:min(len(named.IDs), mostNotedJobs)] {
		if id, err := strconv.ParseInt(text.String(), 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
