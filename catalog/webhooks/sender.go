package webhooks

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"rounds/catalog"
)

// Store keeps deliveries. Its methods are safe for concurrent use.
type Store interface {
	// ClaimDeliveries takes up to most due deliveries in hand for life.
	ClaimDeliveries(ctx context.Context, most int, life time.Duration) ([]catalog.ClaimedDelivery, error)
	// Delivered records that an endpoint has taken a delivery.
	Delivered(ctx context.Context, d catalog.ClaimedDelivery, a catalog.DeliveryAttempt) error
	// Undelivered records that it has not, and plans what follows, not before
	// asked; gone says that the endpoint wants no more.
	Undelivered(ctx context.Context, d catalog.ClaimedDelivery, a catalog.DeliveryAttempt, asked time.Duration, gone bool) error
}

// Config is what a Sender is made of.
type Config struct {
	Store   Store
	Sealer  *catalog.Sealer // opens secrets, sealed with the endpoint's id as context
	Allowed []netip.Prefix  // private networks that events may be sent to
	Roots   *x509.CertPool  // nil: the machine's
	Log     *slog.Logger
	Every   time.Duration // how often to look for deliveries; 0: a second
	Observe func(delivered bool)
}

// Sender delivers events until it is stopped.
type Sender struct {
	config Config
	client *http.Client
	free   chan struct{} // one token for each delivery that may be on its way
}

const (
	// workers is how many deliveries of one process are on their way at once.
	workers = 16
	// claimLife is longer than an attempt and its record take.
	claimLife = 2 * time.Minute
)

// NewSender makes a sender. Nothing happens until Run.
func NewSender(c Config) *Sender {
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Observe == nil {
		c.Observe = func(bool) {}
	}
	return &Sender{config: c, client: newClient(c.Allowed, c.Roots), free: make(chan struct{}, workers)}
}

// Run delivers until ctx ends, then finishes what is on its way.
func (s *Sender) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	tick := time.NewTicker(s.config.Every)
	defer tick.Stop()
	for {
		if err := s.round(ctx, &all); err != nil && ctx.Err() == nil {
			s.config.Log.WarnContext(ctx, "webhooks could not be looked for", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round begins as many deliveries as there is room for.
func (s *Sender) round(ctx context.Context, all *sync.WaitGroup) error {
	room := workers - len(s.free)
	if room == 0 {
		return nil
	}
	claimed, err := s.config.Store.ClaimDeliveries(ctx, room, claimLife)
	if err != nil {
		return err
	}
	for _, d := range claimed {
		s.free <- struct{}{}
		all.Go(func() {
			defer func() { <-s.free }()
			s.deliver(context.WithoutCancel(ctx), d)
		})
	}
	return nil
}

// deliver makes one attempt and writes down what came of it. A failure to do
// so is left to the end of the claim.
func (s *Sender) deliver(ctx context.Context, d catalog.ClaimedDelivery) {
	began := time.Now()
	answer, err := s.post(ctx, d, began)
	attempt := catalog.DeliveryAttempt{At: began, TookMS: int(time.Since(began).Milliseconds()), Status: answer.status, Answer: answer.body}
	if err == nil {
		err = s.config.Store.Delivered(ctx, d, attempt)
		s.config.Observe(true)
	} else {
		attempt.Error = reason(err)
		s.config.Log.InfoContext(ctx, "webhook not delivered", "delivery", d.ID, "endpoint", d.Endpoint.ID, "event", d.Event.Type, "attempt", d.Attempts, "error", attempt.Error)
		err = s.config.Store.Undelivered(ctx, d, attempt, answer.after, answer.status == http.StatusGone)
		s.config.Observe(false)
	}
	if err != nil {
		s.config.Log.WarnContext(ctx, "outcome of a webhook not recorded", "delivery", d.ID, "error", err)
	}
}

// answered is what an endpoint said.
type answered struct {
	status int
	body   string
	after  time.Duration // how long it wants to be left alone
}

// payload is the body of a delivery, in the order that the specification shows.
type payload struct {
	Type      catalog.EventType `json:"type"`
	Timestamp time.Time         `json:"timestamp"`
	Data      map[string]any    `json:"data"`
}

// post sends a delivery; an error says that it was not taken. Only 2xx means
// that it was: a redirect is an address that nobody has looked at.
func (s *Sender) post(ctx context.Context, d catalog.ClaimedDelivery, now time.Time) (a answered, err error) {
	request, err := s.request(ctx, d, now)
	if err != nil {
		return a, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	a = answered{status: response.StatusCode, body: printable(text), after: retryAfter(response.Header.Get("Retry-After"), now)}
	if response.StatusCode/100 != 2 {
		return a, fmt.Errorf("it answered %d", response.StatusCode)
	}
	return a, nil
}

func (s *Sender) request(ctx context.Context, d catalog.ClaimedDelivery, now time.Time) (*http.Request, error) {
	body, err := json.Marshal(payload{d.Event.Type, d.Event.At.UTC(), d.Event.Data})
	if err != nil {
		return nil, err
	}
	secrets, err := s.secrets(d.Endpoint, now)
	if err != nil {
		return nil, err
	}
	signed, err := signature(d.Event.ID, now, body, secrets...)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Rounds-Webhooks/1")
	request.Header.Set("Webhook-Id", d.Event.ID)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	request.Header.Set("Webhook-Signature", signed)
	return request, nil
}

// secrets are those in force: the present one, and the one before it until its
// time is over.
func (s *Sender) secrets(e catalog.WebhookEndpoint, now time.Time) ([]string, error) {
	present, err := s.config.Sealer.Open(e.SealedSecret, e.ID)
	if err != nil {
		return nil, fmt.Errorf("open the secret: %w", err)
	}
	secrets := []string{string(present)}
	if e.SealedOld == nil || e.OldUntil == nil || now.After(*e.OldUntil) {
		return secrets, nil
	}
	old, err := s.config.Sealer.Open(e.SealedOld, e.ID)
	if err != nil {
		return nil, fmt.Errorf("open the old secret: %w", err)
	}
	return append(secrets, string(old)), nil
}

// reason is why a delivery failed, for administrators; addresses inside a
// network are not told.
func reason(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it did not answer in time"
	}
	text := err.Error()
	if i := strings.LastIndex(text, `": `); i >= 0 { // Post "https://…":
		text = text[i+3:]
	}
	return printable([]byte(text[:min(len(text), 500)]))
}

// printable is a text that can be stored and shown.
func printable(text []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(text), "?"), "\x00", "?")
}

// retryAfter reads the seconds or the date that an endpoint asks for (RFC 9110
// section 10.2.3).
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 86_400)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
