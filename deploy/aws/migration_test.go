package main

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// migrating is EC2 with a machine that says how the migration went.
type migrating struct {
	kept store
	says string
	ran  []*ec2.RunInstancesInput
}

// RunInstances lets the machine do its work at once.
func (m *migrating) RunInstances(_ context.Context, in *ec2.RunInstancesInput, _ ...func(*ec2.Options)) (*ec2.RunInstancesOutput, error) {
	m.ran, m.kept["migrated"] = append(m.ran, in), m.says
	return &ec2.RunInstancesOutput{}, nil
}

// pushed are the tags of a repository.
type pushed map[string]bool

// DescribeImages answers as ECR does.
func (p pushed) DescribeImages(_ context.Context, in *ecr.DescribeImagesInput, _ ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error) {
	if !p[*in.ImageIds[0].ImageTag] {
		return nil, &ecrtypes.ImageNotFoundException{}
	}
	return &ecr.DescribeImagesOutput{}, nil
}

func TestMigration(t *testing.T) {
	t.Parallel()
	both := pushed{"v2": true, "v2-worker": true}
	for _, c := range []struct {
		name, before, says string
		images             pushed
		wantError          string
		wantRuns           int
	}{
		{name: "a new version", before: "v1 done", says: "v2 done", images: both, wantRuns: 1},
		{name: "the very first", says: "v2 done", images: both, wantRuns: 1},
		{name: "it was done", before: "v2 done"},
		{name: "it fails", before: "v1 done", says: "v2 failed", images: both, wantError: "The old version goes on", wantRuns: 1},
		{name: "again after it failed", before: "v2 failed", says: "v2 done", images: both, wantRuns: 1},
		{name: "no images", images: pushed{}, wantError: "rounds/production has no image v2: push it"},
		{name: "no image of workers", images: pushed{"v2": true}, wantError: "has no image v2-worker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			machine := &migrating{kept: b.kept, says: c.says}
			b.aws.images, b.aws.machines = c.images, machine
			b.kept["network/private-subnets"], b.kept["migrate/template"] = "subnet-a,subnet-b", "lt-1"
			if c.before != "" {
				b.kept["migrated"] = c.before
			}
			err := b.migrate(t.Context())
			if c.wantError == "" && err != nil || c.wantError != "" && (err == nil || !strings.Contains(err.Error(), c.wantError)) {
				t.Errorf("got %v, want %q", err, c.wantError)
			}
			if len(machine.ran) != c.wantRuns {
				t.Fatalf("%d machines, want %d", len(machine.ran), c.wantRuns)
			}
			for _, ran := range machine.ran {
				if *ran.SubnetId != "subnet-a" || *ran.LaunchTemplate.LaunchTemplateId != "lt-1" || *ran.MaxCount != 1 {
					t.Errorf("started %+v", ran)
				}
			}
		})
	}
}
