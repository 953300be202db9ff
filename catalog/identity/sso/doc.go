// Package sso signs staff in at their institution (OpenID Connect Core 1.0,
// authorization code flow with PKCE, RFC 7636).
//
// Begin makes the address that the browser is sent to and a sealed state for its
// cookie; Finish takes what came back, exchanges the code, checks the ID token –
// signature, issuer, audience, time, nonce – and returns whose verified e-mail
// address it tells. Whoever signs her in refuses an answer that was used before,
// whatever the provider thinks of codes that come twice. What that person may do is not the provider's to say: it is
// decided by the account that has the address.
//
// The provider is asked for its keys at the first use, not at the start: that it
// is down must not keep doctors out.
//
// This package is the home of go-oidc and x/oauth2. It imports the catalog and
// the identity rules, and knows no SQL.
package sso
