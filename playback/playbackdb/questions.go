package playbackdb

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// Telling has send called in the transaction in which somebody is to be told
// something, e.g. that her question has an answer. Whoever makes the store calls
// it before anything else, or not at all.
func (s *Store) Telling(send func(context.Context, pgx.Tx, catalog.Message) error) *Store {
	s.send = send
	return s
}

// selectQuestions are questions q of webinars w that are not deleted, with their
// places on the recording that is shown: a question of a recording that was
// replaced moves along with each map of times from there to here. Lists leave
// out those that were taken back.
const selectQuestions = `
	select q.id, q.at, q.account_id, a.name, q.webinar_id, w.title, c.program_id, place.ms, q.text, q.answer, q.shared, q.answered_at, q.answered_by, q.dismissed_at, q.dismissed_by, q.withdrawn_at
	from questions q join accounts a on a.id = q.account_id
	join webinars w on w.id = q.webinar_id and w.deleted_at is null
	join courses c on c.id = w.course_id and c.deleted_at is null join programs p on p.id = c.program_id and p.deleted_at is null
	left join lateral (` + placeOfQuestion + `) place on true`

// placeOfQuestion is where a question q stands on the recording that its webinar
// w shows, in milliseconds; no row when it is of no place there.
const placeOfQuestion = `
	with recursive moved as (
		select q.recording_id, q.position_ms as ms, 0 as steps where q.position_ms is not null
		union all
		select m.recording_id, (v.ms + ((p->>'at_s')::float8 - (p->>'from_s')::float8) * 1000)::int, v.steps + 1
		from moved v join time_maps m on m.replaces = v.recording_id cross join lateral jsonb_array_elements(m.pieces) p
		where v.steps < 20 and v.recording_id is distinct from w.current_recording_id
			and v.ms >= (p->>'from_s')::float8 * 1000 and v.ms < ((p->>'from_s')::float8 + (p->>'length_s')::float8) * 1000)
	select ms from moved where recording_id = w.current_recording_id limit 1`

func scanQuestion(row pgx.CollectableRow) (q playback.Question, err error) {
	err = row.Scan(&q.ID, &q.At, &q.AccountID, &q.Name, &q.WebinarID, &q.WebinarTitle, &q.ProgramID, &q.PositionMS, &q.Text, &q.Answer, &q.Shared,
		&q.AnsweredAt, &q.AnsweredBy, &q.DismissedAt, &q.DismissedBy, &q.WithdrawnAt)
	return q, err
}

// aboutWebinar names the webinar in the audit log and in what people are told.
const aboutWebinar = "webinar"

// nowhere is the place of questions without one: behind all others.
const nowhere = math.MaxInt32

