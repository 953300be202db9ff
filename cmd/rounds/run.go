package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"
)

// cli is the command line of rounds. Every setting is a flag and an
// environment variable; `rounds COMMAND --help` lists both.
type cli struct {
	Version kong.VersionFlag `help:"Print what this program was built of."`
	Log     logConfig        `embed:"" prefix:"log-"`

	Serve       serveCommand       `cmd:"" help:"Serve the HTTP API and the pages."`
	Work        workCommand        `cmd:"" help:"Transcode recordings, plan and verify them."`
	Edge        edgeCommand        `cmd:"" help:"Front door: verify signed cookies and URLs, serve media from S3, pass everything else to the API."`
	Ports       portsCommand       `cmd:"" help:"Hold the edge's ports open, so that edges can be replaced without a gap."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database schema up to date."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask one address, and fail unless it answers 200: for containers."`
	Admin       adminCommand       `cmd:"" help:"Keys, tokens, storage, uploads."`
}

// exit is what kong's help and version flags raise instead of ending the process.
type exit int

// Run parses args, runs one command until it ends or ctx does, and returns its
// error. It is the program without the process: the end-to-end test calls it.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	defer recoverExit(&err)
	var c cli
	parser, err := kong.New(&c,
		kong.Name("rounds"),
		kong.Description("Video-on-demand and adaptive streaming for continuing medical education."),
		kong.DefaultEnvars("ROUNDS"),
		kong.Help(helpWithSettings),
		kong.Resolvers(&elsewhere{ctx: ctx}),
		kong.Vars{"version": readBuildInfo().String()},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdout, (*io.Writer)(nil)),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	logger, err := c.Log.logger(stderr)
	if err != nil {
		return err
	}
	return command.Run(logger)
}

// recoverExit ends Run where kong would have ended the process.
func recoverExit(err *error) {
	raised := recover()
	if raised == nil {
		return
	}
	code, ok := raised.(exit)
	if !ok {
		panic(raised)
	}
	if code != 0 {
		*err = errors.New("usage error")
	}
}

// logConfig is how the program logs: structured, to standard error.
type logConfig struct {
	Level  string `default:"info" enum:"debug,info,warn,error" help:"Least severe level that is logged (debug, info, warn, error)." env:"ROUNDS_LOG_LEVEL"`
	Format string `default:"text" enum:"text,json" help:"Log format (text, json)." env:"ROUNDS_LOG_FORMAT"`
}

func (c logConfig) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(named{quiet{slog.NewJSONHandler(w, options)}}), nil
	}
	return slog.New(named{quiet{slog.NewTextHandler(w, options)}}), nil
}
