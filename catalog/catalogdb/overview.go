package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ProgramCounts are the people of a program in numbers.
type ProgramCounts struct {
	Enrolled        int
	OpenInvitations int // neither used nor expired
}

// ProgramCounts counts the people of a program; zeros when there is none.
func (s *Store) ProgramCounts(ctx context.Context, id catalog.ProgramID) (c ProgramCounts, err error) {
	defer wrap(&err, "count people of %q", id)
	err = s.db.QueryRow(ctx, `select
		(select count(*) from enrolments where program_id = $1 and withdrawn_at is null),
		(select count(*) from invitations where program_id = $1 and used_at is null and (expires_at is null or expires_at > now()))`, id).
		Scan(&c.Enrolled, &c.OpenInvitations)
	return c, err
}

// Presenters lists the accounts that may present, by name.
func (s *Store) Presenters(ctx context.Context) (people []identity.Account, err error) {
	defer wrap(&err, "list presenters")
	rows, err := s.db.Query(ctx, `select id, name, email from accounts where 'presenter' = any(roles) and disabled_at is null order by name, id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a identity.Account, err error) {
		err = row.Scan(&a.ID, &a.Name, &a.Email)
		return a, err
	})
}
