package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// gate is what a release is held against.
type gate struct {
	ready    []string // addresses that have to answer 200
	metrics  []string // addresses of Prometheus figures
	length   time.Duration
	every    time.Duration
	bad      int     // bad looks in a row that are a verdict
	errors   float64 // largest share of requests that may end with 5xx
	requests float64 // fewer than that say nothing about a share
	client   *http.Client
	log      io.Writer
}

// errUnwell is the verdict on a release that has to be taken back.
var errUnwell = errors.New("the release is not well")

// watch returns nil when the release was well to the end, errUnwell with the
// reason as soon as it was not, or the error of ctx.
func (g gate) watch(ctx context.Context) error {
	end := time.NewTimer(g.length)
	defer end.Stop()
	again := time.NewTicker(g.every)
	defer again.Stop()
	first := counts{}
	for row, looks := 0, 0; ; {
		err := g.look(ctx, first)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			row, looks = 0, looks+1
		default:
			row++
			_, _ = fmt.Fprintf(g.log, "bad look %d of %d: %v\n", row, g.bad, err)
		}
		if row == g.bad {
			return fmt.Errorf("%w: %w", errUnwell, err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			if row > 0 || looks == 0 {
				return fmt.Errorf("%w: it was not at the end: %w", errUnwell, err)
			}
			_, _ = fmt.Fprintf(g.log, "well at %d looks\n", looks)
			return nil
		}
	}
}

// counts are requests and those of them that failed, by the address that told.
type counts map[string][2]float64

// look asks everything once. What an address tells first is kept in first: only
// what comes after it counts.
func (g gate) look(ctx context.Context, first counts) error {
	for _, address := range g.ready {
		if err := g.get(ctx, address, func(io.Reader) error { return nil }); err != nil {
			return err
		}
	}
	var all, failed float64
	for _, address := range g.metrics {
		var now [2]float64
		if err := g.get(ctx, address, func(r io.Reader) (err error) { now[0], now[1], err = requests(r); return err }); err != nil {
			return err
		}
		before, known := first[address]
		if !known || now[0] < before[0] { // a process that was started anew counts from zero
			first[address], before = now, now
		}
		all, failed = all+now[0]-before[0], failed+now[1]-before[1]
	}
	if all >= g.requests && failed > all*g.errors {
		return fmt.Errorf("%.0f of %.0f requests failed, more than %.2f %%", failed, all, 100*g.errors)
	}
	return nil
}

func (g gate) get(ctx context.Context, address string, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	response, err := g.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it is read or not wanted
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, response.Status)
	}
	return read(io.LimitReader(response.Body, 16<<20))
}

var requestCount = regexp.MustCompile(`^rounds_http_request_duration_seconds_count\{.*\bstatus="(\d)\d\d".*\} (\S+)$`)

// requests adds up what a process tells of its requests.
func requests(r io.Reader) (all, failed float64, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := requestCount.FindStringSubmatch(strings.TrimSpace(lines.Text()))
		if m == nil {
			continue
		}
		n, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return 0, 0, fmt.Errorf("figure %q: %w", lines.Text(), err)
		}
		if all += n; m[1] == "5" {
			failed += n
		}
	}
	return all, failed, lines.Err()
}
