package playbackdb_test

import "testing"

// BenchmarkViewers counts who plays, as each scrape of the figures does: 100,000
// doctors, each with ten sessions of before; a third of them play now.
func BenchmarkViewers(b *testing.B) {
	bundle := setup(b)
	bundle.asTheProgram(b)
	bundle.exec(b, `insert into accounts (id, email, name) select 'acc_' || n, n || '@example.org', 'Doctor' from generate_series(1, 100000) n`)
	bundle.exec(b, `insert into enrolments (id, program_id, account_id, via) select 'enr_' || n, $1, 'acc_' || n, 'invitation' from generate_series(1, 100000) n`, bundle.program)
	bundle.exec(b, `insert into playback_sessions (id, enrolment_id, account_id, webinar_id, recording_id, started_at, ended_at, last_beat_at, speed_limit)
		select 'pbs_' || n || '_' || t, 'enr_' || n, 'acc_' || n, $1, $2, now() - t * interval '1 day', case when t < 9 then now() - t * interval '1 day' end,
			case when t = 9 and n % 3 = 0 then now() + interval '1 hour' else now() - t * interval '1 day' end, 200 -- seeding may take longer than a silence
		from generate_series(1, 100000) n, generate_series(0, 9) t`, bundle.webinar, bundle.recording)
	bundle.exec(b, `analyze`)
	b.ResetTimer()
	for b.Loop() {
		if n, err := bundle.Viewers(b.Context()); err != nil || n != 33333 {
			b.Fatalf("%d viewers, %v", n, err)
		}
	}
}
