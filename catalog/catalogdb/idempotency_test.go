package catalogdb

import (
	"context"
	"errors"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// TestCrashAfterTheWorkDoesNotDoItTwice: a process that is killed between the
// transaction and the keeping of the answer leaves a key that says it was done.
func TestCrashAfterTheWorkDoesNotDoItTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	reserve := func() error {
		_, err := b.Reserve(ctx, "tok_1", "k", "POST /v1/programs", []byte("hash"))
		return err
	}
	refused := func(code string) {
		t.Helper()
		var conflict *catalog.ConflictError
		if err := reserve(); !errors.As(err, &conflict) || conflict.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	if err := reserve(); err != nil {
		t.Fatal(err)
	}
	keyed := identity.WithRequestKey(ctx, identity.RequestKey{Actor: "tok_1", Key: "k"})
	if _, err := b.CreateProgram(keyed, catalog.Program{Title: "One", Rule: catalog.DefaultRule()}); err != nil {
		t.Fatal(err)
	}
	refused("idempotency_in_progress")
	b.exec(t, `update idempotency_keys set created_at = now() - interval '2 minutes'`)
	refused("idempotency_answer_lost")
	if err := b.Keep(ctx, "tok_1", "k", catalog.Answer{Status: 201, Body: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if answer, err := b.Reserve(ctx, "tok_1", "k", "POST /v1/programs", []byte("hash")); err != nil || answer == nil || answer.Status != 201 {
		t.Errorf("%+v %v", answer, err)
	}
}

// TestSlowWorkIsNotDoneBesideItsRepetition: whoever lost its reservation, because
// it took too long, leaves nothing.
func TestSlowWorkIsNotDoneBesideItsRepetition(t *testing.T) {
	t.Parallel()
	b := setup(t)
	keyed := identity.WithRequestKey(context.Background(), identity.RequestKey{Actor: "tok_1", Key: "gone"})
	var conflict *catalog.ConflictError
	if _, err := b.CreateProgram(keyed, catalog.Program{Title: "Two", Rule: catalog.DefaultRule()}); !errors.As(err, &conflict) {
		t.Errorf("%v", err)
	}
	if n, err := one[int](t.Context(), b.db, `select count(*)::int from programs where title = 'Two'`); n != 0 || err != nil {
		t.Errorf("%d were made, %v", n, err)
	}
}
