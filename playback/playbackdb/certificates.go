package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// Certificates lists those that were issued, the newest first; of one account
// and one program unless these are empty.
func (s *Store) Certificates(ctx context.Context, account catalog.AccountID, program catalog.ProgramID, page catalog.PageRequest) (p catalog.Page[playback.Certificate], err error) {
	defer wrap(&err, "list certificates")
	after, err := catalog.ParseCursor(page.Cursor)
	if err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, `
		select k.id, e.id, e.account_id, e.program_id, p.title, k.issued_at
		from certificates k join enrolments e on e.id = k.enrolment_id join programs p on p.id = e.program_id
		where ($1 = '' or e.account_id = $1) and ($2 = '' or e.program_id = $2) and ($3 = '' or k.id < $3) order by k.id desc limit $4`,
		account, program, after.ID, page.Size()+1)
	if err != nil {
		return p, err
	}
	if p.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[playback.Certificate]); err == nil && len(p.Items) > page.Size() {
		p.Items = p.Items[:page.Size()]
		p.NextCursor = catalog.Cursor{ID: string(p.Items[len(p.Items)-1].ID)}.String()
	}
	return p, err
}
