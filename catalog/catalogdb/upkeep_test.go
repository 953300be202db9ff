package catalogdb

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rounds/catalog"
)

func TestUpkeepIsDoneByOneAtATimeAndNotTooOften(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	never := func(context.Context) error { return errors.New("done although it is not due") }
	done, err := b.Upkeep(ctx, "test", time.Hour, func(ctx context.Context) error {
		if inner, err := b.Upkeep(ctx, "test", 0, never); inner || err != nil {
			t.Errorf("a second process: %v, %v", inner, err)
		}
		if other, err := b.Upkeep(ctx, "other", 0, func(context.Context) error { return nil }); !other || err != nil {
			t.Errorf("upkeep of another name waits: %v, %v", other, err)
		}
		return nil
	})
	if !done || err != nil {
		t.Fatalf("first: %v, %v", done, err)
	}
	if done, err := b.Upkeep(ctx, "test", time.Hour, never); done || err != nil {
		t.Errorf("within the hour: %v, %v", done, err)
	}
	broken := errors.New("storage is away")
	if done, err := b.Upkeep(ctx, "test", 0, func(context.Context) error { return broken }); done || !errors.Is(err, broken) {
		t.Errorf("failing: %v, %v", done, err)
	}
	b.exec(t, `update upkeep set done_at = now() - interval '2 hours' where name = 'test'`)
	if done, err := b.Upkeep(ctx, "test", time.Hour, func(context.Context) error { return nil }); !done || err != nil {
		t.Errorf("due again: %v, %v", done, err)
	}
}

func TestUnusedMedia(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	folder := func(token string) catalog.MediaFolder {
		return catalog.MediaFolder{RecordingID: b.recording, Token: token}
	}
	older := b.begin(t)
	b.expireLease(t)
	newer := b.begin(t)
	other := catalog.MediaFolder{RecordingID: catalog.NewRecordingID(), Token: newer.Token}
	all := []catalog.MediaFolder{folder(older.Token), folder(newer.Token), other}
	unused := []catalog.MediaFolder{folder(older.Token), other}
	check := func(when string, want []catalog.MediaFolder) {
		t.Helper()
		got, err := b.UnusedMedia(ctx, all)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: unused %v, want %v: %v", when, got, want, err)
		}
	}
	check("while an attempt runs", unused)
	b.expireLease(t)
	check("while its lease may yet be renewed", unused)
	if err := b.Publish(ctx, newer, publication); err != nil {
		t.Fatal(err)
	}
	check("when it is ready", unused)
	if _, err := b.Withdraw(ctx, b.recording, "a name"); err != nil {
		t.Fatal(err)
	}
	check("when it is withdrawn", unused)
}

func TestMediaOfEndedAttemptsAreUnused(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b *testBundle, a catalog.Attempt) error{
		"released": func(b *testBundle, a catalog.Attempt) error { return b.Release(context.Background(), a) },
		"failed": func(b *testBundle, a catalog.Attempt) error {
			return b.Fail(context.Background(), a, catalog.Failure{Code: catalog.FailInternal})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			a := b.begin(t)
			if err := end(b, a); err != nil {
				t.Fatal(err)
			}
			folders := []catalog.MediaFolder{{RecordingID: a.RecordingID, Token: a.Token}}
			if got := must(b.UnusedMedia(context.Background(), folders))(t); !slices.Equal(got, folders) {
				t.Errorf("unused %v", got)
			}
		})
	}
}

func TestStaleUploads(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.exec(t, `update recordings set state = 'uploading', updated_at = now() - interval '15 days' where id = $1`, b.recording)
	b.newRecording(t) // uploaded
	if ids := must(b.StaleUploads(ctx, 14*24*time.Hour))(t); !slices.Equal(ids, []catalog.RecordingID{b.recording}) {
		t.Errorf("stale %v", ids)
	}
	if ids := must(b.StaleUploads(ctx, 16*24*time.Hour))(t); len(ids) != 0 {
		t.Errorf("stale %v", ids)
	}
}

func TestOldAnswersAreForgotten(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for _, age := range []string{"25 hours", "1 hour"} {
		b.exec(t, `insert into idempotency_keys (actor, key, route, request_hash, created_at) values ('a', $1::text, '', '', now() - $1::text::interval)`, age)
	}
	for _, want := range []int64{1, 0} {
		if got := must(b.ForgetAnswers(ctx))(t); got != want {
			t.Errorf("forgot %d, want %d", got, want)
		}
	}
}
