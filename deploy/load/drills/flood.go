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

// floodSignIn guesses codes of one account from one network while another doctor
// signs in.
func floodSignIn(ctx context.Context, m *machine) (string, error) {
	const connections, lasts, victim = 40, 10 * time.Second, "victim@example.org"
	if _, err := m.db.Exec(ctx, `insert into accounts (id, email, name) values ('acc_victim', $1, 'Doctor')`, victim); err != nil {
		return "", err
	}
	made, err := m.admin().must(ctx, http.MethodPost, "/v1/programs", map[string]any{"title": "A drill"})
	if err != nil {
		return "", err
	}
	flooding, stop := context.WithTimeout(ctx, lasts)
	defer stop()
	var sent, refused, in, other atomic.Int64
	var all sync.WaitGroup
	for n := range connections {
		guesser, err := m.visitor("127.0.0.66")
		if err != nil {
			return "", err
		}
		all.Go(func() {
			for try := n; flooding.Err() == nil; try += connections {
				_, _, _ = guesser.ask(flooding, http.MethodPost, "/v1/auth/otp", map[string]any{"email": victim}) // 202 or 429
				status, _, err := guesser.ask(flooding, http.MethodPost, "/v1/auth/session", map[string]any{"email": victim, "code": fmt.Sprintf("%06d", try%1_000_000)})
				sent.Add(1)
				switch {
				case err != nil: // the end of the flood, or of a connection
				case status == http.StatusTooManyRequests:
					refused.Add(1)
				case status == http.StatusCreated:
					in.Add(1)
				case status >= http.StatusInternalServerError:
					other.Add(1)
				}
			}
		})
	}
	began := time.Now()
	honest, err := m.visitor("127.0.0.1")
	if err == nil {
		err = honest.register(ctx, m, made["id"].(string), "honest@example.org")
	}
	took := time.Since(began)
	during := flooding.Err() == nil
	all.Wait()
	if err != nil {
		return "", err
	}
	paused, err := m.pause(10 * time.Second)
	mails := len(m.mails(victim))
	seen := fmt.Sprintf("of %d guesses %d were refused with 429, %d ended in a 5xx, %d got in; %d mails to the account; another doctor registered and signed in within %s; %s",
		sent.Load(), refused.Load(), other.Load(), in.Load(), mails, round(took), paused)
	if in.Load() > 0 || other.Load() > 0 || refused.Load() < sent.Load()/2 || mails > 5 || !during {
		err = errors.Join(err, errors.New("that is not what was expected"))
	}
	return seen, err
}
