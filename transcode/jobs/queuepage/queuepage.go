package queuepage

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"riverqueue.com/riverui"
)

// policy lets the page load what comes with it and nothing else. Its tables set
// styles from scripts of their own.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// Page is River's page below a prefix.
type Page struct {
	handler *riverui.Handler
	running context.Context //nolint:containedctx // of the process: what the page asks for ends with it
	start   sync.Once
	log     *slog.Logger
}

// New returns the page over the queues of pool; what it does in the background
// ends with ctx. prefix begins with a slash.
func New(ctx context.Context, pool *pgxpool.Pool, prefix string, log *slog.Logger) (*Page, error) {
	quiet := slog.New(slog.DiscardHandler) // what fails is shown on the page
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	handler, err := riverui.NewHandler(&riverui.HandlerOpts{Endpoints: riverui.NewEndpoints(client, nil), Prefix: prefix, Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("river page: %w", err)
	}
	return &Page{handler: handler, running: ctx, log: log}, nil
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.start.Do(func() { //nolint:contextcheck // it outlives the request
		if err := p.handler.Start(p.running); err != nil {
			p.log.WarnContext(r.Context(), "the page of the queues counts nothing", "error", err)
		}
	})
	w.Header().Set("Content-Security-Policy", policy)
	p.handler.ServeHTTP(w, r)
}
