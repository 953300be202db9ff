package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// tellEvent writes an event, and what is to be delivered of it, in the
// transaction that makes it happen. The same once twice is told once.
func tellEvent(ctx context.Context, tx pgx.Tx, t catalog.EventType, data map[string]any, once string) error {
	_, err := tx.Exec(ctx, `select tell_event($1, $2, $3)`, t, data, string(t)+":"+once)
	return err
}

// tellRecording tells how an attempt at a recording ended. Nobody is told of rehearsals.
func tellRecording(ctx context.Context, tx pgx.Tx, a catalog.Attempt, t catalog.EventType, code string) error {
	about, err := outcomeValues(ctx, tx, a.RecordingID)
	if err != nil {
		return err
	}
	rehearsal, err := one[bool](ctx, tx, `select exists (select from webinars w join courses c on c.id = w.course_id join programs p on p.id = c.program_id
		where w.id = $1 and p.rehearsal_of is not null)`, about["webinar_id"])
	if err != nil || rehearsal {
		return err
	}
	data := map[string]any{"recording_id": a.RecordingID, "webinar_id": about["webinar_id"], "title": about["title"]}
	if t == catalog.EventRecordingReady {
		data["published"] = about["published"] != ""
	} else {
		data["code"] = code
	}
	return tellEvent(ctx, tx, t, data, string(a.RecordingID)+":"+itoa(a.FencingToken))
}
