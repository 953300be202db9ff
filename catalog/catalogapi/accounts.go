package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// AccountStore keeps people.
type AccountStore interface {
	Account(ctx context.Context, id catalog.AccountID) (identity.Account, error)
	Accounts(ctx context.Context, f identity.AccountFilter, p catalog.PageRequest) (catalog.Page[identity.Account], error)
	UpdateAccount(ctx context.Context, id catalog.AccountID, version *int, change func(*identity.Account) error) (identity.Account, error)
	// AddPresenter makes an account that may present, or gives the role to the one that has the address.
	AddPresenter(ctx context.Context, email, name string) (identity.Account, error)
}

func (s *server) registerAccounts() {
	const one = "/v1/accounts/{id}"
	huma.Register(s.api, s.creating(operation("create-presenter", http.MethodPost, "/v1/presenters", tagPeople,
		"Make an account that may present, or give the role to the one with that address", http.StatusCreated, forMakers...)), s.createPresenter)
	huma.Register(s.api, operation("list-accounts", http.MethodGet, "/v1/accounts", tagPeople, "List accounts", http.StatusOK, forAdmins...), s.listAccounts)
	huma.Register(s.api, operation("get-account", http.MethodGet, one, tagPeople,
		"Read an account", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.getAccount)
	huma.Register(s.api, operation("update-account", http.MethodPatch, one, tagPeople,
		"Change an account: its roles, its profile, its address, or whether it may sign in", http.StatusOK, forChanges...), s.updateAccount)
}

type accountBody struct {
	ID              catalog.AccountID `json:"id"`
	Email           string            `json:"email"`
	Name            string            `json:"name"`
	Roles           []identity.Role   `json:"roles" nullable:"false"`
	Country         string            `json:"country"`
	TimeZone        string            `json:"time_zone"`
	Speciality      string            `json:"speciality"`
	Locale          string            `json:"locale"`
	Phone           string            `json:"phone"`
	CertificateName string            `json:"certificate_name"`
	Council         string            `json:"council"`
	CouncilNumber   string            `json:"council_number"`
	Disabled        bool              `json:"disabled"`
	Version         int               `json:"version"`
	CreatedAt       time.Time         `json:"created_at"`
	UpdatedAt       time.Time         `json:"updated_at"`
}

func accountOf(a identity.Account) accountBody {
	return accountBody{
		ID: a.ID, Email: a.Email, Name: a.Name, Roles: a.Roles, Country: a.Country, TimeZone: a.TimeZone, Speciality: a.Speciality,
		Locale: a.Locale, Phone: a.Phone, CertificateName: a.CertificateName, Council: a.Council, CouncilNumber: a.CouncilNumber,
		Disabled: a.DisabledAt != nil, Version: a.Version, CreatedAt: a.CreatedAt.UTC(), UpdatedAt: a.UpdatedAt.UTC(),
	}
}

type accountAnswer = etagged[accountBody]

func accountAnswered(a identity.Account, err error) (*accountAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &accountAnswer{ETag: etag(a.Version), Body: accountOf(a)}, nil
}

func (s *server) createPresenter(ctx context.Context, in *struct {
	Body struct {
		Email string `json:"email" maxLength:"320" example:"amara.osei@hospital.org"`
		Name  string `json:"name" maxLength:"400" example:"Dr Amara Osei"`
	}
},
) (*accountAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	email, err := identity.NormalEmail(in.Body.Email)
	if err != nil {
		return nil, err
	}
	name, err := catalog.CleanLine("name", in.Body.Name, 200, true)
	if err != nil {
		return nil, err
	}
	return accountAnswered(s.Store.AddPresenter(ctx, email, name))
}

func (s *server) listAccounts(ctx context.Context, in *struct {
	Paging
	Email    string        `query:"email" maxLength:"320" doc:"Only the account with this address."`
	Role     identity.Role `query:"role" enum:"doctor,presenter,moderator,support,sponsor,admin" doc:"Only accounts with this role."`
	Disabled bool          `query:"disabled" doc:"Only accounts that are kept from signing in."`
},
) (*listed[accountBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	if in.Email != "" {
		var err error
		if in.Email, err = identity.NormalEmail(in.Email); err != nil {
			return nil, err
		}
	}
	page, err := s.Store.Accounts(ctx, identity.AccountFilter{Email: in.Email, Role: in.Role, Disabled: in.Disabled}, in.request())
	return listOf(page, accountOf, err)
}

// AccountPath names an account.
type AccountPath struct {
	ID catalog.AccountID `path:"id" maxLength:"100"`
}

func (s *server) getAccount(ctx context.Context, in *AccountPath) (*accountAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return accountAnswered(s.Store.Account(ctx, in.ID))
}

// accountChange has the fields that an admin may set; nil leaves one as it is.
type accountChange struct {
	Email           *string          `json:"email,omitempty" maxLength:"320"`
	Roles           *[]identity.Role `json:"roles,omitempty" minItems:"1" maxItems:"10"`
	Disabled        *bool            `json:"disabled,omitempty" doc:"Whether the account is kept from signing in."`
	Name            *string          `json:"name,omitempty" maxLength:"400"`
	Country         *string          `json:"country,omitempty" maxLength:"10"`
	TimeZone        *string          `json:"time_zone,omitempty" maxLength:"100"`
	Speciality      *string          `json:"speciality,omitempty" maxLength:"400"`
	Locale          *string          `json:"locale,omitempty" maxLength:"40"`
	Phone           *string          `json:"phone,omitempty" maxLength:"100"`
	CertificateName *string          `json:"certificate_name,omitempty" maxLength:"400"`
	Council         *string          `json:"council,omitempty" maxLength:"400"`
	CouncilNumber   *string          `json:"council_number,omitempty" maxLength:"200"`
}

func (c accountChange) apply(a *identity.Account) (err error) {
	if c.Email != nil {
		if a.Email, err = identity.NormalEmail(*c.Email); err != nil {
			return err
		}
	}
	if c.Roles != nil {
		if a.Roles, err = identity.CleanRoles(*c.Roles); err != nil {
			return err
		}
	}
	if c.Disabled != nil && *c.Disabled != (a.DisabledAt != nil) {
		a.DisabledAt = nil
		if now := time.Now(); *c.Disabled {
			a.DisabledAt = &now
		}
	}
	return c.applyProfile(&a.Profile)
}

// applyProfile checks what is given only: a presenter whom an admin added has
// no country yet.
func (c accountChange) applyProfile(p *identity.Profile) error {
	lines := []struct {
		field string
		to    *string
		is    *string
		check func(field, value string) (string, error)
	}{
		{"name", c.Name, &p.Name, required},
		{"speciality", c.Speciality, &p.Speciality, optional},
		{"phone", c.Phone, &p.Phone, optional},
		{"certificate_name", c.CertificateName, &p.CertificateName, optional},
		{"council", c.Council, &p.Council, optional},
		{"council_number", c.CouncilNumber, &p.CouncilNumber, optional},
		{"country", c.Country, &p.Country, func(_, v string) (string, error) { return identity.Country(v) }},
		{"time_zone", c.TimeZone, &p.TimeZone, func(_, v string) (string, error) { return identity.TimeZone(v) }},
		{"locale", c.Locale, &p.Locale, func(_, v string) (string, error) { return identity.Locale(v) }},
	}
	for _, l := range lines {
		if l.to == nil {
			continue
		}
		value, err := l.check(l.field, *l.to)
		if err != nil {
			return err
		}
		*l.is = value
	}
	return nil
}

func required(field, value string) (string, error) { return catalog.CleanLine(field, value, 200, true) }

func optional(field, value string) (string, error) {
	return catalog.CleanLine(field, value, 200, false)
}

func (s *server) updateAccount(ctx context.Context, in *struct {
	AccountPath
	Precondition
	Body accountChange
},
) (*accountAnswer, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return accountAnswered(s.Store.UpdateAccount(ctx, in.ID, version, in.Body.apply))
}
