package edge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Between two looks at the processes of the API, and how long one may take.
const (
	watchEvery = time.Second
	watchLimit = 4 * time.Second // a readiness request ends in 3 s by itself
)

// maxReplay is the largest body that is kept so that another process of the API
// can be asked: beats and forms fit, imports are not sent twice.
const maxReplay = 64 << 10

// balancer shares requests among the processes of the API in turn. One that
// cannot be connected to, or says that it is not ready, is left out until it is
// back; with none left all are asked, since a wrong look must not close the door.
type balancer struct {
	processes []*process
	turn      atomic.Uint64
	transport http.RoundTripper
	log       *slog.Logger
}

// process is one `rounds serve`.
type process struct {
	address *url.URL
	away    atomic.Bool
}

func newBalancer(addresses []*url.URL, transport http.RoundTripper, log *slog.Logger) *balancer {
	b := &balancer{transport: transport, log: log}
	for _, a := range addresses {
		b.processes = append(b.processes, &process{address: a})
	}
	return b
}

// RoundTrip asks one process, and the next one when nothing of the request can
// have been done by the first.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := replayable(r)
	if err != nil {
		return nil, err
	}
	for _, p := range b.order() {
		response, asked := b.transport.RoundTrip(p.request(r, body))
		if asked == nil {
			return response, nil
		}
		err = asked
		unreached := new(net.OpError)
		dialed := errors.As(asked, &unreached) && unreached.Op == "dial"
		if dialed {
			b.note(p, true)
		}
		if r.Context().Err() != nil || !dialed && !harmless(r) || body == nil && r.Body != nil && r.Body != http.NoBody {
			break
		}
	}
	return nil, err
}

// harmless reports whether asking twice is no more than asking once (RFC 9110,
// section 9.2.1).
func harmless(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// replayable reads a small body; nil when there is none or it is too large.
func replayable(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.ContentLength <= 0 || r.ContentLength > maxReplay {
		return nil, nil
	}
	return io.ReadAll(r.Body)
}

// request is r for this process.
func (p *process) request(r *http.Request, body []byte) *http.Request {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host = p.address.Scheme, p.address.Host
	if body != nil {
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		out.Body, _ = out.GetBody()
	}
	return out
}

// order lists the processes that are there, beginning with the one whose turn it
// is, then those that are away.
func (b *balancer) order() []*process {
	n := len(b.processes)
	first := int(b.turn.Add(1) % uint64(n)) //nolint:gosec // n is positive and small
	var there, away []*process
	for i := range n {
		p := b.processes[(first+i)%n]
		if p.away.Load() {
			away = append(away, p)
		} else {
			there = append(there, p)
		}
	}
	return append(there, away...)
}

// note remembers whether a process is away and logs the change.
func (b *balancer) note(p *process, away bool) {
	if p.away.Swap(away) == away || len(b.processes) == 1 {
		return
	}
	if away {
		b.log.Warn("an API process is away", "api", p.address.Host)
		return
	}
	b.log.Info("an API process is back", "api", p.address.Host)
}

// watch looks at the processes until ctx ends. A single one has nobody to stand
// in for it and is not watched.
func (b *balancer) watch(ctx context.Context) {
	if len(b.processes) == 1 {
		return
	}
	again := time.NewTicker(watchEvery)
	defer again.Stop()
	for {
		var looks sync.WaitGroup
		for _, p := range b.processes {
			looks.Go(func() {
				if ready, done := b.ready(ctx, p); done {
					b.note(p, !ready)
				}
			})
		}
		looks.Wait()
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// ready asks a process whether it can serve; done is false when ctx ended first.
func (b *balancer) ready(ctx context.Context, p *process) (ready, done bool) {
	limited, cancel := context.WithTimeout(ctx, watchLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, p.address.JoinPath("/readyz").String(), nil)
	if err != nil {
		return false, true
	}
	response, err := b.transport.RoundTrip(request)
	if err != nil {
		return false, ctx.Err() == nil
	}
	defer response.Body.Close() //nolint:errcheck // it was read or not
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxReplay))
	return err == nil && response.StatusCode == http.StatusOK, ctx.Err() == nil
}
