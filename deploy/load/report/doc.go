// Command report measures a whole service on this machine under one, two, three and
// four times the expected crowd and draws what it saw as one HTML page; `make
// load-report` runs it.
//
//	make load-report                            four steps of two minutes
//	make load-report DURATION=20s STEPS=0.1,0.2  a look at it
//
// Each step is the scenario "crowd" of deploy/load: those who watch send a beat every
// ten seconds, others arrive. Beside it, twice a second or so, the command reads CPU
// time, memory and threads of each part from /proc, throughput and response times
// from the figures of the edge, and activity, waits and locks from PostgreSQL. The page
// holds the table, the plots, and a capacity model: how many machines 13,000 and
// 52,000 viewers need, computed from the largest step that held, with its assumptions.
//
// The service is one of its own (`local run` in DATA/load), so that nothing else is
// measured or harmed; k6 runs on the same machine and takes its share of it.
//
// Plots are drawn by gonum/plot, the plotting library of Go's numerical field, as SVG
// inside the page: it loads nothing. /proc is read by prometheus/procfs and figures by
// prometheus/common, which the service's own figures come from too.
package main
