package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// nearly is how alike two words are, by their groups of three letters, that may
// be one: "Garica" and "Garcia" are 0.27.
const nearly = "0.25"

// Bounds of a search: words that thousands share are found by another word.
const (
	maxBeginning = 20_000 // people who have a word that begins so
	maxAlike     = 2000   // people who have a word that is spelled nearly so
)

// findQuery finds who has a word for each of the terms ($1): one that begins
// with it – $2 is the end of those – or, when $3 says so, one that is spelled
// nearly so. Both go by indexes, whatever the statistics are.
const findQuery = `
	with terms as (select n, folded(t) as term, folded(split_part(t, '@', 1)) as local from unnest($1::text[]) with ordinality as t(t, n)),
	hits as (
		select t.n, w.account_id, case when w.word = t.term then 1.0 else 0.9 end as score
		from terms t cross join lateral (
			select account_id, word from account_words where word ~>=~ t.term and word ~<~ (t.term || $2) limit $4) w
		union all
		select t.n, w.account_id, 0.8 * w.alike
		from terms t cross join lateral (
			select account_id, similarity(word, t.local) as alike from account_words where not whole and word % t.local limit $5) w
		where $3),
	best as (select n, account_id, max(score) as score from hits group by n, account_id)
	select account_id from best group by account_id having count(*) = (select count(*) from terms)
	order by sum(score) desc, account_id limit $6`

// FindPeople finds accounts by the words of a name, an address or a
// registration number, the best match first: words may be begun only, and
// spelled a little wrong. No terms find nobody.
func (s *Store) FindPeople(ctx context.Context, terms []string, limit int) (people []identity.Person, err error) {
	defer wrap(&err, "find people")
	if len(terms) == 0 {
		return nil, nil
	}
	ids, err := s.find(ctx, terms, false, limit)
	if err == nil && len(ids) < limit {
		ids, err = s.find(ctx, terms, true, limit)
	}
	if err != nil {
		return nil, err
	}
	return readPeople(ctx, s.db, ids)
}

// find runs findQuery by its indexes only.
func (s *Store) find(ctx context.Context, terms []string, alike bool, limit int) (ids []catalog.AccountID, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('enable_seqscan', 'off', true), set_config('pg_trgm.similarity_threshold', $1, true)`, nearly); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, findQuery, terms, "\U0010FFFF", alike, maxBeginning, maxAlike, limit)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[catalog.AccountID])
		return err
	})
	return ids, err
}

// Person returns an account as support sees it; catalog.ErrNotFound.
func (s *Store) Person(ctx context.Context, id catalog.AccountID) (p identity.Person, err error) {
	defer wrap(&err, "read person %q", id)
	return readPerson(ctx, s.db, id)
}

func readPerson(ctx context.Context, q querier, id catalog.AccountID) (identity.Person, error) {
	people, err := readPeople(ctx, q, []catalog.AccountID{id})
	if err != nil {
		return identity.Person{}, err
	}
	if len(people) == 0 {
		return identity.Person{}, pgx.ErrNoRows
	}
	return people[0], nil
}

// readPeople reads people in the order of ids, without those that there are not.
func readPeople(ctx context.Context, q querier, ids []catalog.AccountID) ([]identity.Person, error) {
	rows, err := q.Query(ctx, `
		select a.id, a.email, a.name, a.roles, a.country, a.time_zone, a.speciality, a.locale, a.phone, a.certificate_name, a.council,
			a.council_number, a.version, a.created_at, a.updated_at, a.disabled_at, coalesce(a.merged_into, ''), a.erased_at, s.at, coalesce(s.device, '')
		from unnest($1::text[]) with ordinality as i(id, n) join accounts a on a.id = i.id
		left join lateral (select at, device from sign_ins where account_id = a.id order by at desc limit 1) s on true
		order by i.n`, ids)
	if err != nil {
		return nil, err
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p identity.Person, err error) {
		a := &p.Account
		err = row.Scan(&a.ID, &a.Email, &a.Name, &a.Roles, &a.Country, &a.TimeZone, &a.Speciality, &a.Locale, &a.Phone, &a.CertificateName, &a.Council,
			&a.CouncilNumber, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.DisabledAt, &p.MergedInto, &p.ErasedAt, &p.SignedInAt, &p.Device)
		if p.SignedInAt != nil {
			p.Device = identity.DeviceName(p.Device)
		}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	byID := make(map[catalog.AccountID]*identity.Person, len(people))
	for i := range people {
		byID[people[i].ID] = &people[i]
	}
	for _, fill := range []func(context.Context, querier, []catalog.AccountID, map[catalog.AccountID]*identity.Person) error{
		fillEmails, fillBounces, fillPrograms, fillMerged,
	} {
		if err := fill(ctx, q, ids, byID); err != nil {
			return nil, err
		}
	}
	return people, nil
}

func fillEmails(ctx context.Context, q querier, ids []catalog.AccountID, people map[catalog.AccountID]*identity.Person) error {
	rows, err := q.Query(ctx, `select account_id, email, signs_in, added_at from account_emails where account_id = any($1) order by added_at, email`, ids)
	if err != nil {
		return err
	}
	var id catalog.AccountID
	var e identity.FurtherEmail
	_, err = pgx.ForEachRow(rows, []any{&id, &e.Email, &e.SignsIn, &e.AddedAt}, func() error {
		people[id].Further = append(people[id].Further, e)
		return nil
	})
	return err
}

func fillBounces(ctx context.Context, q querier, ids []catalog.AccountID, people map[catalog.AccountID]*identity.Person) error {
	rows, err := q.Query(ctx, `
		select a.id, u.address from undeliverable u join (
			select id, email from accounts where id = any($1) union all select account_id, email from account_emails where account_id = any($1)) a
		on (u.channel, u.address) = ('email', a.email) order by 1, 2`, ids)
	if err != nil {
		return err
	}
	var id catalog.AccountID
	var address string
	_, err = pgx.ForEachRow(rows, []any{&id, &address}, func() error {
		people[id].Bounces = append(people[id].Bounces, address)
		return nil
	})
	return err
}

func fillPrograms(ctx context.Context, q querier, ids []catalog.AccountID, people map[catalog.AccountID]*identity.Person) error {
	rows, err := q.Query(ctx, `
		select e.account_id, e.program_id, p.title, e.via, e.created_at, e.withdrawn_at, e.withdraw_reason, coalesce(e.merged_from, '')
		from enrolments e join programs p on p.id = e.program_id
		where e.account_id = any($1) and p.deleted_at is null order by e.created_at, e.id`, ids)
	if err != nil {
		return err
	}
	var id catalog.AccountID
	var p identity.Participation
	var ended *time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &p.ProgramID, &p.Title, &p.Via, &p.Since, &ended, &p.EndReason, &p.MergedFrom}, func() error {
		p.EndedAt, ended = ended, nil
		people[id].Programs = append(people[id].Programs, p)
		return nil
	})
	return err
}

func fillMerged(ctx context.Context, q querier, ids []catalog.AccountID, people map[catalog.AccountID]*identity.Person) error {
	rows, err := q.Query(ctx, `select target_id, source_id, merged_by, merged_at, reason from account_merges where target_id = any($1) order by merged_at`, ids)
	if err != nil {
		return err
	}
	var id catalog.AccountID
	var m identity.MergedAccount
	_, err = pgx.ForEachRow(rows, []any{&id, &m.ID, &m.By, &m.At, &m.Reason}, func() error {
		people[id].Merged = append(people[id].Merged, m)
		return nil
	})
	return err
}
