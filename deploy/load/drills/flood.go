package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// The flood: how many connections guess at once, for how long, from which network.
const (
	guessers  = 40
	floodTime = 10 * time.Second
	floodFrom = "127.0.0.66"
	victim    = "victim@example.org"
)

// floodSignIn guesses codes of one account from one network while another doctor
// signs in.
func floodSignIn(ctx context.Context, m *machine) (string, error) {
	if _, err := m.db.Exec(ctx, `insert into accounts (id, email, name) values ('acc_victim', $1, 'Doctor')`, victim); err != nil {
		return "", err
	}
	made, err := m.admin().must(ctx, http.MethodPost, "/v1/programs", map[string]any{"title": "A drill"})
	if err != nil {
		return "", err
	}
	flooding, stop := context.WithTimeout(ctx, floodTime)
	defer stop()
	f, err := m.flood(flooding)
	if err != nil {
		return "", err
	}
	began := time.Now()
	honest, err := m.visitor("127.0.0.1")
	if err == nil {
		err = honest.register(ctx, m, made["id"].(string), "honest@example.org")
	}
	took, during := time.Since(began), flooding.Err() == nil
	f.all.Wait()
	if err != nil {
		return "", err
	}
	paused, err := m.pause(10 * time.Second)
	mails := len(m.mails(victim))
	seen := fmt.Sprintf("of %d guesses %d were refused with 429, %d ended in a 5xx, %d got in; %d mails to the account; another doctor registered and signed in within %s; %s",
		f.sent.Load(), f.refused.Load(), f.broken.Load(), f.in.Load(), mails, round(took), paused)
	if !f.held() || mails > 5 || !during {
		err = errors.Join(err, errors.New("that is not what was expected"))
	}
	return seen, err
}

// flood counts what becomes of guesses.
type flood struct {
	sent, refused, in, broken atomic.Int64
	all                       sync.WaitGroup
}

// held reports whether nobody got in, nothing broke and most guesses were refused.
func (f *flood) held() bool {
	return f.in.Load() == 0 && f.broken.Load() == 0 && f.refused.Load() >= f.sent.Load()/2
}

// flood begins to guess until ctx ends.
func (m *machine) flood(ctx context.Context) (*flood, error) {
	f := &flood{}
	for n := range guessers {
		guesser, err := m.visitor(floodFrom)
		if err != nil {
			return nil, err
		}
		f.all.Go(func() {
			for try := n; ctx.Err() == nil; try += guessers {
				f.guess(ctx, guesser, try)
			}
		})
	}
	return f, nil
}

// guess asks for a code and tries another.
func (f *flood) guess(ctx context.Context, v *visitor, try int) {
	_, _, _ = v.ask(ctx, http.MethodPost, "/v1/auth/otp", map[string]any{"email": victim}) // 202 or 429
	status, _, err := v.ask(ctx, http.MethodPost, "/v1/auth/session", map[string]any{"email": victim, "code": fmt.Sprintf("%06d", try%1_000_000)})
	f.sent.Add(1)
	switch {
	case err != nil: // the end of the flood
	case status == http.StatusTooManyRequests:
		f.refused.Add(1)
	case status == http.StatusCreated:
		f.in.Add(1)
	case status >= http.StatusInternalServerError:
		f.broken.Add(1)
	}
}
