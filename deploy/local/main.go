package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line of this program.
type cli struct {
	Run      runCommand      `cmd:"" help:"Start everything on this machine and stop it on Ctrl-C."`
	Services servicesCommand `cmd:"" help:"Run a command with a throw-away PostgreSQL and S3 gateway; without a command, keep them up and print their settings."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends this program at once, and its children with it
	var c cli
	command := kong.Parse(&c,
		kong.Name("local"),
		kong.Description("All of Rounds on one machine."),
		kong.Vars{"rounds": beside("rounds"), "gateway": beside("versitygw")},
		kong.BindTo(ctx, (*context.Context)(nil)))
	os.Exit(exitCode(command.Run()))
}

// beside names a program in the folder of this one: .bin.
func beside(name string) string {
	self, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(self), name)
}

// exitCode passes the code of a command that services ran on, and says what
// else went wrong.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && errors.Is(err, errCommand):
		fmt.Fprintln(os.Stderr, "local:", err)
		return max(1, exit.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "local:", err)
		return 1
	}
}
