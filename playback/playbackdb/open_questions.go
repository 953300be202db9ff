package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// openQuestions are questions q that wait for an answer at webinars w whose
// questions are somebody's business ($1, $2: see presentedBy).
const openQuestions = `
	from webinars w join courses c on c.id = w.course_id and c.deleted_at is null join programs p on p.id = c.program_id and p.deleted_at is null
	join questions q on q.webinar_id = w.id and q.answered_at is null and q.dismissed_at is null and q.withdrawn_at is null
	where w.deleted_at is null and` + presentedBy

// OpenQuestions counts how many questions wait for an answer at each of some
// webinars, those with none left out. Of webinars whose questions are not
// somebody's business (see QuestionsAsked) nothing is told.
func (s *Store) OpenQuestions(ctx context.Context, who identity.Principal, webinars []catalog.WebinarID) (open map[catalog.WebinarID]int, err error) {
	defer wrap(&err, "open questions at %d webinars", len(webinars))
	open = map[catalog.WebinarID]int{}
	if len(webinars) == 0 {
		return open, nil
	}
	rows, err := s.db.Query(ctx, `select w.id, count(*)::int`+openQuestions+` and w.id = any($3) group by w.id`, who.Admin(), who.AccountID, webinars)
	if err != nil {
		return nil, err
	}
	var webinar catalog.WebinarID
	var n int
	_, err = pgx.ForEachRow(rows, []any{&webinar, &n}, func() error {
		open[webinar] = n
		return nil
	})
	return open, err
}

// WebinarsWithQuestions lists the webinars at which questions wait for an answer
// that are somebody's business, page by page.
func (s *Store) WebinarsWithQuestions(ctx context.Context, who identity.Principal, page catalog.PageRequest) (p catalog.Page[playback.WebinarWithQuestions], err error) {
	defer wrap(&err, "webinars with questions")
	after, err := catalog.ParseCursor(page.Cursor)
	if err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, `select w.id, w.title, count(*)::int, min(q.at)`+openQuestions+` and w.id > $3 group by w.id order by w.id limit $4`,
		who.Admin(), who.AccountID, after.ID, page.Size()+1)
	if err != nil {
		return p, err
	}
	if p.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[playback.WebinarWithQuestions]); err == nil && len(p.Items) > page.Size() {
		p.Items = p.Items[:page.Size()]
		p.NextCursor = catalog.Cursor{ID: string(p.Items[len(p.Items)-1].WebinarID)}.String()
	}
	return p, err
}
