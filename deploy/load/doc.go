// Command load prepares doctors who are signed in and runs the load scenarios of
// playback.js against a running service; `make load` runs it against `make run`.
//
//	make load                                    13,000 doctors in ten minutes
//	make load RATE=4 SCENARIO=watching           four times that, beats
//	make load RATE=0.02 DURATION=20s             a look
//
//	make load SCENARIO=signin                    with one-time codes out of the mail folder
//	make load SCENARIO=evening RATE=4            87 sign-ins a second, by mailed codes, beside 13,000 who watch
//	make load SCENARIO=evening RATE=0.05 WATCHERS=200 DURATION=20s   a look at it
//	make load SCENARIO=spot                      doctors who register with an event code, likewise
//
// It reads data/local.json and enrols doctors in the demo program by SQL. Those who
// watch are signed in by it, which leaves mail out of their measurement; in signin, spot
// and evening others sign in with codes that the service mails, like anybody. k6 takes
// the place of their browsers. Use it with data that may be thrown away: the doctors stay.
package main
