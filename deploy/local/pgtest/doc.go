// Package pgtest runs a PostgreSQL cluster of its own for a test or benchmark
// that needs what the shared server of `make test` does not offer: durability,
// and somebody who kills it, freezes it or takes its disk away.
//
// The cluster listens on 127.0.0.1 only, with a password nobody else knows.
// Run by root it works as the user postgres, as PostgreSQL demands.
package pgtest
