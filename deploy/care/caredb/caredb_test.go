package caredb_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
	"rounds/deploy/schema/schematest"
)

func setup(t *testing.T) (*caredb.Store, *pgxpool.Pool, func(sql string)) {
	t.Helper()
	db := schematest.New(t)
	return caredb.New(db), db, func(sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func TestTheServerTells(t *testing.T) {
	t.Parallel()
	store, db, exec := setup(t)
	ctx := t.Context()
	exec(`insert into accounts (id, email, name, created_at) values ('acc_1', 'a@example.org', 'A', now() - interval '3 days')`)
	f, err := store.Server(ctx)
	if err != nil || f.Version < 150000 || f.Managed || f.Standby || f.Bytes < 1e6 || f.Schema < 27 || f.RoundTrip <= 0 ||
		f.Age.Round(time.Hour) != 72*time.Hour || time.Since(f.Now).Abs() > time.Minute {
		t.Errorf("%+v %v", f, err)
	}
	if used, most, err := store.Connections(ctx); err != nil || used < 1 || most < used {
		t.Errorf("%d of %d, %v", used, most, err)
	}
	tx, err := db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `select 'an old transaction'`); err != nil {
		t.Fatal(err)
	}
	if found, err := store.Transactions(ctx); err != nil || found.Oldest <= 0 || found.Query == "" {
		t.Errorf("%+v %v", found, err)
	}
	if v, err := store.Vacuum(ctx); err != nil || v.Table == "" || v.XIDs <= 0 {
		t.Errorf("%+v %v", v, err)
	}
	if a, now, err := store.Archiving(ctx); err != nil || a.On || a.Waiting != 0 || now.IsZero() {
		t.Errorf("%+v %v", a, err)
	}
}

func TestPartitionsOfTomorrowAndOfLongAgo(t *testing.T) {
	t.Parallel()
	store, _, exec := setup(t)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	exec(`create table qoe_events_20260201 partition of qoe_events for values from ('2026-02-01 00:00:00Z') to ('2026-02-02 00:00:00Z')`)
	if p, err := store.Partitions(t.Context(), now, 14*24*time.Hour); err != nil || p.Tomorrow || !slices.Equal(p.Overdue, []string{"qoe_events_20260201"}) {
		t.Errorf("%+v %v", p, err)
	}
	exec(`drop table qoe_events_20260201`)
	exec(`create table qoe_events_20260303 partition of qoe_events for values from ('2026-03-03 00:00:00Z') to ('2026-03-04 00:00:00Z')`)
	if p, err := store.Partitions(t.Context(), now, 14*24*time.Hour); err != nil || !p.Tomorrow || len(p.Overdue) != 0 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestWorkThatIsNotDone(t *testing.T) {
	t.Parallel()
	store, _, exec := setup(t)
	ctx := t.Context()
	exec(`insert into programs (id, title) values ('prg_1', 'P')`)
	exec(`insert into courses (id, program_id, title) values ('crs_1', 'prg_1', 'C')`)
	exec(`insert into webinars (id, course_id, title, deleted_at) values ('web_1', 'crs_1', 'W', null), ('web_2', 'crs_1', 'Deleted', now()), ('web_3', 'crs_1', 'Withdrawn', null)`)
	exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token, sealed_key, updated_at, failure, lease_expires_at) values
		('rec_1', 'web_1', 'a', 1, 1, 'uploaded', '', null, now() - interval '1 hour', null, null),
		('rec_2', 'web_1', 'a', 1, 1, 'uploaded', '', null, now(), null, null),
		('rec_3', 'web_1', 'a', 1, 1, 'processing', '', null, now(), null, now() - interval '2 hours'),
		('rec_4', 'web_1', 'a', 1, 1, 'failed', '', null, now(), '{"code": "internal"}', null),
		('rec_5', 'web_1', 'a', 1, 1, 'ready', 'tok', 'sealed', now(), null, null)`)
	// None of these is anybody's business: deleted, worked on, of somebody else's fault, of long ago, withdrawn.
	exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, token, sealed_key, updated_at, failure, lease_expires_at, withdrawn_at) values
		('rec_0', 'web_1', 'a', 1, 1, 'ready', 'older', 'older', now(), null, null, null),
		('rec_6', 'web_2', 'a', 1, 1, 'uploaded', '', null, now() - interval '9 hours', null, null, null),
		('rec_7', 'web_1', 'a', 1, 1, 'processing', '', null, now() - interval '9 hours', null, now() + interval '1 minute', null),
		('rec_8', 'web_1', 'a', 1, 1, 'failed', '', null, now(), '{"code": "not_media"}', null, null),
		('rec_9', 'web_1', 'a', 1, 1, 'failed', '', null, now() - interval '2 days', '{"code": "internal"}', null, null),
		('rec_91', 'web_3', 'a', 1, 1, 'ready', 'gone', null, now(), null, null, now())`)
	exec(`update webinars set current_recording_id = case id when 'web_1' then 'rec_5' when 'web_3' then 'rec_91' end`)
	if u, err := store.Uploads(ctx); err != nil || u.Overdue != 2 || u.OurFault != 1 || u.Oldest.Round(time.Hour) != 2*time.Hour {
		t.Errorf("%+v %v", u, err)
	}
	if seen, waiting, err := store.Workers(ctx); err != nil || seen != 0 || waiting != 2 {
		t.Errorf("%d %d %v", seen, waiting, err)
	}
	exec(`insert into river_queue (name, created_at, updated_at) values ('chunks', now(), now() - interval '1 day'), ('messages', now(), now())`)
	if seen, _, err := store.Workers(ctx); err != nil || seen != 0 {
		t.Errorf("of yesterday, and of no worker: %d %v", seen, err)
	}
	exec(`insert into river_queue (name, created_at, updated_at) values ('transcode', now(), now())`)
	if seen, _, err := store.Workers(ctx); err != nil || seen != 1 {
		t.Errorf("%d %v", seen, err)
	}
	if newest, err := store.Newest(ctx, 5); err != nil || !slices.Equal(newest, []caredb.Recording{{ID: "rec_5", Token: "tok"}}) {
		t.Errorf("%v %v", newest, err)
	}
	if sealed, token, err := store.SealedKey(ctx); err != nil || string(sealed) != "sealed" || token != "tok" {
		t.Errorf("%q %q %v", sealed, token, err)
	}
	exec(`insert into river_job (state, max_attempts, kind, queue, args, scheduled_at, attempted_at, finalized_at) values
		('available', 1, 'k', 'chunks', '{}', now() - interval '20 minutes', null, null),
		('running', 1, 'k', 'chunks', '{}', now(), now() - interval '3 hours', null),
		('discarded', 1, 'k', 'chunks', '{}', now(), null, now()), ('discarded', 1, 'k', 'chunks', '{}', now(), null, now() - interval '2 days'), ('completed', 1, 'k', 'other', '{}', now(), null, now())`)
	queues, err := store.Queues(ctx)
	if err != nil || len(queues) != 1 || queues[0].Waiting != 1 || queues[0].Discarded != 1 ||
		queues[0].Oldest.Round(time.Minute) != 20*time.Minute || queues[0].Running.Round(time.Hour) != 3*time.Hour {
		t.Errorf("%+v %v", queues, err)
	}
}

