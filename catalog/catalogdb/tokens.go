package catalogdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// CreateToken stores a new API token by its hash, with roles and not limited.
func (s *Store) CreateToken(ctx context.Context, name string, roles []identity.Role, expires *time.Time, hash []byte) (t identity.APIToken, err error) {
	return s.AddToken(ctx, identity.APIToken{Name: name, Roles: roles, ExpiresAt: expires}, hash)
}

// AddToken stores a new API token – name, roles or scopes, end – by its hash.
func (s *Store) AddToken(ctx context.Context, fresh identity.APIToken, hash []byte) (t identity.APIToken, err error) {
	defer wrap(&err, "create token")
	t = fresh
	t.ID, t.CreatedBy, t.CreatedAt = catalog.NewID("tok"), identity.FromContext(ctx).Actor(), time.Now().UTC()
	if t.Roles == nil {
		t.Roles = []identity.Role{}
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into api_tokens (id, name, token_hash, roles, created_by, created_at, expires_at, scopes) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			t.ID, t.Name, hash, t.Roles, t.CreatedBy, t.CreatedAt, t.ExpiresAt, t.Scopes)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "token.create", "token", t.ID, map[string]any{"name": t.Name, "roles": t.Roles, "scopes": t.Scopes})
	})
	return t, err
}

// Tokens lists API tokens without their secrets, oldest first.
func (s *Store) Tokens(ctx context.Context, p catalog.PageRequest) (page catalog.Page[identity.APIToken], err error) {
	defer wrap(&err, "list tokens")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, `
		select id, name, roles, scopes, created_by, created_at, expires_at, last_used_at, revoked_at from api_tokens
		where id > $1 order by id limit $2`, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[identity.APIToken])
	return paged(items, err, p, func(t identity.APIToken) catalog.Cursor { return catalog.Cursor{ID: t.ID} })
}

// RevokeToken ends a token. Idempotent; catalog.ErrNotFound when there is none.
func (s *Store) RevokeToken(ctx context.Context, id string) (err error) {
	defer wrap(&err, "revoke token %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update api_tokens set revoked_at = coalesce(revoked_at, now()) where id = $1`, id)
		if err == nil && tag.RowsAffected() == 0 {
			err = catalog.ErrNotFound
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, "token.revoke", "token", id, nil)
	})
}

// TokenPrincipal returns who carries the token with that hash, and notes to
// the minute that it was used; catalog.ErrUnauthenticated when it is unknown,
// expired or revoked.
func (s *Store) TokenPrincipal(ctx context.Context, hash []byte) (p identity.Principal, err error) {
	defer wrap(&err, "read token")
	var stale bool
	err = s.db.QueryRow(ctx, `
		select id, roles, scopes, coalesce(uploads_to, ''), coalesce(last_used_at < now() - interval '1 minute', true) from api_tokens
		where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`, hash).
		Scan(&p.TokenID, &p.Roles, &p.Scopes, &p.UploadTo, &stale)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, catalog.ErrUnauthenticated
	}
	if err == nil && stale {
		_, err = s.db.Exec(ctx, `update api_tokens set last_used_at = now() where id = $1`, p.TokenID)
	}
	return p, err
}
