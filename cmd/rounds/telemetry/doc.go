// Package telemetry sends traces: what belongs together over processes, from a
// request over the job that it put into a queue to the programs that the job
// ran. It is the home of OpenTelemetry; nothing else in Rounds imports it.
//
// Everybody else knows catalog.Tracer, or nothing: requests, statements to the
// database and calls of AWS are recorded by what cmd puts around them
// ([Tracer.Request], [Tracer.Database], [Tracer.AWS]). Only work that somebody
// asked for is recorded: a statement or a call that belongs to no span begins
// none, or the polling of queues would fill the store.
//
// Spans leave the service. They hold ids of ours, routes (never paths), SQL
// without its arguments and kinds of errors (never their text): no URL, no
// address, no name, no code, no key, no token. A test reads all spans of a whole
// journey for them.
//
// Traces are off unless an endpoint is set. Then each trace is kept with the
// probability of Config.Ratio, as a whole: who continues a trace keeps to what
// its beginning decided. A collector that does not answer costs spans, never a
// request: they are sent in batches from a queue that drops what is too much.
package telemetry
