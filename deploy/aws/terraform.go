package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// accounts is what is used of STS.
type accounts interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// makeDatabase has Terraform show what would change in the database, and change it
// when that was agreed to.
func (d *deployment) makeDatabase(ctx context.Context) error {
	data, err := filepath.Abs(d.project.path("data"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o755); err != nil { //nolint:gosec // it holds everything that is kept on this machine
		return err
	}
	backend, err := d.backend(ctx)
	if err != nil {
		return err
	}
	plan := filepath.Join(data, "terraform-"+d.name+".plan")
	if err := d.terraform(ctx, append([]string{"init", "-input=false"}, backend...)...); err != nil {
		return err
	}
	if err := d.terraform(ctx, "plan", "-input=false", d.sizes(), d.region(), "-out="+plan); err != nil || d.planOnly {
		return err
	}
	if agreed, err := d.agree(ctx, "terraform: go ahead?"); err != nil {
		return err
	} else if !agreed {
		return errStopped
	}
	return d.terraform(ctx, "apply", "-input=false", plan)
}

// deleteDatabase has Terraform ask and delete it.
func (d *deployment) deleteDatabase(ctx context.Context) error {
	return d.terraform(ctx, "destroy", d.sizes(), d.region())
}

func (d *deployment) sizes() string  { return "-var-file=" + d.name + ".tfvars" }
func (d *deployment) region() string { return "-var=region=" + d.file.Region }

// backend says where Terraform keeps its state: a bucket that the stack security made.
func (d *deployment) backend(ctx context.Context) ([]string, error) {
	me, err := d.aws.account.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("whose account is this: %w", err)
	}
	return []string{
		fmt.Sprintf("-backend-config=bucket=rounds-terraform-%s-%s-%s", d.name, aws.ToString(me.Account), d.file.Region),
		"-backend-config=key=" + d.name + ".tfstate",
		"-backend-config=region=" + d.file.Region,
	}, nil
}

// terraform runs it to its end. It is not killed when ctx ends, which would leave
// the state locked: Ctrl-C reaches it from the terminal as it reaches this program,
// and it stops in good order by itself.
func (d *deployment) terraform(ctx context.Context, args ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := filepath.Abs(d.project.path("data", "terraform-"+d.name))
	if err != nil {
		return err
	}
	folder := "-chdir=" + d.project.path("deploy", "terraform")
	command := exec.CommandContext(context.WithoutCancel(ctx), "terraform", append([]string{folder}, args...)...) //nolint:gosec // the arguments are those above
	command.Env = append(os.Environ(), "TF_DATA_DIR="+data, "TF_IN_AUTOMATION=1")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, d.out, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("terraform %s %s failed: %w", folder, strings.Join(args[:1], " "), err)
	}
	return nil
}
