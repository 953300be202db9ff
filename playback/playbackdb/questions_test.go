package playbackdb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// questions is a bundle with somebody who presents the webinar.
type questions struct {
	*bundle
	presenter identity.Principal
	told      []catalog.Message
}

func setupQuestions(t *testing.T) *questions {
	t.Helper()
	b := &questions{bundle: setup(t)}
	b.Telling(func(_ context.Context, _ pgx.Tx, m catalog.Message) error {
		b.told = append(b.told, m)
		return nil
	})
	b.presenter = identity.Principal{AccountID: catalog.NewAccountID(), Roles: []identity.Role{identity.RolePresenter}}
	b.exec(t, `insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Prof. Li Wei')`, b.presenter.AccountID)
	b.exec(t, `insert into webinar_presenters (webinar_id, account_id) values ($1, $2)`, b.webinar, b.presenter.AccountID)
	return b
}

// ask has a doctor ask something that is taken; a negative second is no place.
func (b *questions) ask(t *testing.T, account catalog.AccountID, text string, second int64) playback.Question {
	t.Helper()
	asked := playback.Asked{AccountID: account, WebinarID: b.webinar, Text: text}
	if at := second * 1000; second >= 0 {
		asked.PositionMS = &at
	}
	q, err := b.Ask(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// asked are the questions that the presenter sees: their texts with their places.
func (b *questions) asked(t *testing.T, state playback.QuestionState) string {
	t.Helper()
	var all []playback.Question
	request := catalog.PageRequest{Limit: 2}
	for {
		page, err := b.QuestionsAsked(t.Context(), b.presenter, b.webinar, state, request)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if request.Cursor = page.NextCursor; request.Cursor == "" {
			return placed(all)
		}
	}
}

func placed(all []playback.Question) string {
	said := make([]string, len(all))
	for i, q := range all {
		if said[i] = q.Text; q.PositionMS != nil {
			said[i] += fmt.Sprint(" ", *q.PositionMS/1000)
		}
	}
	return strings.Join(said, ", ")
}

func TestQuestionsAreInTheOrderOfTheRecording(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	b.ask(t, b.doctor, "anywhere", -1)
	b.ask(t, b.doctor, "late", 900)
	b.ask(t, b.doctor, "early", 0)
	b.ask(t, b.doctor, "middle", 400)
	b.ask(t, b.doctor, "at once", 400)
	if got := b.asked(t, ""); got != "early 0, middle 400, at once 400, late 900, anywhere" {
		t.Errorf("asked %s", got)
	}
	// The first 300 s and those from 600 to 700 are cut, and again 100 of what is left.
	shorter, _ := b.newRecording(t, b.webinar)
	b.exec(t, `insert into time_maps (recording_id, replaces, pieces) values ($1, $2, '[{"from_s":300,"at_s":0,"length_s":300},{"from_s":700,"at_s":300,"length_s":300}]')`, shorter, b.recording)
	b.exec(t, `update webinars set current_recording_id = $2 where id = $1`, b.webinar, shorter)
	if got := b.asked(t, ""); got != "middle 100, at once 100, late 500, anywhere, early" {
		t.Errorf("after a cut %s", got)
	}
	again, _ := b.newRecording(t, b.webinar)
	b.exec(t, `insert into time_maps (recording_id, replaces, pieces) values ($1, $2, '[{"from_s":100,"at_s":0,"length_s":500}]')`, again, shorter)
	b.exec(t, `update webinars set current_recording_id = $2 where id = $1`, b.webinar, again)
	b.ask(t, b.doctor, "new", 10)
	if got := b.asked(t, ""); got != "middle 0, at once 0, new 10, late 400, anywhere, early" {
		t.Errorf("after another cut %s", got)
	}
	b.ask(t, b.doctor, "at the very end", 1000)
	aside := b.ask(t, b.doctor, "aside", 5)
	answered := b.ask(t, b.doctor, "answered", -1)
	if _, err := b.SettleQuestion(t.Context(), b.presenter, aside.ID, playback.QuestionDismissed); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Answer(t.Context(), b.presenter, answered.ID, "So.", false); err != nil {
		t.Fatal(err)
	}
	b.exec(t, `insert into recording_extras (recording_id, chapters) values ($1, '[{"start_ms":10000,"title":"Why"},{"start_ms":400000,"title":"How"}]')`, again)
	a := b.audience(t)
	if got := fmt.Sprint(a.Questions); got != "{8 7 [{0 2} {10000 1} {400000 1} {999999 1}]}" {
		t.Errorf("counted %s", got)
	}
	chapters := a.Told().Chapters
	if len(chapters) != 3 || chapters[0].Questions != 2 || chapters[1].Questions != 1 || chapters[2].Questions != 2 {
		t.Errorf("chapters %+v", chapters)
	}
}

func TestAnswersAreSeenByWhoAskedAndWhereSharedByAll(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	other, _ := b.newDoctor(t)
	mine, hers, aside := b.ask(t, b.doctor, "mine", 20), b.ask(t, other, "hers", 10), b.ask(t, b.doctor, "aside", 30)
	seen := func(account catalog.AccountID) []playback.Question {
		t.Helper()
		seen, err := b.QuestionsSeen(t.Context(), account, b.webinar)
		if err != nil || !seen.MayAsk {
			t.Fatalf("%+v, %v", seen, err)
		}
		return seen.Items
	}
	if got := placed(seen(b.doctor)); got != "mine 20, aside 30" {
		t.Errorf("before any answer she sees %s", got)
	}
	answer := func(q playback.Question, text string, shared bool) {
		t.Helper()
		if _, err := b.Answer(t.Context(), b.presenter, q.ID, text, shared); err != nil {
			t.Fatal(err)
		}
	}
	answer(mine, "Twice a day.", false)
	answer(hers, "Never.", true)
	if _, err := b.SettleQuestion(t.Context(), b.presenter, aside.ID, playback.QuestionDismissed); err != nil {
		t.Fatal(err)
	}
	list := seen(b.doctor)
	if got := placed(list); got != "mine 20, aside 30, hers 10" {
		t.Fatalf("she sees %s", got)
	}
	if q := list[0]; q.Answer != "Twice a day." || q.State() != playback.QuestionAnswered || q.AccountID != b.doctor {
		t.Errorf("her own %+v", q)
	}
	if q := list[2]; q.Answer != "Never." || q.AccountID != "" || q.Name != "" || !q.At.IsZero() {
		t.Errorf("what others are told of who asked: %+v", q)
	}
	if list[1].State() != playback.QuestionDismissed {
		t.Errorf("put aside: %+v", list[1])
	}
	if got := placed(seen(other)); got != "hers 10" {
		t.Errorf("the other sees %s", got)
	}
	for state, want := range map[playback.QuestionState]string{"open": "", "answered": "hers 10, mine 20", "dismissed": "aside 30"} {
		if got := b.asked(t, state); got != want {
			t.Errorf("%s: %s", state, got)
		}
	}
	answer(hers, "Never.", false)
	if got := placed(seen(b.doctor)); got != "mine 20, aside 30" {
		t.Errorf("taken back, she still sees %s", got)
	}
}

func TestWhoAskedIsToldOnce(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	q := b.ask(t, b.doctor, "Why?", 5)
	for _, text := range []string{"Because.", "Because of this.", "Because of this."} {
		if _, err := b.Answer(t.Context(), b.presenter, q.ID, text, true); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.told) != 1 || b.told[0].Recipient != string(b.doctor)+"@example.org" || b.told[0].Kind != catalog.MessageQuestionAnswered || b.told[0].Program != b.program ||
		b.told[0].Values["title"] != "Atrial fibrillation" || b.told[0].Values["webinar"] != string(b.webinar) {
		t.Errorf("told %+v", b.told)
	}
	if strings.Contains(fmt.Sprint(b.told), "Because") {
		t.Errorf("the answer leaves the pages: %+v", b.told)
	}
	var acts int
	if err := b.db.QueryRow(t.Context(), `select count(*) from audit_log where action = 'question.answer' and object_id = $1`, q.ID).Scan(&acts); err != nil || acts != 2 {
		t.Errorf("%d acts on record, %v", acts, err)
	}
	// Nobody is told whose account is closed, or who takes part no more.
	for _, sql := range []string{`update accounts set disabled_at = now() where id = $1`, `update enrolments set withdrawn_at = now() where account_id = $1`} {
		gone, _ := b.newDoctor(t)
		q := b.ask(t, gone, "And then?", -1)
		b.exec(t, sql, gone)
		if _, err := b.Answer(t.Context(), b.presenter, q.ID, "Then this.", false); err != nil || len(b.told) != 1 {
			t.Errorf("%s: told %+v, %v", sql, b.told, err)
		}
	}
}

func TestWhoMayAskAndAnswer(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	ask := func(account catalog.AccountID) error {
		_, err := b.Ask(t.Context(), playback.Asked{AccountID: account, WebinarID: b.webinar, Text: "Why?"})
		return err
	}
	wantError(t, ask(b.presenter.AccountID), catalog.ErrNotFound) // is not enrolled
	stranger := identity.Principal{AccountID: catalog.NewAccountID(), Roles: []identity.Role{identity.RolePresenter}}
	moderator := identity.Principal{AccountID: catalog.NewAccountID(), Roles: []identity.Role{identity.RoleModerator}}
	b.exec(t, `insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Somebody'), ($2, $2 || '@example.org', 'Somebody')`, stranger.AccountID, moderator.AccountID)
	b.exec(t, `insert into webinar_moderators (webinar_id, account_id) values ($1, $2)`, b.webinar, moderator.AccountID)
	for _, c := range []struct {
		who  identity.Principal
		want error
	}{
		{b.presenter, nil},
		{moderator, nil},
		{anAdmin, nil},
		{stranger, catalog.ErrNotFound},
		{identity.Principal{AccountID: b.doctor}, catalog.ErrNotFound},
		{identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RolePresenter}}, catalog.ErrNotFound},
	} {
		q := b.ask(t, b.doctor, "Why?", -1)
		_, err := b.QuestionsAsked(t.Context(), c.who, b.webinar, "", catalog.PageRequest{})
		wantError(t, err, c.want)
		_, err = b.SettleQuestion(t.Context(), c.who, q.ID, playback.QuestionOpen)
		wantError(t, err, c.want)
		_, err = b.Answer(t.Context(), c.who, q.ID, "So.", false)
		wantError(t, err, c.want)
	}
	b.exec(t, `update questions set answered_at = now()`)
	list, err := b.QuestionsAsked(t.Context(), b.presenter, b.webinar, "", catalog.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.SettleQuestion(t.Context(), b.presenter, list.Items[0].ID, playback.QuestionDismissed)
	wantError(t, err, playback.ErrAnswered)

	for _, c := range []struct {
		do, undo string
		want     error
	}{
		{`update programs set rehearsal_of = $1`, `update programs set rehearsal_of = null where $1 <> ''`, playback.ErrNoQuestionsHere},
		{`update webinars set closes_at = now() where $1 <> ''`, `update webinars set closes_at = null where $1 <> ''`, catalog.ErrConflict},
		{`update webinars set opens_at = now() + interval '1 day' where $1 <> ''`, `update webinars set opens_at = null where $1 <> ''`, catalog.ErrConflict},
		{`update recordings set withdrawn_at = now() where $1 <> ''`, `update recordings set withdrawn_at = null where $1 <> ''`, playback.ErrWithdrawn},
		{`update enrolments set withdrawn_at = now() where account_id = $1`, `update enrolments set withdrawn_at = null where account_id = $1`, catalog.ErrNotFound},
		{`update accounts set disabled_at = now() where id = $1`, `update accounts set disabled_at = null where id = $1`, catalog.ErrNotFound},
		{`update webinars set deleted_at = now() where $1 <> ''`, `update webinars set deleted_at = null where $1 <> ''`, catalog.ErrNotFound},
	} {
		b.exec(t, c.do, b.doctor)
		if err := ask(b.doctor); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.do, err, c.want)
		}
		seen, err := b.QuestionsSeen(t.Context(), b.doctor, b.webinar)
		if seen.MayAsk || !errors.Is(c.want, catalog.ErrNotFound) && err != nil {
			t.Errorf("%s: the page offers to ask: %+v, %v", c.do, seen, err)
		}
		b.exec(t, c.undo, b.doctor)
	}
	wantError(t, ask(b.doctor), nil)
}

