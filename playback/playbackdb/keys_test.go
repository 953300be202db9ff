package playbackdb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/playback"
)

// TestRequestsMarkTheirKeys: whatever a request asks for is committed together
// with the word that it was done, or not at all.
func TestRequestsMarkTheirKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	b.exec(t, `create table marks (what text)`)
	b.exec(t, `update webinars set starts_at = now() - interval '1 day'`)
	refused := errors.New("given to a repetition meanwhile")
	rows := []playback.Attended{{Email: "x@example.org", Joined: time.Now().Add(-24 * time.Hour), Left: time.Now().Add(-23 * time.Hour)}}
	for name, c := range map[string]struct {
		do    func() error
		count string
	}{
		"import": {func() error {
			_, err := b.ImportAttendance(ctx, playback.AttendanceImport{WebinarID: b.webinar, Platform: "api", Rows: rows})
			return err
		}, `select count(*) from attendance_imports`},
		"claim": {func() error {
			_, err := b.ClaimAttendance(ctx, b.webinar, b.doctor, playback.Known{Name: "A. Doctor"}, "")
			return err
		}, `select count(*) from attendance_claims`},
		"mapping": {func() error { return b.SaveMapping(ctx, "ours", []byte(`{}`)) }, `select count(*) from attendance_mappings`},
		"waiver": {func() error {
			_, err := b.Waive(ctx, playback.Waiver{WebinarID: b.webinar, AccountID: b.doctor, Reason: "x"})
			return err
		}, `select count(*) from waivers`},
	} {
		b.MarkingKeys(func(context.Context, pgx.Tx) error { return refused })
		if err := c.do(); !errors.Is(err, refused) || b.count(t, c.count) != 0 {
			t.Errorf("%s: %v, and %d were made", name, err, b.count(t, c.count))
		}
		b.MarkingKeys(func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `insert into marks values ($1)`, name)
			return err
		})
		if err := c.do(); err != nil || b.count(t, c.count) != 1 || b.count(t, `select count(*) from marks where what = '`+name+`'`) != 1 {
			t.Errorf("%s: %v, %d made", name, err, b.count(t, c.count))
		}
	}
}

func (b *bundle) count(t *testing.T, sql string) (n int) {
	t.Helper()
	if err := b.db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
