// Package crowd is doctors who watch one talk while something happens to the
// service, and holds what they were told against what is on record afterwards.
// The drills and the end-to-end tests use it.
//
// The talk and its viewers are put into the database by SQL, so that nothing but
// playback is needed: no storage, no worker, no mail. Only beats are sent: many
// in a second, as from a talk at fifty times its speed, each again until it is
// acknowledged, as real players do.
package crowd
