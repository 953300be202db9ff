package main

import (
	"bytes"
	"context"
	"path"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// testBundle is a deployment of production without AWS behind it, and what it did.
type testBundle struct {
	*deployment
	out     *bytes.Buffer
	kept    store
	scaling *scaling
	done    []string // stacks that were made or removed, with the version of the time
}

// setup returns a deployment of version v2 that agrees to nothing by itself.
func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{out: &bytes.Buffer{}, kept: store{"app/targets-arn": "targets"}, scaling: &scaling{}}
	b.deployment = &deployment{
		name: "production", version: "v2", project: "../..", every: time.Millisecond, out: b.out,
		file:    environment{Region: "eu-west-1", Parameters: map[string]string{"ApiLeast": "2", "DomainName": "learn.example.org"}},
		order:   []string{"security", "network", "terraform", "migration", "app", "rollout"},
		changed: map[string]bool{},
		agree:   func(context.Context, string) (bool, error) { return false, nil },
	}
	b.deployment.kept = parameters{client: b.kept, environment: "production"}
	b.aws = services{scaling: b.scaling, alarms: ringing{}, balancers: healthy(2)}
	b.apply = func(ctx context.Context, stack string) error {
		b.done = append(b.done, stack+" "+b.version)
		if agreed, _ := b.agree(ctx, "again?"); !agreed {
			return errStopped
		}
		return nil
	}
	b.remove = func(_ context.Context, stack string) error { b.done = append(b.done, stack); return nil }
	return b
}

// store is SSM: values by their names below the environment.
type store map[string]string

// GetParameter answers as SSM does.
func (s store) GetParameter(_ context.Context, in *ssm.GetParameterInput, _ ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	value, there := s[below(*in.Name)]
	if !there {
		return nil, &ssmtypes.ParameterNotFound{}
	}
	return &ssm.GetParameterOutput{Parameter: &ssmtypes.Parameter{Value: aws.String(value)}}, nil
}

// PutParameter keeps a value.
func (s store) PutParameter(_ context.Context, in *ssm.PutParameterInput, _ ...func(*ssm.Options)) (*ssm.PutParameterOutput, error) {
	s[below(*in.Name)] = *in.Value
	return &ssm.PutParameterOutput{}, nil
}

// below turns /rounds/production/app/version into app/version.
func below(name string) string {
	dir, last := path.Split(name)
	if dir == "/rounds/production/" {
		return last
	}
	return path.Join(path.Base(dir), last)
}
