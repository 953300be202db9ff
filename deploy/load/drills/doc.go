// Command drills breaks a whole service on this machine, one thing at a time,
// while doctors watch, and prints what was expected and what was seen; `make
// drill` runs it, CI does so every night.
//
//	make drill                 all of them, some six minutes
//	make drill ONLY=database   one
//
// The service is two processes of the API, three workers and an edge over a
// PostgreSQL cluster and an S3 gateway of their own, in a temporary folder; nothing
// else on the machine is touched. The disk that is filled is a small one made for
// that, which takes root; without it the database is made to say what it says then.
// The last line of all is the check that no acknowledged second was lost in any drill.
package main
