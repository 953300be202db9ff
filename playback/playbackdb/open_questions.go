package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// OpenQuestions counts how many questions wait for an answer at each of some
// webinars, those with none left out. Of webinars whose questions are not
// somebody's business (see QuestionsAsked) nothing is told.
func (s *Store) OpenQuestions(ctx context.Context, who identity.Principal, webinars []catalog.WebinarID) (open map[catalog.WebinarID]int, err error) {
	defer wrap(&err, "open questions at %d webinars", len(webinars))
	open = map[catalog.WebinarID]int{}
	if len(webinars) == 0 {
		return open, nil
	}
	rows, err := s.db.Query(ctx, `
		select w.id, count(*)::int from webinars w join questions q on q.webinar_id = w.id
		where w.id = any($3) and w.deleted_at is null and q.answered_at is null and q.dismissed_at is null and q.withdrawn_at is null and`+presentedBy+`
		group by w.id`, who.Admin(), who.AccountID, webinars)
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
