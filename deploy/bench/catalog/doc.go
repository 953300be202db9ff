// Command catalog measures lists and searches of a full catalog, and how long
// twenty thousand doctors take to be imported, and writes
// data/bench/catalog.json; `make bench-catalog` runs it.
//
//	make bench-catalog
//	go run ./deploy/bench/catalog --coverage 200000      a look of half a minute
//
// It starts a durable PostgreSQL cluster of its own and fills it: 100,000
// accounts, 1,000 webinars with captions, 5 million rows of coverage. Then two
// readers at a time, one a core, send each query a thousand times with another
// person or page each time; the figure is the slowest of a hundred (p99), in
// milliseconds, through the same code that the API uses. Only the JSON is not
// in it.
//
// Peer of the searches: the same words by ILIKE over the same texts.
package main
