// Package doctor joins the checks of deploy/care to the service they look at:
// its database, its storage, its network, its keys. `rounds admin doctor` and
// the schedule of `rounds serve` make them from their settings.
//
// What is not set on a machine is not looked at there, and its line says so: an
// edge has no database, a worker no signing key. No check changes anything or
// shows a secret. It is part of the command, which knows everything; nothing else
// imports it.
package doctor
