// Package queuepage is River's own page over the queues: what waits, what runs,
// what failed and why, for whoever is on call. It is the home of riverui, whose
// assets come with its module; nothing is loaded from another host.
//
// The page knows nobody: whoever mounts it lets administrators in and no one
// else (cmd/rounds does, on the admin port), and writes down what they do.
// Arguments of jobs are ids of ours, so nothing personal shows.
//
// It asks the database for counts every ten seconds once somebody has opened it,
// and not before.
package queuepage
