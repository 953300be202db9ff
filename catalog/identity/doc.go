// Package identity says who is asking: accounts and their roles, invitations,
// one-time codes, login sessions and API tokens.
//
// The flow of a doctor: an Invitation code admits to registration; a one-time
// code proves the e-mail address; the first successful session consumes the
// invitation, makes the account and enrols it; a login session follows. A
// machine carries an API token instead.
//
// Whoever asks travels through a request as a Principal in its context: it is
// a value of that request, like a deadline. Packages read it with
// FromContext and decide with its methods; they never read cookies or headers.
//
// Events (SpotWindow) mint the invitation on the spot. Staff can sign in with a
// passkey or at its institution instead. Where a request comes from travels
// beside the Principal as an Asker: codes are bound to it, and failures counted.
//
// This package is pure: rules over values, standard library only. SQL is in
// catalogdb, HTTP in catalogapi.
package identity
