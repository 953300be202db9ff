package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// rotate replaces a secret while everything runs.
func (d *deployment) rotate(ctx context.Context, secret string) error {
	if secret == "origin" {
		return d.rotateOrigin(ctx)
	}
	return d.rotateDatabase(ctx)
}

// rotateOrigin replaces the header by which the load balancer knows CloudFront. No
// request is refused: both values are believed until every place of CloudFront sends
// the new one. Broken off, it goes on from where it was when it is run again, and
// whatever is deployed in between is right too.
func (d *deployment) rotateOrigin(ctx context.Context) error {
	secret := d.originSecret()
	v, err := d.versions(ctx, secret)
	if err != nil {
		return err
	}
	if v[stageNext] == "" && v[stageLast] == "" {
		if v, err = d.putNext(ctx, secret); err != nil {
			return err
		}
	}
	if err := d.promote(ctx, secret, v); err != nil {
		return err
	}
	if err := d.apply(ctx, "edge"); err != nil { // over when all of CloudFront has it
		return err
	}
	if v, err = d.versions(ctx, secret); err != nil {
		return err
	}
	if v[stageLast] != "" {
		if err := d.stage(ctx, secret, stageLast, v[stageLast], ""); err != nil {
			return err
		}
	}
	if err := d.apply(ctx, "app"); err != nil {
		return err
	}
	d.say("%s: replaced", secret)
	return nil
}

// promote has the load balancer believe the next version beside the current one, and
// makes it the current one then.
func (d *deployment) promote(ctx context.Context, secret string, v versions) error {
	next, current := v[stageNext], v[stageCurrent]
	if next == "" {
		return nil
	}
	if next != current {
		if err := d.apply(ctx, "app"); err != nil {
			return err
		}
		if err := d.stage(ctx, secret, stageLast, v[stageLast], current); err != nil {
			return err
		}
		if err := d.stage(ctx, secret, stageCurrent, current, next); err != nil {
			return err
		}
	}
	return d.stage(ctx, secret, stageNext, next, "")
}

// putNext makes a value that nobody sends yet.
func (d *deployment) putNext(ctx context.Context, secret string) (versions, error) {
	value := rand.Text() + rand.Text()
	_, err := d.aws.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &secret, SecretString: &value, VersionStages: []string{stageNext}})
	if err != nil {
		return nil, fmt.Errorf("the secret %s: %w", secret, err)
	}
	return d.versions(ctx, secret)
}

// rotateDatabase replaces the password of the program's user. Processes that run use
// the one before until the server takes the new one, which the machine that migrates
// tells it; machines that start meanwhile wait for that. Broken off, it is run again.
func (d *deployment) rotateDatabase(ctx context.Context) error {
	secret := "rounds/" + d.name + "/database"
	if agreed, err := d.agree(ctx, secret+": make a new password?"); err != nil || !agreed {
		if err == nil {
			err = errStopped
		}
		return err
	}
	value := rand.Text() + rand.Text()
	if _, err := d.aws.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &secret, SecretString: &value}); err != nil {
		return fmt.Errorf("the secret %s: %w", secret, err)
	}
	if err := d.runMigration(ctx); err != nil {
		return fmt.Errorf("%w; the database still has the password of before, run this again", err)
	}
	d.say("%s: replaced", secret)
	return nil
}
