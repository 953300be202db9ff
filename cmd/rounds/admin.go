package main

// adminCommand groups what an operator does by hand.
type adminCommand struct {
	Keygen      keygenCommand      `cmd:"" help:"Make the master key and the signing key pair, where missing."`
	InitStorage initStorageCommand `cmd:"" help:"Create the buckets, where missing, and let browsers upload to them."`
	Token       tokenCommand       `cmd:"" help:"Make an API token and print it; it is shown this once."`
	Upload      adminUpload        `cmd:"" help:"Upload a recording of a webinar; continues where an earlier try stopped."`
	Trace       traceCommand       `cmd:"" help:"Find who watched, by the viewer's code in a picture that was filmed."`
	Audit       auditCommand       `cmd:"" help:"Export the evidence that credit hangs on, and prove it."`
	Retry       adminRetry         `cmd:"" help:"Process a recording again that failed through a fault of the service."`
	Backup      backupCommand      `cmd:"" help:"Back the database and the media up, and bring them back as they were at an instant."`
	Doctor      doctorCommand      `cmd:"" help:"Look at the service as it should be looked at daily and weekly: one green, amber or red line each, with what to do."`
	Scale       scaleCommand       `cmd:"" help:"Plan machines of the API for the coming webinars, on AWS."`
}
