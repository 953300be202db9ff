package catalogdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// mergeTries bounds how often a merge that beats have crossed is repeated.
const mergeTries = 5

// errOnlyPreview ends the transaction of a preview.
var errOnlyPreview = errors.New("only a preview")

// PreviewMerge tells what a merge would do: it does it, looks, and takes it all
// back. catalog.ErrNotFound, identity.ErrMergeSelf, and the errors of
// identity.MayHelp for either account.
func (s *Store) PreviewMerge(ctx context.Context, o identity.MergeOrder) (p identity.MergePreview, err error) {
	defer wrap(&err, "preview merge of %q into %q", o.Source, o.Target)
	err = s.merge(ctx, o, func(_ pgx.Tx, found identity.MergePreview) error {
		p = found
		return errOnlyPreview
	})
	if errors.Is(err, errOnlyPreview) {
		err = nil
	}
	return p, err
}

// Merge makes the source part of the target for ever: its enrolments, what was
// watched, its addresses and consents. It lets nobody in any more, and both
// addresses are told. digest is the one of the preview: identity.ErrMergeStale
// when that is not what would happen now. Other errors as PreviewMerge.
func (s *Store) Merge(ctx context.Context, o identity.MergeOrder, digest string) (p identity.MergePreview, err error) {
	defer wrap(&err, "merge %q into %q", o.Source, o.Target)
	err = s.merge(ctx, o, func(tx pgx.Tx, found identity.MergePreview) error {
		if p = found; p.Digest != digest {
			return identity.ErrMergeStale
		}
		return s.finishMerge(ctx, tx, o, p)
	})
	return p, err
}

// merge unites what both have watched, then lets end decide.
func (s *Store) merge(ctx context.Context, o identity.MergeOrder, end func(pgx.Tx, identity.MergePreview) error) error {
	if o.Source == o.Target {
		return identity.ErrMergeSelf
	}
	for try := 1; ; try++ {
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			p, err := lockBoth(ctx, tx, o)
			if err != nil {
				return err
			}
			if p.Outcome, err = s.hooks.MergeWatched(ctx, tx, o); err != nil {
				return err
			}
			p.Digest = identity.DigestMerge(o, p.Outcome)
			return end(tx, p)
		})
		var crossed *pgconn.PgError
		if !errors.As(err, &crossed) || crossed.Code != "40P01" || try == mergeTries {
			return err
		}
	}
}

func lockBoth(ctx context.Context, tx pgx.Tx, o identity.MergeOrder) (p identity.MergePreview, err error) {
	if _, err := tx.Exec(ctx, `select from accounts where id = any($1) order by id for update`, []catalog.AccountID{o.Source, o.Target}); err != nil {
		return p, err
	}
	for _, of := range []struct {
		id     catalog.AccountID
		person *identity.Person
	}{{o.Target, &p.Target}, {o.Source, &p.Source}} {
		if *of.person, err = readPerson(ctx, tx, of.id); err != nil {
			return p, err
		}
	}
	for _, person := range []identity.Person{p.Target, p.Source} {
		if err := identity.MayHelp(identity.FromContext(ctx), person); err != nil {
			return p, err
		}
	}
	return p, nil
}

// finishMerge joins what is known of both as persons.
func (s *Store) finishMerge(ctx context.Context, tx pgx.Tx, o identity.MergeOrder, p identity.MergePreview) error {
	for _, address := range []string{min(p.Source.Email, p.Target.Email), max(p.Source.Email, p.Target.Email)} {
		if err := lockEmail(ctx, tx, address); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		sql  string
		more []any
	}{
		{`update one_time_codes set used_at = now() where account_id = $1 and used_at is null and $2 <> ''`, nil},
		{`delete from sessions where account_id = $1 and $2 <> ''`, nil},
		{`update accounts set email = id || '@merged.invalid', merged_into = $2, disabled_at = coalesce(disabled_at, now()), version = version + 1, updated_at = now() where id = $1`, nil},
		{`update account_emails set account_id = $2 where account_id = $1`, nil},
		{`insert into account_emails (account_id, email, added_by, signs_in) select $2, $3, $4, true where $1 <> ''`, []any{p.Source.Email, o.By}},
		{`update consents set account_id = $2 where account_id = $1`, nil},
		{`update sign_ins set account_id = $2 where account_id = $1`, nil},
		{`insert into webinar_presenters (webinar_id, account_id) select webinar_id, $2 from webinar_presenters where account_id = $1 on conflict do nothing`, nil},
		{`update accounts t set version = t.version + 1, updated_at = now(),
			roles = array(select distinct r from unnest(t.roles || f.roles) r order by r),
			country = coalesce(nullif(t.country, ''), f.country), speciality = coalesce(nullif(t.speciality, ''), f.speciality),
			phone = coalesce(nullif(t.phone, ''), f.phone), certificate_name = coalesce(nullif(t.certificate_name, ''), f.certificate_name),
			council = coalesce(nullif(t.council, ''), f.council), council_number = coalesce(nullif(t.council_number, ''), f.council_number)
			from accounts f where f.id = $1 and t.id = $2`, nil},
		{`insert into account_merges (id, source_id, target_id, reason, merged_by, outcome) values ($3, $1, $2, $4, $5, $6)`, []any{catalog.NewID("mrg"), o.Reason, o.By, p.Outcome}},
	} {
		if _, err := tx.Exec(ctx, step.sql, append([]any{o.Source, o.Target}, step.more...)...); err != nil {
			return err
		}
	}
	detail := map[string]any{"source_id": o.Source, "target_id": o.Target, detailReason: o.Reason}
	for _, id := range []catalog.AccountID{o.Source, o.Target} {
		if err := audit(ctx, tx, "support.merge", "account", string(id), detail); err != nil {
			return err
		}
	}
	values := map[string]string{"name": p.Target.Name, "email": p.Target.Email, "merged": p.Source.Email}
	return s.tell(ctx, tx, p.Target, catalog.MessageAccountsMerged, values, p.Target.Email, p.Source.Email)
}
