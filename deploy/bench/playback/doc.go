// Command playback measures playing under load on one machine, the load
// generator included, and writes data/bench/playback.json; `make bench-playback`
// runs it.
//
//	make bench-playback
//	go run ./deploy/bench/playback --quick                a look of two minutes
//	go run ./deploy/bench/playback --only edge            one of beats, ledger, starts, edge, memory, growth
//
// It starts a durable PostgreSQL cluster of its own and the real `rounds serve`
// and `rounds edge`, seeds doctors who are signed in, and sends their requests
// from a lean client (a goroutine and a buffer a connection), since a full HTTP
// client would take most of the machine. Ours and the peer's runs alternate;
// each figure is the median of its runs. Everything listens on 127.0.0.1 and
// ends with the program.
//
// Peers: one transaction of plain statements a beat, which is the same program
// built with the tag rounds_single_beats; the statements for groups with one beat
// each (rounds_batches_of_one), to tell what the group itself brings; and nginx
// with secure_link over the same files.
package main
