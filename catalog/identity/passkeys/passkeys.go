package passkeys

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ceremonyLife is how long a browser may take for its answer.
const ceremonyLife = 5 * time.Minute

var errNoName error = &catalog.ConflictError{
	Code: "passkeys_unavailable", Message: "Passkeys need a site with a name. Please sign in with a code by e-mail.",
}

// What a state is sealed for.
const (
	forRegistration = "passkey registration"
	forSignIn       = "passkey sign-in"
)

// Keys is the relying party. It is safe for concurrent use.
type Keys struct {
	web    *webauthn.WebAuthn
	sealer *catalog.Sealer
	now    func() time.Time
}

// New makes passkeys for the host of base, which is what browsers bind them to.
// A host that is an address of numbers, or no domain of two labels, can have
// none: every ceremony is refused then, and all else goes on.
func New(base *url.URL, sealer *catalog.Sealer) *Keys {
	timeout := webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyLife, TimeoutUVD: ceremonyLife}
	web, err := webauthn.New(&webauthn.Config{
		RPID: base.Hostname(), RPDisplayName: "Rounds", RPOrigins: []string{base.String()},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
	if err != nil { // all but the host is constant
		web = nil
	}
	return &Keys{web: web, sealer: sealer, now: time.Now}
}

// owner is an account as go-webauthn sees it.
type owner struct {
	account identity.Account
	keys    []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return []byte(o.account.ID) }
func (o owner) WebAuthnName() string                       { return o.account.Email }
func (o owner) WebAuthnDisplayName() string                { return o.account.Name }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func ownerOf(a identity.Account, held []identity.Passkey) (owner, error) {
	o := owner{account: a}
	for _, h := range held {
		var key webauthn.Credential
		if err := json.Unmarshal(h.Data, &key); err != nil {
			return o, fmt.Errorf("passkey %s: %w", h.ID, err)
		}
		o.keys = append(o.keys, key)
	}
	return o, nil
}

// BeginRegistration makes the options of navigator.credentials.create for an
// account, without the authenticators that it has already.
func (k *Keys) BeginRegistration(a identity.Account, held []identity.Passkey) (c identity.Ceremony, err error) {
	if k.web == nil {
		return c, errNoName
	}
	o, err := ownerOf(a, held)
	if err != nil {
		return c, err
	}
	options, session, err := k.web.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()))
	if err != nil {
		return c, err
	}
	return k.ceremony(options.Response, session, forRegistration)
}

// FinishRegistration checks the browser's answer. identity.ErrPasskeyInvalid
// when it is none to that state, which must have been made for the account.
func (k *Keys) FinishRegistration(a identity.Account, state string, answer []byte) (p identity.Passkey, err error) {
	session, err := k.open(state, forRegistration)
	if err != nil {
		return p, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return p, invalid(err)
	}
	key, err := k.web.CreateCredential(owner{account: a}, session, parsed)
	if err != nil {
		return p, invalid(err)
	}
	data, err := json.Marshal(key)
	return identity.Passkey{AccountID: a.ID, CredentialID: key.ID, Data: data, Challenge: []byte(session.Challenge)}, err
}

// BeginSignIn makes the options of navigator.credentials.get for anybody.
func (k *Keys) BeginSignIn() (c identity.Ceremony, err error) {
	if k.web == nil {
		return c, errNoName
	}
	options, session, err := k.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return c, err
	}
	return k.ceremony(options.Response, session, forSignIn)
}

// FinishSignIn checks the browser's answer against what find knows of the
// account that it names, and returns the passkey that was used with its new
// count. identity.ErrPasskeyInvalid when it proves nobody, or when the count
// went back, which tells of a copied authenticator.
func (k *Keys) FinishSignIn(state string, answer []byte, find func(catalog.AccountID) (identity.Account, []identity.Passkey, error)) (p identity.Passkey, err error) {
	session, err := k.open(state, forSignIn)
	if err != nil {
		return p, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return p, invalid(err)
	}
	var held []identity.Passkey
	_, key, err := k.web.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		var a identity.Account
		if a, held, err = find(catalog.AccountID(handle)); err != nil {
			return nil, err
		}
		return ownerOf(a, held)
	}, session, parsed)
	if err != nil || key.Authenticator.CloneWarning {
		return p, invalid(err)
	}
	for _, p = range held {
		if bytes.Equal(p.CredentialID, key.ID) {
			p.Data, err = json.Marshal(key)
			p.Challenge = []byte(session.Challenge)
			return p, err
		}
	}
	return p, identity.ErrPasskeyInvalid
}

func invalid(err error) error {
	if errors.Is(err, catalog.ErrUnavailable) {
		return err
	}
	return identity.ErrPasskeyInvalid
}

// ceremony gives the options out, with the state that belongs to them.
func (k *Keys) ceremony(options any, session *webauthn.SessionData, purpose string) (c identity.Ceremony, err error) {
	session.Expires = k.now().Add(ceremonyLife)
	text, err := json.Marshal(session)
	if err != nil {
		return c, err
	}
	c.State = base64.RawURLEncoding.EncodeToString(k.sealer.Seal(text, purpose))
	c.Options, err = json.Marshal(options)
	return c, err
}

func (k *Keys) open(state, purpose string) (session webauthn.SessionData, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return session, identity.ErrPasskeyInvalid
	}
	text, err := k.sealer.Open(sealed, purpose)
	if err != nil {
		return session, identity.ErrPasskeyInvalid
	}
	if err := json.Unmarshal(text, &session); err != nil || !k.now().Before(session.Expires) {
		return session, identity.ErrPasskeyInvalid
	}
	return session, nil
}
