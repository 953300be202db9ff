package playbackdb_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/deploy/schema/schematest"
	"rounds/playback"
)

// TestAQuestionIsTakenBack: its words are gone from wherever they were, and that
// it was asked is told to who asked alone.
func TestAQuestionIsTakenBack(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	other, _ := b.newDoctor(t)
	mine, aside := b.ask(t, b.doctor, "Mrs Maria Silva", 20), b.ask(t, b.doctor, "Mr Silva", 21)
	b.ask(t, other, "hers", 10)
	if _, err := b.SettleQuestion(t.Context(), b.presenter, aside.ID, playback.QuestionDismissed); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, q := range []playback.Question{mine, aside} {
			wantError(t, b.WithdrawQuestion(t.Context(), b.doctor, q.ID), nil)
		}
	}
	// The release before, which does not know of this, puts one back.
	b.exec(t, `update questions set dismissed_at = null, dismissed_by = '' where id = $1`, mine.ID)
	if open, err := b.OpenQuestions(t.Context(), b.presenter, []catalog.WebinarID{b.webinar}); err != nil || open[b.webinar] != 1 {
		t.Errorf("open are %v, %v", open, err)
	}
	for name, sees := range map[string]struct{ got, want string }{
		"who answers":            {b.asked(t, ""), "hers 10"},
		"who answers, open":      {b.asked(t, playback.QuestionOpen), "hers 10"},
		"who answers, put aside": {b.asked(t, playback.QuestionDismissed), ""},
		"who asked":              {b.seen(t, b.doctor), ""},
		"another":                {b.seen(t, other), "hers 10"},
	} {
		if sees.got != sees.want {
			t.Errorf("%s sees %q, want %q", name, sees.got, sees.want)
		}
	}
	if got := fmt.Sprint(b.audience(t).Questions); got != "{1 1 [{10000 1}]}" {
		t.Errorf("counted %s", got)
	}
	var kept int
	if err := b.db.QueryRow(t.Context(), `select count(*) from questions q where q::text ~ 'Silva' or id = any($1) and position_ms is not null`,
		[]playback.QuestionID{mine.ID, aside.ID}).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("the words of %d are kept, %v", kept, err)
	}
	exported := b.personalData(t)["questions"]
	if len(exported) != 2 || exported[0]["withdrawn_at"] == nil || exported[0]["text"] != "" {
		t.Errorf("exported %v", exported)
	}
	var acts []string
	if err := b.db.QueryRow(t.Context(), `select array_agg(object_id || ' ' || (detail->>'webinar') order by id) from audit_log where action = 'question.withdraw'`).Scan(&acts); err != nil {
		t.Fatal(err)
	}
	if want := []string{string(mine.ID) + " " + string(b.webinar), string(aside.ID) + " " + string(b.webinar)}; !slices.Equal(acts, want) {
		t.Errorf("on record %v, want %v", acts, want)
	}
	// What is taken back still counts among those of an hour.
	for range playback.QuestionsAnHour - 2 {
		b.ask(t, b.doctor, "Why?", -1)
	}
	_, err := b.Ask(t.Context(), playback.Asked{AccountID: b.doctor, WebinarID: b.webinar, Text: "Why?"})
	wantError(t, err, playback.ErrTooManyQuestions)
}

// seen are the questions that a doctor sees.
func (b *questions) seen(t *testing.T, account catalog.AccountID) string {
	t.Helper()
	seen, err := b.QuestionsSeen(t.Context(), account, b.webinar)
	if err != nil {
		t.Fatal(err)
	}
	return placed(seen.Items)
}

func TestWhichQuestionsCanBeTakenBack(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	other, _ := b.newDoctor(t)
	q := b.ask(t, b.doctor, "Why?", -1)
	for _, account := range []catalog.AccountID{other, b.presenter.AccountID, anAdmin.AccountID, ""} {
		wantError(t, b.WithdrawQuestion(t.Context(), account, q.ID), catalog.ErrNotFound)
	}
	wantError(t, b.WithdrawQuestion(t.Context(), b.doctor, "qst_none"), catalog.ErrNotFound)
	for _, shared := range []bool{false, true} {
		if _, err := b.Answer(t.Context(), b.presenter, q.ID, "So.", shared); err != nil {
			t.Fatal(err)
		}
		wantError(t, b.WithdrawQuestion(t.Context(), b.doctor, q.ID), playback.ErrAnswerStays)
	}
	if got := b.asked(t, playback.QuestionAnswered); got != "Why?" {
		t.Errorf("an answered one is %q", got)
	}
	// It can be taken back when nothing can be asked any more.
	q = b.ask(t, b.doctor, "And then?", -1)
	b.exec(t, `update webinars set closes_at = now()`)
	b.exec(t, `update recordings set withdrawn_at = now()`)
	wantError(t, b.WithdrawQuestion(t.Context(), b.doctor, q.ID), nil)
	_, err := b.SettleQuestion(t.Context(), b.presenter, q.ID, playback.QuestionOpen)
	wantError(t, err, playback.ErrTakenBack)
	_, err = b.Answer(t.Context(), b.presenter, q.ID, "So.", false)
	wantError(t, err, playback.ErrTakenBack)
}

// somebodyWaits for what another transaction holds.
const somebodyWaits = `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`

// TestAnswerOrTakenBack: of an answer and a withdrawal at the same moment the
// first one wins, and the other is told.
func TestAnswerOrTakenBack(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	q := b.ask(t, b.doctor, "Why?", 5)
	withdrawn := make(chan error, 1)
	b.Telling(func(ctx context.Context, _ pgx.Tx, _ catalog.Message) error { // the answer is written, and not yet there
		go func() { withdrawn <- b.WithdrawQuestion(ctx, b.doctor, q.ID) }()
		schematest.Until(t, b.db, "the withdrawal waits", somebodyWaits)
		return nil
	})
	if _, err := b.Answer(t.Context(), b.presenter, q.ID, "Because.", true); err != nil {
		t.Fatal(err)
	}
	wantError(t, <-withdrawn, playback.ErrAnswerStays)
	if got := b.asked(t, playback.QuestionAnswered); got != "Why? 5" {
		t.Errorf("answered %s", got)
	}

	q = b.ask(t, b.doctor, "And then?", 5)
	answered := make(chan error, 1)
	if err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `update questions set text = '', withdrawn_at = now(), dismissed_at = now() where id = $1`, q.ID); err != nil {
			return err
		}
		go func() {
			_, err := b.Answer(t.Context(), b.presenter, q.ID, "Then this.", true)
			answered <- err
		}()
		schematest.Until(t, b.db, "the answer waits", somebodyWaits)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wantError(t, <-answered, playback.ErrTakenBack)
}
