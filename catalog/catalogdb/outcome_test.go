package catalogdb

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rounds/catalog"
)

// person adds an account and returns its id.
func (b *testBundle) person(t *testing.T, name, role string) catalog.AccountID {
	t.Helper()
	id := catalog.AccountID(catalog.NewID("acc"))
	b.exec(t, `insert into accounts (id, email, name, roles) values ($1, $2 || '@example.org', $2, array[$3])`, id, name, role)
	return id
}

// recipients are whom messages went to, sorted.
func (b *testBundle) recipients() (addresses []string) {
	for _, m := range *b.sent {
		addresses = append(addresses, m.Recipient)
	}
	slices.Sort(addresses)
	return addresses
}

func TestOutcomeIsToldOnceToThoseWhoWaitForIt(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	presenter, uploader := b.person(t, "presenter", "presenter"), b.person(t, "uploader", "admin")
	gone := b.person(t, "gone", "presenter")
	b.person(t, "bystander", "admin")
	b.exec(t, `update accounts set disabled_at = now() where id = $1`, gone)
	b.exec(t, `insert into webinar_presenters (webinar_id, account_id) values ($1, $2), ($1, $3), ($1, $4)`, b.webinar, presenter, gone, uploader)
	b.exec(t, `update recordings set created_by = $1 where id = $2`, uploader, b.recording)

	stale := b.begin(t)
	b.expireLease(t)
	a := b.begin(t)
	for _, act := range []error{b.Publish(ctx, stale, publication), b.Fail(ctx, stale, catalog.Failure{Code: catalog.FailInternal})} {
		if !errors.Is(act, catalog.ErrLeaseLost) {
			t.Errorf("stale attempt: %v", act)
		}
	}
	if len(*b.sent) != 0 {
		t.Fatalf("a stale attempt wrote %+v", *b.sent)
	}
	if err := b.Publish(ctx, a, publication); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(ctx, a, publication); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("second Publish: %v", err)
	}
	if got := b.recipients(); !slices.Equal(got, []string{"presenter@example.org", "uploader@example.org"}) {
		t.Fatalf("sent to %v", got)
	}
	first, second := (*b.sent)[0], (*b.sent)[1]
	if first.Kind != catalog.MessageRecordingReady || first.Idempotency == "" || first.Idempotency == second.Idempotency {
		t.Errorf("messages %+v, %+v", first, second)
	}
	want := map[string]string{"title": "Atrial fibrillation", "filename": "talk.mp4", "webinar_id": string(b.webinar), "published": "yes", "note": "There is no sound."}
	for name, value := range want {
		if first.Values[name] != value {
			t.Errorf("%s is %q, want %q", name, first.Values[name], value)
		}
	}
	if first.Values["name"] == second.Values["name"] {
		t.Errorf("both are called %q", first.Values["name"])
	}
}

func TestFailureIsToldToTheAdminsWhenNobodyElseIsThere(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.person(t, "operator", "admin")
	b.person(t, "doctor", "doctor")
	a := b.begin(t)
	stages := []catalog.Stage{{Name: "upload", State: "done"}, {Name: "probe", State: "running"}, {Name: "encode", State: "waiting"}}
	if err := b.Heartbeat(ctx, a, time.Minute, catalog.Progress{Stages: stages}); err != nil {
		t.Fatal(err)
	}
	failure := catalog.Failure{Code: catalog.FailTruncated, Message: "The file breaks off. Please export it again."}
	if err := b.Fail(ctx, a, failure); err != nil {
		t.Fatal(err)
	}
	if got := b.recipients(); !slices.Equal(got, []string{"operator@example.org"}) {
		t.Fatalf("sent to %v", got)
	}
	if m := (*b.sent)[0]; m.Kind != catalog.MessageRecordingFailed || m.Values["note"] != failure.Message {
		t.Errorf("message %+v", m)
	}
	r := must(b.Recording(ctx, b.recording))(t)
	if len(r.Stages) != 3 || r.Stages[0].State != "done" || r.Stages[1].State != "failed" || r.Stages[2].State != "waiting" {
		t.Errorf("stages %+v", r.Stages)
	}
}

func TestRetryIsForOurFaultsOnlyAndGivesAllTriesBack(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	var conflict *catalog.ConflictError
	if _, err := b.Retry(ctx, b.recording); !errors.As(err, &conflict) || conflict.Code != "not_failed" {
		t.Errorf("retry of what has not failed: %v", err)
	}
	for range 3 {
		b.expireLease(t)
		b.begin(t)
	}
	b.expireLease(t)
	if err := b.Fail(ctx, b.begin(t), catalog.Failure{Code: catalog.FailInternal, Message: "Our fault."}); err != nil {
		t.Fatal(err)
	}
	r, err := b.Retry(ctx, b.recording)
	if err != nil || r.State != catalog.StateUploaded || r.Failure != nil || !slices.Equal(*b.enqueued, []catalog.RecordingID{b.recording}) {
		t.Errorf("retried: %+v, enqueued %v: %v", r, *b.enqueued, err)
	}
	a := b.begin(t)
	if a.Number != 1 {
		t.Errorf("the first try after a retry has number %d", a.Number)
	}
	if err := b.Fail(ctx, a, catalog.Failure{Code: catalog.FailNotMedia, Message: "This is not a video."}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Retry(ctx, b.recording); !errors.As(err, &conflict) || conflict.Code != "failed_for_good" {
		t.Errorf("retry of a file that is no video: %v", err)
	}
}
