package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Schedule lists the webinars of a program that who may see, in their order. It
// also tells of courses that wait for others to be completed: what comes, when it
// is live and who presents it is no secret; only opening it is refused.
func (s *Store) Schedule(ctx context.Context, who identity.Principal, program catalog.ProgramID) (webinars []catalog.Webinar, err error) {
	defer wrap(&err, "read schedule of %q", program)
	rows, err := s.db.Query(ctx, selectWebinar+` and `+seesWebinar+` and p.id = $2 order by c.position, c.id, w.position, w.id`, viewer(who), program)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanWebinar)
}
