package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// TokenStore keeps API tokens.
type TokenStore interface {
	// AddToken stores name, roles or scopes, and end.
	AddToken(ctx context.Context, t identity.APIToken, hash []byte) (identity.APIToken, error)
	Tokens(ctx context.Context, p catalog.PageRequest) (catalog.Page[identity.APIToken], error)
	RevokeToken(ctx context.Context, id string) error
}

func (s *server) registerTokens() {
	const all = "/v1/api_tokens"
	create := s.creating(operation("create-token", http.MethodPost, all, tagPeople,
		"Make an API token for a machine; its secret is shown once", http.StatusCreated, forMakers...))
	create.Description = "Give it scopes, and it may do what they name and nothing else: each call says which it needs. Or give it roles, and it may do all that these may."
	huma.Register(s.api, create, s.createToken)
	huma.Register(s.api, operation("list-tokens", http.MethodGet, all, tagPeople, "List API tokens, without their secrets", http.StatusOK, forAdmins...), s.listTokens)
	huma.Register(s.api, operation("revoke-token", http.MethodDelete, all+"/{id}", tagPeople,
		"End an API token; it is refused within five seconds", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...), s.revokeToken)
}

type tokenBody struct {
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	Roles      []identity.Role  `json:"roles" nullable:"false"`
	Scopes     []identity.Scope `json:"scopes" nullable:"true" doc:"Null: not limited."`
	Token      string           `json:"token,omitempty" doc:"The secret, in the answer to its creation only."`
	CreatedBy  string           `json:"created_by"`
	CreatedAt  time.Time        `json:"created_at"`
	ExpiresAt  *time.Time       `json:"expires_at" nullable:"true"`
	LastUsedAt *time.Time       `json:"last_used_at" nullable:"true"`
	RevokedAt  *time.Time       `json:"revoked_at" nullable:"true"`
}

func tokenOf(t identity.APIToken) tokenBody {
	return tokenBody{
		ID: t.ID, Name: t.Name, Roles: t.Roles, Scopes: t.Scopes, CreatedBy: t.CreatedBy, CreatedAt: t.CreatedAt.UTC(),
		ExpiresAt: utc(t.ExpiresAt), LastUsedAt: utc(t.LastUsedAt), RevokedAt: utc(t.RevokedAt),
	}
}

type tokenAnswer struct{ Body tokenBody }

func (s *server) createToken(ctx context.Context, in *struct {
	Body struct {
		Name      string           `json:"name" maxLength:"400" example:"learning system"`
		Roles     []identity.Role  `json:"roles,omitempty" maxItems:"10" nullable:"false" doc:"Give this or scopes."`
		Scopes    []identity.Scope `json:"scopes,omitempty" maxItems:"20" nullable:"false" example:"[\"catalog:read\",\"people:write\"]" doc:"Give this or roles: catalog:read, catalog:write, people:read, people:write, attendance:write, reports:read, messages:read, messages:write."`
		ExpiresAt *time.Time       `json:"expires_at,omitempty" doc:"Left out: never."`
	}
},
) (*tokenAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	name, err := catalog.CleanLine("name", in.Body.Name, 200, true)
	if err != nil {
		return nil, err
	}
	fresh := identity.APIToken{Name: name}
	switch {
	case len(in.Body.Roles) > 0 && len(in.Body.Scopes) > 0:
		return nil, catalog.Invalid("scopes", "Please give either roles or scopes.")
	case len(in.Body.Scopes) > 0:
		fresh.Scopes, err = identity.CleanScopes(in.Body.Scopes)
	default:
		fresh.Roles, err = identity.CleanRoles(in.Body.Roles)
	}
	if err != nil {
		return nil, err
	}
	fresh.ExpiresAt, err = checkedTime("expires_at", in.Body.ExpiresAt)
	if err != nil {
		return nil, err
	}
	secret := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(secret)
	made, err := s.Store.AddToken(ctx, fresh, hash)
	if err != nil {
		return nil, err
	}
	answer := &tokenAnswer{Body: tokenOf(made)}
	answer.Body.Token = secret
	return answer, nil
}

func (s *server) listTokens(ctx context.Context, in *Paging) (*listed[tokenBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.Tokens(ctx, in.request())
	return listOf(page, tokenOf, err)
}

func (s *server) revokeToken(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"100"`
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.RevokeToken(ctx, in.ID)
}
