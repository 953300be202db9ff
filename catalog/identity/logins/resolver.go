package logins

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const (
	maxTogether   = 500 // sessions read at the same time
	maxReads      = 2   // statements under way
	resolveWithin = 10 * time.Second
)

// resolver reads the sessions of many requests together. Ten thousand players
// report every ten seconds, each with a session that was not asked about for
// longer than the cache keeps it: one by one that is most of the database's work.
// While a statement is under way those who come gather for the next; nobody waits
// for a timer.
type resolver struct {
	read func(ctx context.Context, sessions []*asking) error

	mu      sync.Mutex
	waiting []*asking
	reading int
}

// asking is one session that is being resolved; done is closed when principal
// and err are final.
type asking struct {
	token     string // as stored
	principal identity.Principal
	err       error
	done      chan struct{}
}

// resolve returns who has the session; nobody when it is unknown or over.
func (r *resolver) resolve(ctx context.Context, token string) (identity.Principal, error) {
	a := &asking{token: token, done: make(chan struct{})}
	r.join(a) //nolint:contextcheck // a statement belongs to many requests and outlives each
	select {
	case <-a.done:
		return a.principal, a.err
	case <-ctx.Done():
		return identity.Principal{}, ctx.Err()
	}
}

func (r *resolver) join(a *asking) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, a)
	if r.reading < maxReads {
		r.reading++
		go r.run()
	}
}

// run reads until nobody waits.
func (r *resolver) run() {
	for batch := r.take(); len(batch) > 0; batch = r.take() {
		ctx, cancel := context.WithTimeout(context.Background(), resolveWithin)
		err := r.read(ctx, batch)
		cancel()
		for _, a := range batch {
			if err != nil {
				a.principal, a.err = identity.Principal{}, errors.Join(catalog.ErrUnavailable, err)
			}
			close(a.done)
		}
	}
}

// take returns whose turn it is; none ends the reader.
func (r *resolver) take() []*asking {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.waiting), maxTogether)
	batch := r.waiting[:n:n]
	if r.waiting = r.waiting[n:]; len(r.waiting) == 0 {
		r.waiting = nil
	}
	if n == 0 {
		r.reading--
	}
	return batch
}

// content is what a session holds for ever: it is decoded once.
type content struct {
	account  catalog.AccountID
	login    string
	deadline time.Time
	idle     time.Duration
}

// contents remembers the content of sessions by their stored token.
type contents struct {
	mu    sync.Mutex
	known map[string]content
}

func (c *contents) get(token string) (content, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, found := c.known[token]
	return known, found
}

func (c *contents) put(token string, known content) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxCached {
		c.known = map[string]content{}
	}
	c.known[token] = known
}

// storedToken is how scs names a session in its store (HashTokenInStore).
func storedToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// readSessions resolves a batch: which sessions last, whose they are, what
// those may do; and pushes the idle limit on where that is due.
func (m *Manager) readSessions(ctx context.Context, batch []*asking) error {
	held, err := m.readContents(ctx, batch)
	if err != nil {
		return err
	}
	accounts := make([]catalog.AccountID, 0, len(held))
	for _, c := range held {
		accounts = append(accounts, c.account)
	}
	roles, err := m.config.People.LoginRoles(ctx, accounts)
	if err != nil {
		return err
	}
	for _, a := range batch {
		c, lasts := held[a.token]
		if its, allowed := roles[c.account]; lasts && allowed {
			a.principal = identity.Principal{AccountID: c.account, LoginID: c.login, Roles: its}
		}
	}
	return nil
}

// readContents returns what those sessions of the batch hold that last.
func (m *Manager) readContents(ctx context.Context, batch []*asking) (map[string]content, error) {
	tokens, unknown := make([]string, 0, len(batch)), []string{}
	for _, a := range batch {
		tokens = append(tokens, a.token)
		if _, found := m.contents.get(a.token); !found {
			unknown = append(unknown, a.token)
		}
	}
	found, err := m.store.find(ctx, tokens, unknown)
	if err != nil {
		return nil, err
	}
	held, due := make(map[string]content, len(found)), map[string]time.Time{}
	for _, s := range found {
		c, err := m.contentOf(s)
		if err != nil {
			return nil, err
		}
		held[s.token] = c
		if next := m.nextExpiry(c); m.config.Now().Sub(s.used) >= min(touchEvery, c.idle/6) {
			due[s.token] = next
		}
	}
	return held, m.store.touch(ctx, due, m.config.Now())
}

// contentOf decodes what a session holds, unless it is known.
func (m *Manager) contentOf(s stored) (content, error) {
	if known, found := m.contents.get(s.token); found || s.data == nil {
		return known, nil
	}
	deadline, values, err := m.sessions.Codec.Decode(s.data)
	if err != nil {
		return content{}, err
	}
	account, _ := values[keyAccount].(string)
	login, _ := values[keyLogin].(string)
	idle, _ := values[keyIdle].(int64)
	c := content{account: catalog.AccountID(account), login: login, deadline: deadline, idle: time.Duration(idle) * time.Second}
	m.contents.put(s.token, c)
	return c, nil
}

// nextExpiry is when a session ends that is used now.
func (m *Manager) nextExpiry(c content) time.Time {
	idle := m.config.Now().Add(c.idle)
	if c.deadline.Before(idle) {
		return c.deadline
	}
	return idle
}
