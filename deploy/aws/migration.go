package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// launcher starts machines.
type launcher interface {
	RunInstances(context.Context, *ec2.RunInstancesInput, ...func(*ec2.Options)) (*ec2.RunInstancesOutput, error)
}

// images is what is used of ECR.
type images interface {
	DescribeImages(context.Context, *ecr.DescribeImagesInput, ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error)
}

// migrationTime is how long nothing may be heard of the machine that migrates.
const migrationTime = 30 * time.Minute

// migrate starts the machine that migrates, and waits for what it says: the
// parameter migrated, "VERSION done" or something else.
func (d *deployment) migrate(ctx context.Context) error {
	if d.planOnly {
		return nil
	}
	before, err := d.kept.find(ctx, "migrated")
	if err != nil {
		return err
	}
	if before == d.version+" done" {
		d.say("migration: this version's was done")
		return nil
	}
	return d.runMigration(ctx)
}

// runMigration is migrate, whether it was done before or not.
func (d *deployment) runMigration(ctx context.Context) error {
	started, done := d.version+" started", d.version+" done"
	if err := d.checkImages(ctx); err != nil {
		return err
	}
	if err := d.kept.keep(ctx, "migrated", started); err != nil {
		return err
	}
	if err := d.startMigration(ctx); err != nil {
		return err
	}
	said := started
	err := d.wait(ctx, "migration", migrationTime, func(ctx context.Context) (_ bool, err error) {
		said, err = d.kept.get(ctx, "migrated")
		return said != started, err
	})
	if err != nil {
		return err
	}
	if said != done {
		return fmt.Errorf("migration: failed; see the log group /rounds/%s/migrate. The old version goes on", d.name)
	}
	d.say("migration: done")
	return nil
}

// checkImages looks whether the images are there: machines would wait for ever for
// some that nobody has pushed.
func (d *deployment) checkImages(ctx context.Context) error {
	repository := "rounds/" + d.name
	for _, tag := range []string{d.version, d.version + "-worker"} {
		_, err := d.aws.images.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: &repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: &tag}}})
		if missing := (*ecrtypes.ImageNotFoundException)(nil); errors.As(err, &missing) {
			return fmt.Errorf("the repository %s has no image %s: push it, then run this again", repository, tag)
		}
		if err != nil {
			return fmt.Errorf("the repository %s: %w", repository, err)
		}
	}
	return nil
}

// startMigration starts the machine of the stack migrate in a private subnet; it
// ends by itself.
func (d *deployment) startMigration(ctx context.Context) error {
	subnets, err := d.kept.get(ctx, "network/private-subnets")
	if err != nil {
		return err
	}
	subnet, _, _ := strings.Cut(subnets, ",")
	template, err := d.kept.get(ctx, "migrate/template")
	if err != nil {
		return err
	}
	_, err = d.aws.machines.RunInstances(ctx, &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: &subnet,
		LaunchTemplate: &ec2types.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: aws.String("$Latest")},
	})
	if err != nil {
		return fmt.Errorf("start the machine that migrates: %w", err)
	}
	return nil
}
