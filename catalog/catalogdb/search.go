package catalogdb

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// mayOpen tells whether the viewer ($1) is kept from webinar w by nothing that
// she has to complete first.
const mayOpen = `($1::text is null
		or not exists (select from course_prerequisites cp where cp.course_id = c.id)
		or exists (select from ` + leads + ` wl where wl.account_id = $1 and wl.webinar_id = w.id)
		or not exists (select from missing_prerequisites(c.id, $1)))`

// foundWebinar is the part that all ways to find a webinar have in common.
const foundWebinar = `from webinars w join courses c on c.id = w.course_id join programs p on p.id = c.program_id
		where w.deleted_at is null and c.deleted_at is null and p.deleted_at is null` + noRehearsal + ` and ` + seesWebinar + ` and ` + mayOpen

// searchQuery finds what the query $2 asks for, each by its index. The query is
// made once, not for each row. What is found
// in several ways is told by the best of them; $3 and $4 are the last hit of the
// page before.
const searchQuery = `
	with hits as (
		select 0 as rank, 'program' as kind, p.id, p.title, p.id as program_id, p.title as program, '' as course_id, '' as course
		from programs p where p.deleted_at is null and p.search @@ $2::tsquery` + noRehearsal + ` and ` + seesProgram + `
		union all
		select 0, 'course', c.id, c.title, p.id, p.title, c.id, c.title
		from courses c join programs p on p.id = c.program_id
		where c.deleted_at is null and p.deleted_at is null and c.search @@ $2::tsquery` + noRehearsal + ` and ` + seesCourse + `
		union all
		select 0, 'webinar', w.id, w.title, p.id, p.title, c.id, c.title
		` + foundWebinar + ` and w.search @@ $2::tsquery
		union all
		select 1, 'webinar', w.id, w.title, p.id, p.title, c.id, c.title
		` + foundWebinar + ` and w.id in (
			select wp.webinar_id from accounts a join webinar_presenters wp on wp.account_id = a.id where search_vector(a.name) @@ $2::tsquery)
		union all
		select 2, 'webinar', w.id, w.title, p.id, p.title, c.id, c.title
		` + foundWebinar + ` and w.current_recording_id in (
			select k.recording_id from captions k join recordings r on r.id = k.recording_id
			where k.search @@ $2::tsquery and k.deleted_at is null
			  and r.state = 'ready' and r.published_at is not null and r.withdrawn_at is null)
	), best as (select distinct on (id) * from hits order by id, rank)
	select b.rank, b.kind, b.id, b.title, b.program_id, b.program, b.course_id, b.course,
	       coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name) order by a.name, a.id)
	                 from webinar_presenters wp join accounts a on a.id = wp.account_id where wp.webinar_id = b.id), '[]')
	from (select * from best where (rank, id) > ($3, $4) order by rank, id limit $5) b order by b.rank, b.id`

// saidQuery finds where webinars ($1) say all of the words ($2) or any ($4), and how well: all in
// one cue (0), across two (1), or, when they are never said together, any of them (2).
const saidQuery = `
	select w.id, said.start_ms, said.lang, said.words, said.level
	from webinars w cross join lateral (
		select k.lang, k.start_ms, k.words,
		       case when k.own @@ $2::tsquery then 0 when k.search @@ $2::tsquery then 1 else 2 end as level
		from caption_cues k
		where k.recording_id = w.current_recording_id
		  and (k.search @@ $2::tsquery or k.own @@ $4::tsquery)
		order by level, k.start_ms, k.lang limit $3) said
	where w.id = any($1) order by w.id, said.level, said.start_ms, said.lang`

// Search finds programs, courses and webinars that who may see, by title,
// presenters and what is said in them: titles first, then in the order in which
// they were made.
func (s *Store) Search(ctx context.Context, who identity.Principal, words string, p catalog.PageRequest) (page catalog.Page[catalog.Hit], err error) {
	defer wrap(&err, "search")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		var query string
		// The planner takes a scan of few wide rows for cheap: it does not count
		// that their words have to be fetched and unpacked.
		err := tx.QueryRow(ctx, `select coalesce(search_query($1)::text, '') from set_config('enable_seqscan', 'off', true)`, words).Scan(&query)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, searchQuery, viewer(who), query, after.Position, after.ID, p.Size()+1)
		if err != nil {
			return err
		}
		hits, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h catalog.Hit, err error) {
			err = row.Scan(&h.By, &h.Kind, &h.ID, &h.Title, &h.ProgramID, &h.Program, &h.CourseID, &h.Course, &h.Presenters)
			return h, err
		})
		page, err = paged(hits, err, p, func(h catalog.Hit) catalog.Cursor { return catalog.Cursor{Position: int(h.By), ID: h.ID} })
		if err != nil {
			return err
		}
		return addMoments(ctx, tx, query, page.Items)
	})
	return page, err
}

// addMoments says of those that were found by their captions where.
func addMoments(ctx context.Context, tx pgx.Tx, query string, hits []catalog.Hit) error {
	at := map[string]*catalog.Hit{}
	ids := []string{}
	for i, h := range hits {
		if h.By == catalog.ByCaptions {
			at[h.ID], ids = &hits[i], append(ids, h.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, saidQuery, ids, query, catalog.MaxMoments, strings.ReplaceAll(query, "&", "|"))
	if err != nil {
		return err
	}
	var id string
	var m catalog.Moment
	var level int
	best := map[string]int{}
	_, err = pgx.ForEachRow(rows, []any{&id, &m.AtMS, &m.Lang, &m.Words, &level}, func() error {
		if _, found := best[id]; !found {
			best[id] = level
		}
		if level == best[id] {
			at[id].Moments = append(at[id].Moments, m)
		}
		return nil
	})
	return err
}
