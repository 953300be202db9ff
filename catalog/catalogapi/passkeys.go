package catalogapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// PasskeyStore keeps passkeys.
type PasskeyStore interface {
	Passkeys(ctx context.Context, account catalog.AccountID) ([]identity.Passkey, error)
	AddPasskey(ctx context.Context, p identity.Passkey) (identity.Passkey, error)
	// UsePasskey notes that p has let its owner in, and returns her account.
	UsePasskey(ctx context.Context, p identity.Passkey) (identity.Account, error)
	RemovePasskey(ctx context.Context, account catalog.AccountID, id string) error
}

// Passkeys runs the two ceremonies; package passkeys does.
type Passkeys interface {
	BeginRegistration(a identity.Account, held []identity.Passkey) (identity.Ceremony, error)
	FinishRegistration(a identity.Account, state string, answer []byte) (identity.Passkey, error)
	BeginSignIn() (identity.Ceremony, error)
	FinishSignIn(state string, answer []byte, find func(catalog.AccountID) (identity.Account, []identity.Passkey, error)) (identity.Passkey, error)
}

func (s *server) registerPasskeys() {
	const own = "/v1/me/passkeys"
	huma.Register(s.api, operation("list-my-passkeys", http.MethodGet, own, tagSignIn, "List your passkeys", http.StatusOK, forAdmins...), s.myPasskeys)
	huma.Register(s.api, operation("begin-passkey", http.MethodPost, own+"/options", tagSignIn,
		"Begin to add a passkey; for presenters and staff", http.StatusOK, append(forAdmins, http.StatusConflict)...), s.beginPasskey)
	huma.Register(s.api, operation("add-passkey", http.MethodPost, own, tagSignIn,
		"Add the passkey that the browser has made", http.StatusCreated, append(forAdmins, http.StatusConflict)...), s.addPasskey)
	huma.Register(s.api, operation("remove-passkey", http.MethodDelete, own+"/{passkey_id}", tagSignIn,
		"Remove a passkey; it lets nobody in from then on", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...), s.removePasskey)
	huma.Register(s.api, operation("begin-passkey-sign-in", http.MethodPost, "/v1/auth/passkey/options", tagSignIn,
		"Begin to sign in with a passkey", http.StatusOK, http.StatusConflict), s.beginPasskeySignIn)
	huma.Register(s.api, operation("sign-in-with-passkey", http.MethodPost, "/v1/auth/passkey", tagSignIn,
		"Sign in with a passkey", http.StatusCreated), s.signInWithPasskey)
}

// ceremonyAnswer is what a browser is asked to do.
type ceremonyAnswer struct {
	Body struct {
		State   string         `json:"state" doc:"Send it back with the browser's answer, within five minutes."`
		Options map[string]any `json:"options" doc:"For navigator.credentials, as PublicKeyCredential.parse…OptionsFromJSON reads them (W3C Web Authentication)."`
	}
}

func ceremonyAnswered(c identity.Ceremony, err error) (*ceremonyAnswer, error) {
	if err != nil {
		return nil, err
	}
	answer := &ceremonyAnswer{}
	answer.Body.State = c.State
	return answer, json.Unmarshal(c.Options, &answer.Body.Options)
}

// CeremonyBody is the browser's answer.
type CeremonyBody struct {
	State      string         `json:"state" maxLength:"10000" doc:"As it was given."`
	Credential map[string]any `json:"credential" doc:"The PublicKeyCredential, as its toJSON writes it."`
}

func (b CeremonyBody) credential() []byte {
	text, _ := json.Marshal(b.Credential) // it came as JSON
	return text
}

// staff returns the account that asks, if it may have passkeys.
func (s *server) staff(ctx context.Context) (a identity.Account, err error) {
	who, err := identity.RequireRole(ctx, identity.MayHavePasskeys()...)
	if err == nil && who.AccountID == "" {
		err = catalog.ErrForbidden
	}
	if err != nil {
		return a, err
	}
	return s.Store.Account(ctx, who.AccountID)
}

type passkeyBody struct {
	ID         string     `json:"id"`
	Name       string     `json:"name" example:"Phone"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at" nullable:"true"`
}

func passkeyOf(p identity.Passkey) passkeyBody {
	return passkeyBody{ID: p.ID, Name: p.Name, CreatedAt: p.CreatedAt.UTC(), LastUsedAt: utc(p.LastUsedAt)}
}

func (s *server) myPasskeys(ctx context.Context, _ *struct{}) (*listed[passkeyBody], error) {
	a, err := s.staff(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := s.Store.Passkeys(ctx, a.ID)
	return listOf(catalog.Page[identity.Passkey]{Items: keys}, passkeyOf, err)
}

func (s *server) beginPasskey(ctx context.Context, _ *struct{}) (*ceremonyAnswer, error) {
	a, err := s.staff(ctx)
	if err != nil {
		return nil, err
	}
	held, err := s.Store.Passkeys(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	return ceremonyAnswered(s.Passkeys.BeginRegistration(a, held))
}

type passkeyAnswer struct{ Body passkeyBody }

func (s *server) addPasskey(ctx context.Context, in *struct {
	Body struct {
		CeremonyBody
		Name string `json:"name" maxLength:"200" example:"Phone" doc:"By which you recognise it."`
	}
},
) (*passkeyAnswer, error) {
	a, err := s.staff(ctx)
	if err != nil {
		return nil, err
	}
	name, err := catalog.CleanLine("name", in.Body.Name, 100, true)
	if err != nil {
		return nil, err
	}
	p, err := s.Passkeys.FinishRegistration(a, in.Body.State, in.Body.credential())
	if err != nil {
		return nil, err
	}
	p.Name = name
	if p, err = s.Store.AddPasskey(ctx, p); err != nil {
		return nil, err
	}
	return &passkeyAnswer{Body: passkeyOf(p)}, nil
}

func (s *server) removePasskey(ctx context.Context, in *struct {
	PasskeyID string `path:"passkey_id" maxLength:"100"`
},
) (*struct{}, error) {
	a, err := s.staff(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.RemovePasskey(ctx, a.ID, in.PasskeyID)
}

func (s *server) beginPasskeySignIn(context.Context, *struct{}) (*ceremonyAnswer, error) {
	return ceremonyAnswered(s.Passkeys.BeginSignIn())
}

func (s *server) signInWithPasskey(ctx context.Context, in *struct{ Body CeremonyBody }) (*signedIn, error) {
	var account identity.Account
	err := s.guarded(ctx, func() error {
		used, err := s.Passkeys.FinishSignIn(in.Body.State, in.Body.credential(), func(id catalog.AccountID) (a identity.Account, keys []identity.Passkey, err error) {
			if keys, err = s.Store.Passkeys(ctx, id); err == nil {
				a, err = s.Store.Account(ctx, id)
			}
			return a, keys, err
		})
		if err != nil {
			return err
		}
		account, err = s.Store.UsePasskey(ctx, used)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.startSession(ctx, account, false)
}
