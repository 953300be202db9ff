package main

import (
	"context"
	"time"

	"rounds/deploy/care/caredb"
	"rounds/playback/evidence/vault"
)

// qualityChore is the upkeep by whose time the rolling up of quality goes on.
const qualityChore = "quality"

// upkeep is what belongs to playing and is not for workers, which may be none
// at night. Like there, the database sees to it that one process does it.
func (s *server) upkeep(ctx context.Context, heads *vault.Vault) {
	if heads == nil {
		s.log.WarnContext(ctx, "no bucket for the daily heads of the evidence is set: its chains are kept, but nobody vouches for them")
	}
	u := &upkeep{store: s.store, log: s.log, metrics: newUpkeepMetrics(s.registry), look: time.Minute}
	u.repeat(ctx, s.chores(heads))
}

// chores are all pieces; heads is nil when there is no bucket for them.
func (s *server) chores(heads *vault.Vault) []chore {
	chores := []chore{
		{qualityChore, 5 * time.Minute, func(ctx context.Context) ([]any, error) {
			sessions, err := s.plays.RollUpQuality(ctx, qualityChore)
			return []any{"sessions", sessions}, err
		}},
		{"attendance", 5 * time.Minute, func(ctx context.Context) ([]any, error) {
			projected, err := s.plays.ProjectBehind(ctx)
			return []any{"projected", projected}, err
		}},
		{"failures_of_networks", time.Hour, func(ctx context.Context) ([]any, error) {
			forgotten, err := s.store.ForgetFailures(ctx, time.Now())
			return []any{"forgotten", forgotten}, err
		}},
		{"registration_numbers", 24 * time.Hour, func(ctx context.Context) ([]any, error) {
			forgotten, err := s.store.ForgetSpotNumbers(ctx, time.Now())
			return []any{"forgotten", forgotten}, err
		}},
		{"old_personal_data", time.Hour, s.forgetOld},
		{"old_rehearsals", time.Hour, s.endRehearsals},
		{"events_of_players", 24 * time.Hour, func(ctx context.Context) ([]any, error) {
			days, err := s.plays.DropQuality(ctx, s.config.Quality.age(), time.Now())
			return []any{"days", days}, err
		}},
		{"partitions", time.Hour, func(ctx context.Context) ([]any, error) {
			return nil, s.plays.MakePartitions(ctx, time.Now())
		}},
		{"old_reports", 24 * time.Hour, func(ctx context.Context) ([]any, error) {
			forgotten, err := caredb.New(s.db).Forget(ctx, reportsAge)
			return []any{"reports", forgotten}, err
		}},
		{"key_fetches", time.Hour, func(ctx context.Context) ([]any, error) {
			accounts, err := s.plays.ForgetKeys(ctx, keyWindow)
			return []any{"accounts", accounts}, err
		}},
	}
	if heads != nil {
		chores = append(chores, chore{"evidence_heads", time.Hour, func(ctx context.Context) ([]any, error) {
			written, err := s.plays.WriteHeads(ctx, heads, time.Now())
			return []any{"written", written}, err
		}})
	}
	return chores
}
