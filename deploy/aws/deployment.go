package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// deployment is one environment on AWS and what is done to it in this run.
type deployment struct {
	name     string
	project  project
	file     environment
	order    []string
	version  string // tag of the images; empty before the first one
	agree    agreement
	planOnly bool
	every    time.Duration // between two looks at something that takes minutes
	out      io.Writer
	changed  map[string]bool // stacks that this run has changed
	kept     parameters
	aws      services

	// apply and remove make and delete a stack; tests put something else there.
	apply, remove func(ctx context.Context, stack string) error
}

// services are the parts of AWS that are spoken to, each as narrow as it is used.
type services struct {
	stacks    func(region string) *cloudformation.Client // "": the region of the rest
	network   network
	machines  launcher
	roles     roles
	account   accounts
	images    images
	secrets   vault
	scaling   refresher
	alarms    alarms
	balancers balancers
}

// newDeployment reads the environment's file; nothing is asked of AWS yet. Whoever
// calls it sets agree.
func newDeployment(ctx context.Context, at place) (*deployment, error) {
	file, err := at.Project.environment(at.Environment)
	if err != nil {
		return nil, err
	}
	order, err := at.Project.order()
	if err != nil {
		return nil, err
	}
	d := &deployment{
		name: at.Environment, project: at.Project, file: file, order: order,
		every: at.Every, out: os.Stdout, changed: map[string]bool{},
	}
	d.apply, d.remove = d.makeStack, d.deleteStack
	return d, d.connect(ctx)
}

// connect makes the clients, with the credentials that the AWS tools would use.
func (d *deployment) connect(ctx context.Context) error {
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(d.file.Region))
	if err != nil {
		return fmt.Errorf("settings of AWS: %w", err)
	}
	d.kept = parameters{client: ssm.NewFromConfig(config), environment: d.name}
	machines := ec2.NewFromConfig(config)
	d.aws = services{
		stacks: func(region string) *cloudformation.Client {
			return cloudformation.NewFromConfig(config, func(o *cloudformation.Options) {
				if region != "" {
					o.Region = region
				}
			})
		},
		network: machines, machines: machines,
		roles:     iam.NewFromConfig(config),
		account:   sts.NewFromConfig(config),
		images:    ecr.NewFromConfig(config),
		secrets:   secretsmanager.NewFromConfig(config),
		scaling:   autoscaling.NewFromConfig(config),
		alarms:    cloudwatch.NewFromConfig(config),
		balancers: elasticloadbalancingv2.NewFromConfig(config),
	}
	return nil
}

// findVersion takes the version that was asked for, or the one that runs.
func (d *deployment) findVersion(ctx context.Context, asked string) (err error) {
	if d.version = asked; asked == "" {
		d.version, err = d.kept.find(ctx, "app/version")
	}
	return err
}

// say tells whoever started this run something; a terminal that is gone stops nothing.
func (d *deployment) say(format string, values ...any) {
	_, _ = fmt.Fprintf(d.out, format+"\n", values...)
}

// wait looks until something is done, or says that nothing was heard of it.
func (d *deployment) wait(ctx context.Context, what string, limit time.Duration, done func(context.Context) (bool, error)) error {
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		if ok, err := done(ctx); ok || err != nil {
			return err
		}
		select {
		case <-time.After(d.every):
		case <-end.C:
			return fmt.Errorf("%s: nothing heard for %.0f minutes", what, limit.Minutes())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