func TestSchedulerMailAndHeads(t *testing.T) {
	t.Parallel()
	store, _, exec := setup(t)
	ctx := t.Context()
	chores := []care.Chore{{Name: "purge", Every: time.Hour}, {Name: "other", Every: time.Hour}}
	exec(`insert into upkeep values ('purge', now() - interval '1 hour')`)
	f, err := store.Scheduler(ctx, chores)
	if err != nil || f.Leader || f.Age != 0 || f.Chores[0].Done == nil || f.Chores[1].Done != nil {
		t.Errorf("%+v %v", f, err)
	}
	exec(`insert into river_leader (elected_at, expires_at, leader_id, name) values (now(), now() - interval '2 minutes', 'a', 'default')`)
	if f, err := store.Scheduler(ctx, chores); err != nil || f.Leader {
		t.Errorf("a leader of before: %+v %v", f, err)
	}
	exec(`delete from river_leader`)
	exec(`insert into river_leader (elected_at, expires_at, leader_id, name) values (now(), now() + interval '5 seconds', 'a', 'default')`)
	if f, err := store.Scheduler(ctx, chores); err != nil || !f.Leader {
		t.Errorf("%+v %v", f, err)
	}
	exec(`insert into messages (id, recipient, kind, urgent, created_at, sent_at, given_up_at) values
		('m1', 'a', 'sign_in_code', true, now() - interval '5 minutes', null, null), ('m2', 'a', 'invitation', false, now() - interval '2 hours', null, null),
		('m3', 'b', 'invitation', false, now(), now(), null), ('m4', 'c', 'invitation', false, now(), null, now()),
		('m5', 'b', 'invitation', false, now(), now() - interval '9 days', null), ('m6', 'c', 'invitation', false, now(), null, now() - interval '2 days')`)
	exec(`insert into undeliverable (channel, address, reason, noted_at) values ('email', 'c', 'bounce', now()), ('email', 'd', 'bounce', now() - interval '9 days')`)
	o, err := store.Outbox(ctx)
	if err != nil || o.Waiting != 2 || o.Sent != 1 || o.GivenUp != 1 || o.Bounced != 1 || o.SentInDays != 1 ||
		o.OldestUrgent.Round(time.Minute) != 5*time.Minute || o.OldestAny.Round(time.Hour) != 2*time.Hour {
		t.Errorf("%+v %v", o, err)
	}
	exec(`insert into webhook_endpoints (id, url, sealed_secret, disabled_at, failing_since) values ('w', 'https://x', '', now(), now())`)
	exec(`insert into webhook_endpoints (id, url, sealed_secret, disabled_at, failing_since, deleted_at) values ('by_hand', 'https://y', '', now(), null, null), ('deleted', 'https://z', '', now(), now(), now())`)
	if dead, disabled, err := store.Webhooks(ctx); err != nil || dead != 0 || disabled != 1 {
		t.Errorf("%d %d %v", dead, disabled, err)
	}
	exec(`insert into events (type, data) select 'webinar.published', '{}' from generate_series(1, 3)`)
	exec(`insert into webhook_deliveries (endpoint_id, event_seq, state, next_attempt_at)
		select 'w', seq, case n when 1 then 'pending' else 'dead' end, now() - case n when 2 then interval '2 days' else interval '0' end
		from (select seq, row_number() over (order by seq) as n from events) e`)
	if dead, _, err := store.Webhooks(ctx); err != nil || dead != 1 {
		t.Errorf("%d given up, %v", dead, err)
	}
	if last, records, err := store.Heads(ctx); err != nil || last != nil || records {
		t.Errorf("%v %v %v", last, records, err)
	}
	exec(`insert into evidence_heads (day, hash) values ('2026-03-01', ''), ('2026-03-02', '')`)
	if last, _, err := store.Heads(ctx); err != nil || last == nil || last.Format(time.DateOnly) != "2026-03-02" {
		t.Errorf("%v %v", last, err)
	}
}

