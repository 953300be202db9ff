// Package ssotest is an institution for tests: a small OpenID provider that
// listens on this machine, sends browsers back with codes and signs real ID tokens
// with go-jose, the library that go-oidc checks them with.
//
// Only tests import it.
package ssotest
