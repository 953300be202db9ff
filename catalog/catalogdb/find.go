package catalogdb

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// conditions grow a query by what is asked for only, so that each combination
// has a plan of its own.
type conditions struct {
	sql  string
	args []any
}

// and adds a condition in which ? stands for arg.
func (c *conditions) and(condition string, arg any) {
	c.args = append(c.args, arg)
	c.sql += " and " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(c.args)))
}

// FindWebinars lists webinars of all programs that who may see and that a
// filter lets through, oldest first.
func (s *Store) FindWebinars(ctx context.Context, who identity.Principal, f catalog.WebinarFilter, p catalog.PageRequest) (page catalog.Page[catalog.Webinar], err error) {
	defer wrap(&err, "find webinars")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	c := conditions{args: []any{viewer(who)}}
	c.and("w.id > ?", after.ID)
	if f.Program != "" {
		c.and("p.id = ?", f.Program)
	}
	if f.Presenter != "" {
		c.and("exists (select from webinar_presenters x where x.webinar_id = w.id and x.account_id = ?)", f.Presenter)
	}
	if f.StartsFrom != nil {
		c.and("w.starts_at >= ?", *f.StartsFrom)
	}
	if f.StartsBefore != nil {
		c.and("w.starts_at < ?", *f.StartsBefore)
	}
	if f.Playable != nil {
		c.and("(w.current_recording_id is not null) = ?", *f.Playable)
	}
	c.args = append(c.args, p.Size()+1)
	rows, err := s.db.Query(ctx, selectWebinar+noRehearsal+` and `+seesWebinar+` and `+mayOpen+c.sql+` order by w.id limit $`+strconv.Itoa(len(c.args)), c.args...)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanWebinar)
	return paged(items, err, p, func(w catalog.Webinar) catalog.Cursor { return catalog.Cursor{ID: string(w.ID)} })
}