func TestReportsAndRunsAreKept(t *testing.T) {
	t.Parallel()
	store, _, exec := setup(t)
	ctx := t.Context()
	if _, ok, err := store.Last(ctx, care.Daily); ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
	said := care.JudgeBackup(care.BackupMedia, &care.Done{}, false, time.Hour, time.Time{}.Add(72*time.Hour)).Sentence
	for i, light := range []care.Light{care.Red, care.Green} {
		r := care.Report{Kind: care.Daily, Host: "h", At: time.Now().Add(time.Duration(i) * time.Second), Light: light, Lines: []care.Line{{Check: "growth", Light: light, Sentence: said, Figures: map[string]float64{"bytes": 7}}}}
		if err := store.Keep(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if r, ok, err := store.Last(ctx, care.Daily); !ok || err != nil || r.Light != care.Green || r.Lines[0].Figures["bytes"] != 7 || !reflect.DeepEqual(r.Lines[0].Sentence, said) {
		t.Errorf("%+v %v", r, err)
	}
	if err := store.Keep(ctx, care.Report{Kind: care.Weekly, Host: "h", At: time.Now().Add(-time.Hour), Light: care.Amber}); err != nil {
		t.Fatal(err)
	}
	if all, err := store.Lasts(ctx); err != nil || len(all) != 2 || all[0].Kind != care.Daily || all[0].Light != care.Green || all[1].Kind != care.Weekly {
		t.Errorf("%+v %v", all, err)
	}
	if d, now, err := store.Done(ctx, care.BackupMedia); d != nil || now.IsZero() || err != nil {
		t.Errorf("%+v %v", d, err)
	}
	if err := store.Note(ctx, care.BackupMedia, "h", map[string]float64{"objects": 3}); err != nil {
		t.Fatal(err)
	}
	if d, _, err := store.Done(ctx, care.BackupMedia); d == nil || d.Figures["objects"] != 3 || err != nil {
		t.Errorf("%+v %v", d, err)
	}
	exec(`insert into accounts (id, email, name, roles) values ('acc_1', 'a@example.org', 'A', '{admin}'), ('acc_2', 'b@example.org', 'B', '{doctor}'), ('acc_3', 'c@example.org', 'C', '{admin}')`)
	exec(`update accounts set disabled_at = now() where id = 'acc_3'`)
	if admins, err := store.Admins(ctx); err != nil || len(admins) != 1 || admins[0].Email != "a@example.org" {
		t.Errorf("%+v %v", admins, err)
	}
	exec(`update care_runs set done_at = now() - interval '2 years' where kind = 'daily'`)
	if n, err := store.Forget(ctx, 400*24*time.Hour); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}
