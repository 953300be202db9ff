package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// cli is the command line of this program.
type cli struct {
	Up     upCommand     `cmd:"" help:"Bring an environment up, or up to date; each change is shown before it is made."`
	Rotate rotateCommand `cmd:"" help:"Replace a secret while everything runs."`
	Down   downCommand   `cmd:"" help:"Take an environment down, never production. What holds data stays."`
}

// place is what both commands are told.
type place struct {
	Environment string        `arg:"" enum:"development,staging,production" help:"Which one: ${enum}."`
	Project     project       `default:"." help:"Folder of the project."`
	Every       time.Duration `default:"10s" help:"Time between two looks at something that takes minutes."`
}

type upCommand struct {
	place
	Version string `help:"Tag of the images; the one that runs when it is left out."`
	Yes     bool   `help:"Agree to every change that is shown."`
	Plan    bool   `help:"Only show the changes, as far as the stacks before are there."`
}

type rotateCommand struct {
	place
	Secret string `arg:"" enum:"database,origin" help:"Which one: the password of the database, or the header by which the load balancer knows CloudFront."`
	Yes    bool   `help:"Agree to every change that is shown."`
}

type downCommand struct {
	place
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var c cli
	command := kong.Parse(&c,
		kong.Name("deploy"),
		kong.Description("Rounds on AWS; see deploy/docs/aws.md."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := command.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// Run brings the environment up.
func (c upCommand) Run(ctx context.Context) error {
	d, err := newDeployment(ctx, c.place)
	if err != nil {
		return err
	}
	d.agree, d.planOnly = askYes(os.Stdin, os.Stdout), c.Plan
	if c.Yes {
		d.agree = always
	}
	if err := d.findVersion(ctx, c.Version); err != nil {
		return err
	}
	return d.up(ctx)
}

// Run replaces a secret.
func (c rotateCommand) Run(ctx context.Context) error {
	d, err := newDeployment(ctx, c.place)
	if err != nil {
		return err
	}
	d.agree = askYes(os.Stdin, os.Stdout)
	if c.Yes {
		d.agree = always
	}
	if err := d.findVersion(ctx, ""); err != nil {
		return err
	}
	if d.version == "" {
		return fmt.Errorf("%s was not brought up yet: there is nothing to replace", d.name)
	}
	return d.rotate(ctx, c.Secret)
}

// Run takes the environment down, when its name was typed.
func (c downCommand) Run(ctx context.Context) error {
	d, err := newDeployment(ctx, c.place)
	if err != nil {
		return err
	}
	d.agree = askName(os.Stdin, os.Stdout, c.Environment)
	return d.down(ctx)
}
