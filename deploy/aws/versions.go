package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Stages of a secret's versions. The second and third are ours: a value that is on
// its way in, and one that is on its way out. Both are believed meanwhile.
const (
	stageCurrent = "AWSCURRENT"
	stageNext    = "ROUNDS_NEXT"
	stageLast    = "ROUNDS_LAST"
)

// versions are the ids of a secret's versions, by their stages.
type versions map[string]string

func (d *deployment) versions(ctx context.Context, secret string) (versions, error) {
	found, err := d.aws.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &secret})
	if err != nil {
		return nil, fmt.Errorf("the secret %s: %w", secret, err)
	}
	by := versions{}
	for id, stages := range found.VersionIdsToStages {
		for _, stage := range stages {
			by[stage] = id
		}
	}
	return by, nil
}

// other is the version that is believed beside the current one; there may be none,
// then it is the current one.
func (v versions) other() string {
	for _, stage := range []string{stageNext, stageLast} {
		if id := v[stage]; id != "" && id != v[stageCurrent] {
			return id
		}
	}
	return v[stageCurrent]
}

// stage moves a stage of a secret from one version to another; either may be empty.
func (d *deployment) stage(ctx context.Context, secret, stage, from, to string) error {
	in := &secretsmanager.UpdateSecretVersionStageInput{SecretId: &secret, VersionStage: &stage}
	if from != "" {
		in.RemoveFromVersionId = &from
	}
	if to != "" {
		in.MoveToVersionId = &to
	}
	if _, err := d.aws.secrets.UpdateSecretVersionStage(ctx, in); err != nil {
		return fmt.Errorf("the secret %s: move %s: %w", secret, stage, err)
	}
	return nil
}

// originSecret is the header by which the load balancer knows our distribution.
func (d *deployment) originSecret() string { return "rounds/" + d.name + "/origin" }

// originVersion finds which version of the header a template is to name. By its
// version, for CloudFormation sees no change of a value behind the same words.
func (d *deployment) originVersion(ctx context.Context, other bool) (string, error) {
	found, err := d.versions(ctx, d.originSecret())
	if err != nil {
		return "", err
	}
	if found[stageCurrent] == "" {
		return "", fmt.Errorf("the secret %s has no value: the stack that makes it was not brought up", d.originSecret())
	}
	if other {
		return found.other(), nil
	}
	return found[stageCurrent], nil
}
