package playbackdb_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/playbackdb"
)

// BenchmarkBeat has 2000 doctors who each send one beat after the other;
// beats/s is what is durable.
func BenchmarkBeat(b *testing.B) {
	const doctors = 2000
	f := setup(b)
	f.exec(b, `insert into accounts (id, email, name) select 'acc_' || n, n || '@example.org', 'Doctor' from generate_series(1, $1::int) n`, doctors)
	f.exec(b, `insert into enrolments (id, program_id, account_id, via) select 'enr_' || n, $2, 'acc_' || n, 'admin' from generate_series(1, $1::int) n`, doctors, f.program)
	f.exec(b, `insert into playback_sessions (id, enrolment_id, account_id, webinar_id, recording_id, started_at, speed_limit)
		select 'pbs_' || n, 'enr_' || n, 'acc_' || n, $2, $3, now() - interval '1 hour', 200 from generate_series(1, $1::int) n`, doctors, f.webinar, f.recording)
	var ids []string
	if err := f.db.QueryRow(b.Context(), `select array_agg(id) from playback_sessions`).Scan(&ids); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	sendAll(b, f.Store, ids, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "beats/s")
}

// sendAll sends n beats in all, from every session at the same time.
func sendAll(b *testing.B, store *playbackdb.Store, ids []string, n int) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	var senders sync.WaitGroup
	for _, id := range ids {
		senders.Go(func() {
			for seq := int64(1); left.Add(-1) >= 0; seq++ {
				at := seq * 10_000
				_, err := store.Beat(context.Background(), playback.BeatRequest{
					SessionID: catalog.PlaybackSessionID(id), AccountID: catalog.AccountID("acc" + id[3:]),
					Beat: playback.Beat{Seq: seq, Speed: 100, PositionMS: at, Watched: playback.NewRanges(playback.Range{From: at - 10_000, To: at})},
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	senders.Wait()
}
