package main

import (
	"context"
	"time"
)

// rehearsalConfig says how long presenters' rehearsals stay.
type rehearsalConfig struct {
	Days int `default:"7" env:"ROUNDS_REHEARSAL_DAYS" help:"Days after which the rehearsal of a presenter is removed with its recordings; 1 at least."`
}

func (c rehearsalConfig) life() time.Duration { return time.Duration(max(1, c.Days)) * 24 * time.Hour }

// endRehearsals is the chore that keeps to it.
func (s *server) endRehearsals(ctx context.Context) ([]any, error) {
	ended, err := s.store.ForgetRehearsals(ctx, s.config.Rehearsal.life())
	return []any{"ended", ended}, err
}
