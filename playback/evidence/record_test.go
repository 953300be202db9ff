package evidence_test

import (
	"strings"
	"testing"
	"time"

	"rounds/playback/evidence"
)

// TestTheFormatStays: records of many years must stay provable. The hash was
// computed with sha256sum.
func TestTheFormatStays(t *testing.T) {
	t.Parallel()
	var previous evidence.Sum
	for i := range previous {
		previous[i] = 1
	}
	if got, want := evidence.Hash(previous, []byte(`{"v":1}`)).String(), "0345bd1109000019bdd2f0c28acfa54719bf981c979fa43ecc8590897823b0f2"; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	at := time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.FixedZone("", 3600))
	got, err := evidence.Encode(evidence.Record{
		Kind: evidence.Completed, At: at, Enrolment: "enr_1", Number: 3, Account: "acc_1", Program: "prg_1", Webinar: "web_1",
		Recording: &evidence.Recording{ID: "rec_1", Token: "t", DurationMS: 1000},
		Rule:      &evidence.Rule{Version: 2, ThresholdHundredths: 9000, Counts: "union", MaxRatePercent: 200, Rounding: "none", Excluded: evidence.Spans{{0, 10}}},
		Watched:   &evidence.Watched{Replay: evidence.Spans{{0, 900}}, Union: evidence.Spans{{0, 900}}, CountedMS: 900, Hundredths: 9000},
		Origins:   []evidence.Origin{{ID: "pbs_1", Source: "replay", Ranges: evidence.Spans{{0, 900}}, StartedAt: &at, Speed: 100, AcceptedMS: 900, Device: "Chrome"}},
		Reason:    "a < b",
	})
	want := strings.Join([]string{
		`{"v":1,"kind":"completed","at":"2026-11-22T09:00:00.123456Z","enrolment_id":"enr_1","number":3,"account_id":"acc_1","program_id":"prg_1","webinar_id":"web_1",`,
		`"recording":{"id":"rec_1","token":"t","duration_ms":1000},`,
		`"rule":{"version":2,"threshold_hundredths":9000,"counts":"union","max_rate_percent":200,"rounding":"none","excluded":[[0,10]]},`,
		`"watched":{"replay":[[0,900]],"union":[[0,900]],"counted_ms":900,"percent_hundredths":9000},`,
		`"origins":[{"id":"pbs_1","source":"replay","ranges":[[0,900]],"started_at":"2026-11-22T09:00:00.123456Z","speed_percent":100,"accepted_ms":900,"device":"Chrome"}],`,
		`"reason":"a < b"}`,
	}, "")
	if err != nil || string(got) != want {
		t.Errorf("%s\nwant\n%s\n%v", got, want, err)
	}
}
