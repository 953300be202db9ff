package catalogdb

import "context"

// Sweep forgets what nobody needs any more: idempotent answers after a day,
// one-time codes – with what people told who never finished registering –
// after a week. Call it now and then, from any number of processes.
func (s *Store) Sweep(ctx context.Context) (err error) {
	defer wrap(&err, "sweep")
	for _, sql := range []string{
		`delete from idempotency_keys where created_at < now() - interval '1 day'`,
		`delete from one_time_codes where created_at < now() - interval '7 days'`,
	} {
		if _, err := s.db.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