// Ask keeps a question. Who may play the webinar now may ask.
//
// catalog.ErrNotFound, catalog.ErrNotReady and the refusals of Start;
// playback.ErrNoQuestionsHere in a rehearsal, playback.ErrTooManyQuestions, and a
// *catalog.FieldError.
func (s *Store) Ask(ctx context.Context, asked playback.Asked) (q playback.Question, err error) {
	defer wrap(&err, "ask at %q", asked.WebinarID)
	id := playback.NewQuestionID()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		t, err := readTitle(ctx, tx, asked.AccountID, asked.WebinarID)
		if err != nil {
			return err
		}
		if err := t.asking(time.Now()); err != nil {
			return err
		}
		if asked, err = asked.Check(*t.durationMS); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.question:' || $1, 0))`, asked.AccountID); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `
			insert into questions (id, account_id, webinar_id, recording_id, position_ms, text)
			select $1, $2, $3, $4, $5, $6
			where (select count(*) from questions where account_id = $2 and at > now() - interval '1 hour') < $7`,
			id, asked.AccountID, asked.WebinarID, *t.recording, asked.PositionMS, asked.Text, playback.QuestionsAnHour)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return playback.ErrTooManyQuestions
		}
		q, err = readQuestion(ctx, tx, selectQuestions+` where q.id = $1`, id)
		return err
	})
	return q, err
}

func readQuestion(ctx context.Context, q querier, sql string, args ...any) (playback.Question, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return playback.Question{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanQuestion)
}

// asking refuses questions where the account may not play now, and in rehearsals.
func (t title) asking(now time.Time) error {
	if t.rehearsal {
		return playback.ErrNoQuestionsHere
	}
	if err := t.closed(now); err != nil {
		return err
	}
	return t.playable()
}

// mostSeen bounds what one page shows of questions.
const mostSeen = 400

// QuestionsSeen lists what a doctor sees of the questions at a webinar, at most
// 400: her own, unless she took them back, whatever became of them, and those of others that were shared,
// without who asked. catalog.ErrNotFound when she is not enrolled.
func (s *Store) QuestionsSeen(ctx context.Context, account catalog.AccountID, webinar catalog.WebinarID) (seen playback.QuestionsSeen, err error) {
	defer wrap(&err, "questions at %q", webinar)
	t, err := readTitle(ctx, s.db, account, webinar)
	if err != nil {
		return seen, err
	}
	seen.MayAsk = t.asking(time.Now()) == nil
	rows, err := s.db.Query(ctx, selectQuestions+`
		where q.webinar_id = $1 and q.withdrawn_at is null and (q.account_id = $2 or q.shared and q.answered_at is not null)
		order by q.account_id <> $2, coalesce(place.ms, $3), q.id limit $4`, webinar, account, nowhere, mostSeen)
	if err != nil {
		return seen, err
	}
	seen.Items, err = pgx.CollectRows(rows, scanQuestion)
	for i := range seen.Items {
		if q := &seen.Items[i]; q.AccountID != account {
			q.AccountID, q.Name, q.At = "", "", time.Time{}
		}
	}
	return seen, err
}

// presentedBy are webinars w whose audience and questions are somebody's business
// ($1: an administrator, or else the account $2): who presents or moderates them.
const presentedBy = ` ($1 or exists (select from webinar_presenters l where (l.webinar_id, l.account_id) = (w.id, $2))
	or exists (select from webinar_moderators l where (l.webinar_id, l.account_id) = (w.id, $2)))`

// QuestionsAsked lists the questions at a webinar for those who answer, in the
// order of their places on the recording; those of no place come last. state may
// be empty. Those who may: administrators, and who presents or moderates the
// webinar; for others there is none: catalog.ErrNotFound.
func (s *Store) QuestionsAsked(ctx context.Context, who identity.Principal, webinar catalog.WebinarID, state playback.QuestionState, page catalog.PageRequest) (p catalog.Page[playback.Question], err error) {
	defer wrap(&err, "questions asked at %q", webinar)
	after, err := catalog.ParseCursor(page.Cursor)
	if err != nil {
		return p, err
	}
	var found bool
	if err := s.db.QueryRow(ctx, `
		select true from webinars w join courses c on c.id = w.course_id and c.deleted_at is null join programs p on p.id = c.program_id and p.deleted_at is null
		where w.id = $3 and w.deleted_at is null and`+presentedBy, who.Admin(), who.AccountID, webinar).Scan(&found); err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, selectQuestions+`
		where q.webinar_id = $1 and q.withdrawn_at is null and ($2 = '' or $2 = case when q.answered_at is not null then 'answered' when q.dismissed_at is not null then 'dismissed' else 'open' end)
			and (coalesce(place.ms, $3), q.id) > ($4, $5)
		order by coalesce(place.ms, $3), q.id limit $6`, webinar, state, nowhere, after.Position, after.ID, page.Size()+1)
	if err != nil {
		return p, err
	}
	if p.Items, err = pgx.CollectRows(rows, scanQuestion); err == nil && len(p.Items) > page.Size() {
		p.Items = p.Items[:page.Size()]
		p.NextCursor = cursorOfQuestion(p.Items[len(p.Items)-1]).String()
	}
	return p, err
}

func cursorOfQuestion(q playback.Question) catalog.Cursor {
	at := nowhere
	if q.PositionMS != nil {
		at = int(*q.PositionMS)
	}
	return catalog.Cursor{Position: at, ID: string(q.ID)}
}

// Answer answers a question, or sets another answer. shared shows both to all
// who watch the webinar, without who asked. Who asked is told of the first
// answer. Idempotent. Errors of QuestionsAsked, playback.ErrTakenBack when she has
// taken it back, and a *catalog.FieldError.
func (s *Store) Answer(ctx context.Context, who identity.Principal, id playback.QuestionID, text string, shared bool) (q playback.Question, err error) {
	defer wrap(&err, "answer %q", id)
	if text, err = playback.CheckAnswer(text); err != nil {
		return q, err
	}
	err = s.withQuestion(ctx, who, id, func(tx pgx.Tx, before playback.Question) error {
		q = before
		if before.AnsweredAt != nil && before.Answer == text && before.Shared == shared {
			return nil
		}
		err := tx.QueryRow(ctx, `
			update questions set answer = $2, shared = $3, answered_at = coalesce(answered_at, now()), answered_by = $4, dismissed_at = null, dismissed_by = ''
			where id = $1 returning answered_at`, id, text, shared, actor(ctx)).Scan(&q.AnsweredAt)
		if err != nil {
			return err
		}
		q.Answer, q.Shared, q.AnsweredBy, q.DismissedAt, q.DismissedBy = text, shared, actor(ctx), nil, ""
		if err := audit(ctx, tx, "question.answer", "question", string(id), map[string]any{aboutWebinar: q.WebinarID, "shared": shared}); err != nil {
			return err
		}
		if before.AnsweredAt != nil {
			return nil
		}
		return s.tellAnswered(ctx, tx, q)
	})
	return q, err
}

// withQuestion runs fn with a question that somebody may answer, while nobody
// else changes it. catalog.ErrNotFound, playback.ErrTakenBack.
func (s *Store) withQuestion(ctx context.Context, who identity.Principal, id playback.QuestionID, fn func(tx pgx.Tx, q playback.Question) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q, err := readQuestion(ctx, tx, selectQuestions+` where q.id = $3 and`+presentedBy+` for no key update of q`, who.Admin(), who.AccountID, id)
		if err != nil {
			return err
		}
		if q.WithdrawnAt != nil {
			return playback.ErrTakenBack
		}
		return fn(tx, q)
	})
}

// tellAnswered tells who asked that there is an answer, unless her account is
// closed or she is no more in the program.
func (s *Store) tellAnswered(ctx context.Context, tx pgx.Tx, q playback.Question) error {
	var email, locale string
	rows, err := tx.Query(ctx, `
		select a.email, a.locale from accounts a join enrolments e on e.account_id = a.id and e.program_id = $2 and e.withdrawn_at is null
		where a.id = $1 and a.disabled_at is null`, q.AccountID, q.ProgramID)
	if err != nil {
		return err
	}
	open := false
	if _, err := pgx.ForEachRow(rows, []any{&email, &locale}, func() error {
		open = true
		return nil
	}); err != nil || !open {
		return err
	}
	return s.send(ctx, tx, catalog.Message{
		Recipient: email, Kind: catalog.MessageQuestionAnswered, Locale: locale, Program: q.ProgramID, Idempotency: "question_answered/" + string(q.ID),
		Values: map[string]string{"name": q.Name, "title": q.WebinarTitle, aboutWebinar: string(q.WebinarID)},
	})
}

// SettleQuestion puts a question aside without an answer (dismissed), or back
// among the open ones. Idempotent. Errors of QuestionsAsked,
// playback.ErrAnswered when it has an answer, and playback.ErrTakenBack.
func (s *Store) SettleQuestion(ctx context.Context, who identity.Principal, id playback.QuestionID, state playback.QuestionState) (q playback.Question, err error) {
	defer wrap(&err, "settle question %q", id)
	err = s.withQuestion(ctx, who, id, func(tx pgx.Tx, before playback.Question) error {
		q = before
		if before.State() == state {
			return nil
		}
		if before.State() == playback.QuestionAnswered {
			return playback.ErrAnswered
		}
		err := tx.QueryRow(ctx, `update questions set dismissed_at = case when $2 then now() end, dismissed_by = case when $2 then $3 else '' end
			where id = $1 returning dismissed_at, dismissed_by`, id, state == playback.QuestionDismissed, actor(ctx)).Scan(&q.DismissedAt, &q.DismissedBy)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "question."+string(state), "question", string(id), map[string]any{aboutWebinar: q.WebinarID})
	})
	return q, err
}
