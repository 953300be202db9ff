package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// load is what one run of a generator came to.
type load struct {
	perSecond float64
	p99       time.Duration
	all       float64 // answers, also of the warm-up
}

// generator sends requests over a number of connections, each waiting for its
// answer before the next.
type generator struct {
	address     string
	connections int
	length      time.Duration
	warmUp      time.Duration
	perSecond   float64 // of all connections; 0: as fast as answers come
	want        string  // status of every answer, e.g. "200"
	// next appends the next request of a connection to buffer, which is empty.
	next func(connection int, buffer []byte) []byte
}

// run drives the load and returns what was answered after the warm-up.
func (g generator) run(ctx context.Context) (load, error) {
	start := time.Now()
	ctx, cancel := context.WithDeadline(ctx, start.Add(g.warmUp+g.length))
	defer cancel()
	latencies, problems, counts := make([][]time.Duration, g.connections), make([]error, g.connections), make([]float64, g.connections)
	var senders sync.WaitGroup
	for i := range g.connections {
		senders.Go(func() { latencies[i], counts[i], problems[i] = g.drive(ctx, i, start.Add(g.warmUp)) })
	}
	senders.Wait()
	if err := errors.Join(problems...); err != nil {
		return load{}, err
	}
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		return load{}, errors.New("nothing was answered")
	}
	slices.Sort(all)
	return load{perSecond: float64(len(all)) / g.length.Seconds(), p99: all[len(all)*99/100], all: sum(counts)}, nil
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// drive is one connection until ctx ends; it returns how long answers took that
// came after from, and how many came in all.
func (g generator) drive(ctx context.Context, connection int, from time.Time) (latencies []time.Duration, count float64, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", g.address)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close() //nolint:errcheck // nothing is lost
	answers, buffer := bufio.NewReaderSize(conn, 256<<10), make([]byte, 0, 2048)
	due := time.Now()
	for ctx.Err() == nil {
		buffer = g.next(connection, buffer[:0])
		sent := time.Now()
		if _, err := conn.Write(buffer); err != nil {
			return nil, 0, err
		}
		if err := readAnswer(answers, g.want); err != nil {
			return nil, 0, err
		}
		count++
		if now := time.Now(); now.After(from) && ctx.Err() == nil {
			latencies = append(latencies, now.Sub(sent))
		}
		due = g.pace(ctx, due)
	}
	return latencies, count, nil
}

// pace waits until the next request is due, when a rate was asked for.
func (g generator) pace(ctx context.Context, due time.Time) time.Time {
	if g.perSecond == 0 {
		return due
	}
	due = due.Add(time.Duration(float64(g.connections) / g.perSecond * float64(time.Second)))
	wait := time.Until(due)
	if wait <= 0 {
		return time.Now().Add(wait / 2) // it lags: it need not catch up all of it
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return due
}

// readAnswer reads one answer with a Content-Length to its end.
func readAnswer(r *bufio.Reader, want string) error {
	status, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	right := len(status) > 12 && string(status[9:12]) == want
	said, length := string(status), -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("an answer without a length: %s", said)
	}
	if right {
		_, err = r.Discard(length)
		return err
	}
	body := make([]byte, min(length, 400))
	_, _ = io.ReadFull(r, body) // it is for the message only
	return fmt.Errorf("answered %s%s", said, body)
}
