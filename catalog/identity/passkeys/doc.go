// Package passkeys lets staff sign in with a passkey instead of a mailed code
// (W3C Web Authentication, level 3): nothing that is typed can be wheedled out.
//
// Both ceremonies have two steps. Begin… makes the options for the browser and a
// state; the browser's answer comes back with that state to Finish…. The state is
// sealed and lives for five minutes, so any process can finish what another began;
// whoever stores the result refuses a challenge that was used before.
//
// Passkeys must be discoverable and verify the person (a PIN, a finger), so they
// are two factors in one and need no address to be typed. Attestation is not asked
// for: which maker's authenticator it is decides nothing here.
//
// This package is the home of go-webauthn, which is certified against the FIDO
// conformance tests; parsing what authenticators say is nothing to write oneself.
// It imports the catalog and the identity rules, and knows no SQL and no HTTP.
package passkeys