func TestQuestionsAreFewAnHour(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	for range playback.QuestionsAnHour {
		b.ask(t, b.doctor, "Why?", -1)
	}
	one := playback.Asked{AccountID: b.doctor, WebinarID: b.webinar, Text: "Why?"}
	_, err := b.Ask(t.Context(), one)
	wantError(t, err, playback.ErrTooManyQuestions)
	other, _ := b.newDoctor(t)
	b.ask(t, other, "Why?", -1)
	b.exec(t, `update questions set at = at - interval '61 minutes'`)
	b.ask(t, b.doctor, "Why?", -1)
}

// TestQuestionsFollowPeople: a merge gives them to the account that stays, an
// export has them, an erasure removes them.
func TestQuestionsFollowPeople(t *testing.T) {
	t.Parallel()
	b := setupQuestions(t)
	source, _ := b.newDoctor(t)
	b.ask(t, source, "Of the source", 7)
	b.ask(t, b.doctor, "Of the target", 8)
	b.merge(t, source, b.doctor, true)
	seen, err := b.QuestionsSeen(t.Context(), b.doctor, b.webinar)
	if err != nil || placed(seen.Items) != "Of the source 7, Of the target 8" {
		t.Errorf("after the merge %v, %v", seen, err)
	}
	files := b.personalData(t)
	if got := files["questions"]; len(got) != 2 || got[0]["text"] != "Of the source" {
		t.Errorf("exported %v", got)
	}
	other, _ := b.newDoctor(t)
	b.ask(t, other, "Of another", -1)
	if err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		return b.EraseWatched(t.Context(), tx, identity.Erasure{Accounts: []catalog.AccountID{b.doctor, source}})
	}); err != nil {
		t.Fatal(err)
	}
	if got := b.asked(t, ""); got != "Of another" {
		t.Errorf("after the erasure %s", got)
	}
}
