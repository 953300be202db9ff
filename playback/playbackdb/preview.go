package playbackdb

import (
	"cmp"
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// PreviewRule tells whose standing a rule would change, and changes nothing.
// catalog.ErrNotFound when there is no such program.
func (s *Store) PreviewRule(ctx context.Context, program catalog.ProgramID, rule catalog.Rule, page catalog.PageRequest) (p playback.Preview, err error) {
	defer wrap(&err, "preview rule of %q", program)
	return s.preview(ctx, program, playback.Proposal{Rule: &rule}, page)
}

// PreviewExcluded tells the same of what is to be excluded of the webinar's
// current recording. catalog.ErrNotFound, catalog.ErrNotReady when it has none,
// *catalog.FieldError on "ranges".
func (s *Store) PreviewExcluded(ctx context.Context, webinar catalog.WebinarID, pieces []playback.Excluded, page catalog.PageRequest) (p playback.Preview, err error) {
	defer wrap(&err, "preview exclusions of %q", webinar)
	var program catalog.ProgramID
	var current *string
	var durationMS int64
	err = s.db.QueryRow(ctx, `
		select c.program_id, w.current_recording_id, coalesce(r.duration_ms, 0) from webinars w join courses c on c.id = w.course_id
		left join recordings r on r.id = w.current_recording_id where w.id = $1 and w.deleted_at is null`, webinar,
	).Scan(&program, &current, &durationMS)
	if err != nil {
		return p, err
	}
	if current == nil {
		return p, catalog.ErrNotReady
	}
	if pieces, err = playback.CheckExcluded(pieces, durationMS); err != nil {
		return p, err
	}
	return s.preview(ctx, program, playback.Proposal{Webinar: webinar, Excluded: pieces}, page)
}

// preview judges everybody twice. The whole program is read for each page: the
// totals are of all, and a page at a time is what an administrator looks at.
func (s *Store) preview(ctx context.Context, program catalog.ProgramID, proposal playback.Proposal, page catalog.PageRequest) (playback.Preview, error) {
	var p playback.Preview
	after, err := catalog.ParseCursor(page.Cursor)
	if err != nil {
		return p, err
	}
	webinars := 0
	err = s.db.QueryRow(ctx, `
		select coalesce((select max(version) from program_rules where program_id = p.id), 1),
			(select count(*) from courses c join webinars w on w.course_id = c.id and w.deleted_at is null where c.program_id = p.id and c.deleted_at is null)
		from programs p where p.id = $1 and p.deleted_at is null`, program).Scan(&p.RuleVersion, &webinars)
	if err != nil {
		return p, err
	}
	var changes changePage
	completed := map[string]*[2]int{} // by enrolment: webinars now and under the proposal
	err = readStandings(ctx, s.db, "", program, "", func(v verdict) {
		proposed := proposal.Of(catalog.WebinarID(v.key.webinar), v.judged)
		kind := playback.Compare(v.judged, proposed)
		p.Count(kind)
		tally(completed, v, proposed)
		if kind != "" {
			changes.add(v, kind, proposed, after.ID, page.Size())
		}
	})
	if err != nil {
		return p, err
	}
	for _, n := range completed {
		p.ProgramsCompleted += allOf(n[0], webinars)
		p.WouldBeComplete += allOf(n[1], webinars)
	}
	p.Changes = changes.page
	return p, nameChanges(ctx, s.db, p.Changes.Items)
}

func tally(completed map[string]*[2]int, v verdict, proposed playback.Case) {
	n := completed[v.key.enrolment]
	if n == nil {
		n = &[2]int{}
		completed[v.key.enrolment] = n
	}
	for i, c := range []playback.Case{v.judged, proposed} {
		if playback.Completed(playback.Judge(c)) {
			n[i]++
		}
	}
}

// allOf is 1 when n of n webinars are completed.
func allOf(n, webinars int) int {
	if n >= webinars && webinars > 0 {
		return 1
	}
	return 0
}

// changePage gathers the changes behind a cursor, in order of webinar and enrolment.
type changePage struct {
	page catalog.Page[playback.Change]
	last string
}

func (c *changePage) add(v verdict, kind playback.ChangeKind, proposed playback.Case, after string, size int) {
	place := v.key.webinar + "," + v.key.enrolment
	switch {
	case comparePlaces(place, after) <= 0 || c.page.NextCursor != "":
		return
	case len(c.page.Items) == size:
		c.page.NextCursor = catalog.Cursor{ID: c.last}.String()
		return
	}
	c.last = place
	c.page.Items = append(c.page.Items, playback.Change{
		AccountID: v.account, WebinarID: catalog.WebinarID(v.key.webinar), Kind: kind,
		Before: playback.Judge(v.judged)[0], After: playback.Judge(proposed)[0],
	})
}

// comparePlaces orders "webinar,enrolment" as the query does.
func comparePlaces(a, b string) int {
	webinarA, enrolmentA, _ := strings.Cut(a, ",")
	webinarB, enrolmentB, _ := strings.Cut(b, ",")
	return cmp.Or(strings.Compare(webinarA, webinarB), strings.Compare(enrolmentA, enrolmentB))
}

// nameChanges fills in whom the changes are about.
func nameChanges(ctx context.Context, q querier, changes []playback.Change) error {
	ids := make([]string, 0, len(changes))
	for _, c := range changes {
		ids = append(ids, string(c.AccountID))
	}
	rows, err := q.Query(ctx, `select id, name, email from accounts where id = any($1)`, ids)
	if err != nil {
		return err
	}
	type person struct{ name, email string }
	people := map[catalog.AccountID]person{}
	var id catalog.AccountID
	var who person
	if _, err := pgx.ForEachRow(rows, []any{&id, &who.name, &who.email}, func() error {
		people[id] = who
		return nil
	}); err != nil {
		return err
	}
	for i := range changes {
		who := people[changes[i].AccountID]
		changes[i].Name, changes[i].Email = who.name, who.email
	}
	return nil
}
