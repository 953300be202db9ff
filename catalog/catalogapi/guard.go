package catalogapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"rounds/catalog"
)

// guesses are the codes of answers to what may have been a guess at a secret.
var guesses = []string{"code_invalid", "too_many_tries", "invitation_invalid", "event_number", "passkey_invalid"}

// guarded does what takes a secret, unless too many were wrong that came from
// the asker's network; a wrong one is counted. Right ones never are, so a
// hospital behind one address is not kept out.
func (s *server) guarded(ctx context.Context, do func() error) error {
	failures, err := s.Store.Failures(ctx)
	if err != nil {
		return err
	}
	if err := failures.Allow(time.Now()); err != nil {
		return err
	}
	if err = do(); guessed(err) {
		err = errors.Join(err, s.Store.CountFailure(ctx))
	}
	return err
}

func guessed(err error) bool {
	var field *catalog.FieldError
	var limit *catalog.RateLimitError
	return errors.As(err, &field) && slices.Contains(guesses, field.Code) || errors.As(err, &limit) && slices.Contains(guesses, limit.Code)
}
