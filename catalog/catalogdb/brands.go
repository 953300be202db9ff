package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// brandColumns are those that scanBrand reads, of a program p and its brand b.
const brandColumns = `p.id, coalesce(b.name, ''), coalesce(b.accent, ''), coalesce(b.phone, ''), coalesce(b.whatsapp, ''), coalesce(b.email, ''),
	coalesce(b.logo_type, ''), coalesce(b.version, 0), coalesce(b.updated_at, p.created_at)`

func scanBrand(row pgx.Row) (b catalog.Brand, err error) {
	err = row.Scan(&b.ProgramID, &b.Name, &b.Accent, &b.Phone, &b.WhatsApp, &b.Email, &b.LogoType, &b.Version, &b.UpdatedAt)
	return b, err
}

// Brand returns how the pages of a program look: the zero brand when nobody has
// said. catalog.ErrNotFound when there is no such program.
func (s *Store) Brand(ctx context.Context, id catalog.ProgramID) (b catalog.Brand, err error) {
	defer wrap(&err, "read brand of %q", id)
	return scanBrand(s.db.QueryRow(ctx, `select `+brandColumns+`
		from programs p left join program_brands b on b.program_id = p.id where p.id = $1 and p.deleted_at is null`, id))
}

// BrandFor returns the brand that somebody sees on pages of no program: of the
// program she joined last; where she is in none, or nobody is signed in, the
// only brand there is. catalog.ErrNotFound when there is none or are several.
func (s *Store) BrandFor(ctx context.Context, account catalog.AccountID) (b catalog.Brand, err error) {
	defer wrap(&err, "brand for %q", account)
	return scanBrand(s.db.QueryRow(ctx, `
		with branded as (select b.* from program_brands b join programs p on p.id = b.program_id where p.deleted_at is null`+noRehearsal+`)
		select `+brandColumns+` from branded b join programs p on p.id = b.program_id
		left join enrolments e on e.program_id = p.id and e.account_id = $1 and e.withdrawn_at is null
		where e.id is not null or (select count(*) from branded) = 1
		order by e.created_at desc nulls last limit 1`, account))
}

// SaveBrand lets change alter the brand of a program and stores it as its next
// version. catalog.ErrVersionMismatch when version is not nil and not the present one.
func (s *Store) SaveBrand(ctx context.Context, id catalog.ProgramID, version *int, change func(*catalog.Brand) error) (b catalog.Brand, err error) {
	defer wrap(&err, "save brand of %q", id)
	err = s.changeBrand(ctx, id, version, "program.brand", func(tx pgx.Tx, b *catalog.Brand) error {
		if err := change(b); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update program_brands set name = $2, accent = $3, phone = $4, whatsapp = $5, email = $6 where program_id = $1`,
			id, b.Name, b.Accent, b.Phone, b.WhatsApp, b.Email)
		return err
	})
	if err != nil {
		return b, err
	}
	return s.Brand(ctx, id)
}

// SaveLogo replaces the logo of a program; none when kind is empty.
func (s *Store) SaveLogo(ctx context.Context, id catalog.ProgramID, kind string, logo []byte) (err error) {
	defer wrap(&err, "save logo of %q", id)
	return s.changeBrand(ctx, id, nil, "program.logo", func(tx pgx.Tx, _ *catalog.Brand) error {
		_, err := tx.Exec(ctx, `update program_brands set logo = $2, logo_type = $3 where program_id = $1`, id, logo, kind)
		return err
	})
}

// changeBrand locks a program and its brand, makes the row where there is none,
// and writes the change down.
func (s *Store) changeBrand(ctx context.Context, id catalog.ProgramID, version *int, action string, change func(pgx.Tx, *catalog.Brand) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "programs", string(id), nil); err != nil {
			return err
		}
		b, err := scanBrand(tx.QueryRow(ctx, `select `+brandColumns+` from programs p left join program_brands b on b.program_id = p.id where p.id = $1`, id))
		if err != nil {
			return err
		}
		if version != nil && *version != b.Version {
			return catalog.ErrVersionMismatch
		}
		if _, err := tx.Exec(ctx, `
			insert into program_brands (program_id) values ($1)
			on conflict (program_id) do update set version = program_brands.version + 1, updated_at = now()`, id); err != nil {
			return err
		}
		if err := change(tx, &b); err != nil {
			return err
		}
		return audit(ctx, tx, action, aboutProgram, string(id), map[string]any{"version": b.Version + 1})
	})
}

// Logo returns the logo of a program and its MIME type; catalog.ErrNotFound.
func (s *Store) Logo(ctx context.Context, id catalog.ProgramID) (kind string, logo []byte, err error) {
	defer wrap(&err, "read logo of %q", id)
	err = s.db.QueryRow(ctx, `select b.logo_type, b.logo from program_brands b join programs p on p.id = b.program_id
		where b.program_id = $1 and b.logo is not null and p.deleted_at is null`, id).Scan(&kind, &logo)
	return kind, logo, err
}

// helpAnHour is how many help requests somebody may send.
const helpAnHour = 5

// AskForHelp sends what somebody wrote to the support of a program that she
// sees. catalog.ErrNotFound; a *catalog.ConflictError when the program has no
// address for it; a *catalog.RateLimitError after five in an hour.
func (s *Store) AskForHelp(ctx context.Context, who identity.Principal, h catalog.HelpRequest) (err error) {
	defer wrap(&err, "ask the support of %q", h.ProgramID)
	program, err := s.Program(ctx, who, h.ProgramID)
	if err != nil {
		return err
	}
	brand, err := s.Brand(ctx, h.ProgramID)
	if err != nil {
		return err
	}
	if brand.Email == "" {
		return &catalog.ConflictError{Code: "no_support_address", Message: "This program has no address for help requests. Please ask whoever invited you."}
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		account, err := readAccount(ctx, tx, `id = $1 for update`, who.AccountID)
		if err != nil {
			return err
		}
		sent, err := one[int](ctx, tx, `select count(*) from audit_log
			where actor = $1 and action = 'help.ask' and at > now() - interval '1 hour'`, who.AccountID)
		if err != nil {
			return err
		}
		if sent >= helpAnHour {
			return &catalog.RateLimitError{Code: "too_many_requests", RetryAfter: time.Hour, Message: "You have written several times within the hour. Please wait for an answer, or call."}
		}
		if err := s.hooks.Send(ctx, tx, catalog.Message{Recipient: brand.Email, Kind: catalog.MessageHelp, Values: map[string]string{
			"name": account.Name, "email": account.Email, "account_id": string(account.ID), catalog.ValueProgram: program.Title,
			"text": h.Message, "page": h.Page, "device": h.Device,
		}}); err != nil {
			return err
		}
		return audit(ctx, tx, "help.ask", aboutProgram, string(h.ProgramID), map[string]any{"page": h.Page})
	})
}
