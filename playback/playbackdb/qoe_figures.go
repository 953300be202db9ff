package playbackdb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback/qoe"
)

// The rolled-up views are read by one of two conditions; each has the webinar
// or program as $1 and a span of time as $2 and $3.
const (
	views = ` from qoe_views v left join playback_sessions s on s.id = v.session_id
		cross join lateral (select coalesce(v.figures->>'engine', '') as engine) f
		where (v.figures->>'asked')::boolean and v.at >= $2 and v.at < coalesce($3, 'infinity'::timestamptz) and `
	viewsOfWebinar = views + `v.webinar_id = $1`
	viewsOfProgram = views + `v.webinar_id in (select w.id from webinars w join courses c on c.id = w.course_id where c.program_id = $1)`
)

// until is the end of a span as SQL has it: null where it has none.
func until(span qoe.Span) *time.Time {
	if span.Before.IsZero() {
		return nil
	}
	return &span.Before
}

// WebinarQuality tells how well a webinar was played in a span of time.
// catalog.ErrNotFound when there is no such webinar.
func (s *Store) WebinarQuality(ctx context.Context, webinar catalog.WebinarID, span qoe.Span) (q qoe.Quality, err error) {
	defer wrap(&err, "quality of webinar %q", webinar)
	var found bool
	if err := s.db.QueryRow(ctx, `select true from webinars where id = $1 and deleted_at is null`, webinar).Scan(&found); err != nil {
		return q, err
	}
	return s.quality(ctx, viewsOfWebinar, string(webinar), span)
}

// ProgramQuality tells how well all webinars of a program were played together.
// catalog.ErrNotFound when there is no such program.
func (s *Store) ProgramQuality(ctx context.Context, program catalog.ProgramID, span qoe.Span) (q qoe.Quality, err error) {
	defer wrap(&err, "quality of program %q", program)
	var found bool
	if err := s.db.QueryRow(ctx, `select true from programs where id = $1 and deleted_at is null`, program).Scan(&found); err != nil {
		return q, err
	}
	return s.quality(ctx, viewsOfProgram, string(program), span)
}

// WebinarsQuality tells how well each webinar of a program was played; the name
// of a group is the webinar's id. Webinars that nobody has played are left out.
func (s *Store) WebinarsQuality(ctx context.Context, program catalog.ProgramID, span qoe.Span) (groups []qoe.Group, err error) {
	defer wrap(&err, "quality of the webinars of %q", program)
	rows, err := s.db.Query(ctx, `select v.webinar_id, `+figuresColumns+viewsOfProgram+` group by v.webinar_id`, program, span.Since, until(span))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (g qoe.Group, err error) {
		return g, row.Scan(slices.Concat([]any{&g.Name}, figuresTargets(&g.Figures))...)
	})
}

// figuresColumns are the figures of a group of views; scan them with
// figuresTargets. What was played is what the ledger of the session says, credited
// or not.
const figuresColumns = `
	count(*), percentile_disc(0.5) within group (order by v.startup_ms), percentile_disc(0.95) within group (order by v.startup_ms),
	coalesce(sum(v.stalled_ms), 0)::bigint, coalesce(sum(s.accepted_ms + s.refused_ms), 0)::bigint,
	count(*) filter (where v.exited), count(*) filter (where v.failed)`

func figuresTargets(f *qoe.Figures) []any {
	return []any{&f.Views, &f.StartupP50MS, &f.StartupP95MS, &f.StalledMS, &f.PlayedMS, &f.Exits, &f.Failures}
}

func (s *Store) quality(ctx context.Context, views, id string, span qoe.Span) (qoe.Quality, error) {
	q := qoe.Quality{Country: []qoe.Group{}, Network: []qoe.Group{}, Device: []qoe.Group{}, Browser: []qoe.Group{}, Engine: []qoe.Group{}}
	rows, err := s.db.Query(ctx, `
		select grouping(v.country, v.network, v.device, v.browser, f.engine), coalesce(v.country, v.network, v.device, v.browser, f.engine, ''), `+figuresColumns+views+`
		group by grouping sets ((), (v.country), (v.network), (v.device), (v.browser), (f.engine))`, id, span.Since, until(span))
	if err != nil {
		return q, err
	}
	var set int
	var g qoe.Group
	_, err = pgx.ForEachRow(rows, slices.Concat([]any{&set, &g.Name}, figuresTargets(&g.Figures)), func() error {
		switch set { // a bit for each that the row is not grouped by
		case 0b01111:
			q.Country = append(q.Country, g)
		case 0b10111:
			q.Network = append(q.Network, g)
		case 0b11011:
			q.Device = append(q.Device, g)
		case 0b11101:
			q.Browser = append(q.Browser, g)
		case 0b11110:
			q.Engine = append(q.Engine, g)
		default:
			q.All = g.Figures
		}
		return nil
	})
	if err != nil {
		return q, err
	}
	for _, groups := range [][]qoe.Group{q.Country, q.Network, q.Device, q.Browser, q.Engine} {
		slices.SortFunc(groups, func(a, b qoe.Group) int { return cmp.Or(cmp.Compare(b.Views, a.Views), cmp.Compare(a.Name, b.Name)) })
	}
	q.Errors, err = s.lastErrors(ctx, views, id, span)
	return q, err
}

// lastErrors are the ten that most views ended with.
func (s *Store) lastErrors(ctx context.Context, views, id string, span qoe.Span) ([]qoe.Error, error) {
	rows, err := s.db.Query(ctx, `select coalesce(v.figures->>'last_error', ''), count(*)`+views+` and v.failed group by 1 order by 2 desc, 1 limit 10`, id, span.Since, until(span))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[qoe.Error])
}
