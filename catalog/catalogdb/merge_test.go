package catalogdb

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

func TestMergeOfAccounts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	outcome := identity.MergeOutcome{Programs: []identity.MergeProgram{{ProgramID: b.program, Title: "Cardiology", InSource: true}}}
	b.hooks.MergeWatched = func(context.Context, pgx.Tx, identity.MergeOrder) (identity.MergeOutcome, error) { return outcome, nil }
	ctx := b.supporter(t)
	ana, old := b.somebody(t, "Ana", "ana@hospital.org"), b.somebody(t, "Ana L.", "ana@mail.example")
	b.exec(t, `update accounts set council_number = 'PT-1' where id = $1`, old)
	b.exec(t, `insert into account_emails (email, account_id) values ('a@report.example', $1)`, old)
	b.exec(t, `insert into consents (account_id, purpose, text_version, granted) values ($1, 'sponsor_sharing', '1', true)`, old)
	b.exec(t, `insert into sessions (token, data, expiry, account_id, login_id) values ('t', '', now() + interval '1 day', $1, 'log_1')`, old)
	order := identity.MergeOrder{Source: old, Target: ana, By: "acc_sam", Reason: "One person"}

	preview, err := b.PreviewMerge(ctx, order)
	if err != nil || preview.Source.Email != "ana@mail.example" || preview.Target.Email != "ana@hospital.org" || preview.Digest == "" {
		t.Fatalf("%+v, %v", preview, err)
	}
	if p, err := b.Person(t.Context(), old); err != nil || p.MergedInto != "" {
		t.Errorf("the preview did it: %+v, %v", p, err)
	}
	if _, err := b.Merge(ctx, order, "another"); !errors.Is(err, identity.ErrMergeStale) {
		t.Errorf("%v", err)
	}
	if _, err := b.Merge(ctx, order, preview.Digest); err != nil {
		t.Fatal(err)
	}
	into, err := b.Person(t.Context(), ana)
	if err != nil || len(into.Further) != 2 || len(into.Merged) != 1 || into.Merged[0].ID != old || into.CouncilNumber != "PT-1" {
		t.Errorf("%+v, %v", into, err)
	}
	gone, err := b.Person(t.Context(), old)
	if err != nil || gone.MergedInto != ana || gone.DisabledAt == nil {
		t.Errorf("%+v, %v", gone, err)
	}
	if n, err := one[int](t.Context(), b.db, `select count(*) from sessions`); err != nil || n != 0 {
		t.Errorf("%d sessions, %v", n, err)
	}
	if len(*b.sent) != 2 || (*b.sent)[1].Recipient != "ana@mail.example" {
		t.Errorf("%v", *b.sent)
	}
	if got := b.auditOf(t, ana); len(got) != 1 || got[0] != "support.merge One person" {
		t.Errorf("%q", got)
	}
	code := identity.MintCode([]byte("p"), time.Now())
	if err := b.RequestCode(t.Context(), "ana@mail.example", code); err != nil {
		t.Fatal(err)
	}
	a, err := b.SignIn(t.Context(), "ana@mail.example", func(sent []identity.OneTimeCode) (identity.OneTimeCode, error) {
		return identity.MatchCode(sent, []byte("p"), code.Digits, time.Now())
	})
	if err != nil || a.ID != ana {
		t.Errorf("the old address lets in %v, %v", a, err)
	}
	for _, bad := range []struct {
		order identity.MergeOrder
		want  error
	}{
		{identity.MergeOrder{Source: ana, Target: ana}, identity.ErrMergeSelf},
		{identity.MergeOrder{Source: old, Target: ana}, identity.ErrMerged},
		{identity.MergeOrder{Source: ana, Target: "acc_none"}, catalog.ErrNotFound},
		{identity.MergeOrder{Source: b.somebody(t, "P", "p@x.example", identity.RolePresenter), Target: ana}, identity.ErrStaffAccount},
	} {
		if _, err := b.PreviewMerge(ctx, bad.order); !errors.Is(err, bad.want) {
			t.Errorf("%+v: %v, want %v", bad.order, err, bad.want)
		}
	}
}
