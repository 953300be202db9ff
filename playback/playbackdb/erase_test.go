package playbackdb_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/evidence"
)

// personalData is what the doctor is given of herself, rows by the file.
func (b *bundle) personalData(t *testing.T) map[string][]map[string]any {
	t.Helper()
	files := map[string][]map[string]any{}
	if err := b.PersonalData(t.Context(), b.doctor, func(file string, content []byte) error {
		var rows []map[string]any
		err := json.Unmarshal(content, &rows)
		files[file] = rows
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// TestErasureKeepsWhatIsCertified: the evidence verifies as before, and what
// nothing hangs on is gone.
func TestErasureKeepsWhatIsCertified(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other, _, _ := b.newWebinar(t)
	b.complete(t)
	b.watch(t, b.doctor, other, seconds(0, 100))
	stranger, _ := b.newDoctor(t)
	b.watch(t, stranger, other, seconds(0, 50))
	live := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	if _, err := b.ImportAttendance(t.Context(), playback.AttendanceImport{WebinarID: b.webinar, Platform: "api", Rows: []playback.Attended{
		{Email: string(b.doctor) + "@example.org", Name: "Doctor", Joined: live, Left: live.Add(time.Minute)},
		{Email: string(stranger) + "@example.org", Name: "Other", Joined: live, Left: live.Add(time.Minute)},
	}}); err != nil {
		t.Fatal(err)
	}
	before := b.records(t)
	files := b.personalData(t)
	if len(files["watching"]) != 2 || len(files["evidence"]) != 1 || len(files["attendance"]) != 1 || len(files["completions"]) != 1 {
		t.Errorf("%v", files)
	}

	err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		return b.EraseWatched(t.Context(), tx, identity.Erasure{Accounts: []catalog.AccountID{b.doctor}, Addresses: []string{string(b.doctor) + "@example.org"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.verified(t, evidence.NoHeads)
	if after := b.records(t); !reflect.DeepEqual(after, before) {
		t.Errorf("the evidence became %+v", after)
	}
	for sql, want := range map[string]int{
		`select count(*) from completions`:                                                                                           1,
		`select count(*) from playback_sessions where account_id = $1`:                                                               1,
		`select count(*) from playback_sessions where account_id <> $1`:                                                              1,
		`select count(*) from playback_sessions where account_id = $1 and login_id <> ''`:                                            0,
		`select count(*) from coverage c join enrolments e on e.id = c.enrolment_id where e.account_id = $1 and c.source = 'replay'`: 1,
		`select count(*) from attendance where $1 <> '' and email = ''`:                                                              1,
		`select count(*) from attendance where $1 <> '' and name = 'Other'`:                                                          1,
		`select count(*) from resume_positions p join enrolments e on e.id = p.enrolment_id where e.account_id = $1`:                 0,
	} {
		args := []any{b.doctor}
		if sql == `select count(*) from completions` {
			args = nil
		}
		var n int
		if err := b.db.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, want %d (%v)", sql, n, want, err)
		}
	}
}
