package catalogapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// guesses are the codes of answers to what may have been a guess at a secret.
var guesses = []string{"code_invalid", "too_many_tries", "invitation_invalid", "event_number", "passkey_invalid"}

// guarded does what takes a secret, unless too many were wrong that came from
// the asker's network; a wrong one is counted. Right ones never are, so a
// hospital behind one address is not kept out: not even when more of it come at
// once than may be wrong, for they wait for each other.
func (s *server) guarded(ctx context.Context, do func() error) error {
	try, err := s.beginTry(ctx)
	if err != nil {
		return err
	}
	err = do()
	return errors.Join(err, s.Store.EndTry(context.WithoutCancel(ctx), try, guessed(err)))
}

// Waits between two attempts to begin a try, while others are under way.
const (
	firstTryWait = 20 * time.Millisecond
	lastTryWait  = time.Second
)

func (s *server) beginTry(ctx context.Context) (identity.Try, error) {
	for wait := firstTryWait; ; wait *= 2 {
		try, err := s.Store.BeginTry(ctx)
		var limit *catalog.RateLimitError
		if wait > lastTryWait || !errors.As(err, &limit) || limit.Code != identity.TooManyAtOnce {
			return try, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return try, err
		}
	}
}

func guessed(err error) bool {
	var field *catalog.FieldError
	var limit *catalog.RateLimitError
	return errors.As(err, &field) && slices.Contains(guesses, field.Code) || errors.As(err, &limit) && slices.Contains(guesses, limit.Code)
}
