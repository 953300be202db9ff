// Program local runs all of Rounds on one machine, for trying it and for
// developing it. `make run` and `make test` call it.
//
// It has two commands:
//
//	local run                starts everything, seeds a demo program, waits for Ctrl-C
//	local services -- CMD    gives CMD a throw-away PostgreSQL and S3 gateway
//
// The flow of `run` is one list of steps (run.go): lock the data folder, stop
// what an earlier run left behind, then start PostgreSQL, the S3 gateway, and
// the three processes of cmd/rounds in that order. Each is a [part]: a child
// in its own process group with a log file and a pid file, told by the kernel
// to stop when the supervisor disappears. Parts stop in the reverse order, on
// a signal as well as when one of them dies.
//
// Everything that must survive a restart is below the data folder: the
// cluster, the buckets, the keys, the mail and state.json, which holds the
// passwords and the ports chosen at the first start. What users read is
// local.json; deploy/docs/operator.md describes it.
//
// It imports nothing of this module: it knows Rounds the way an operator
// does, by its commands, its settings and its HTTP API.
package main
