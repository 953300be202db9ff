// Package scale makes the API grow before a crowd comes. Scaling by what is
// measured comes too late for it: thirteen thousand doctors arrive within ten
// minutes, figures are a minute old, and a machine needs two to serve.
//
// So the calendar decides. [Plan] turns the coming events into steps, each of
// which says how many machines there must be at least from a time on; [Group]
// makes the scheduled actions of an EC2 Auto Scaling group the same as these
// steps. Doing so again changes nothing, and any number of machines may do it
// at once. What is measured may add machines on top of it at any time.
//
// Plan is pure. The AWS SDK is confined to group.go. This package knows nothing
// of the rest of Rounds: cmd brings it the events.
package scale
