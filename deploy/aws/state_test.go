package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

func TestFirstFailure(t *testing.T) {
	t.Parallel()
	event := func(logical, physical string, status types.ResourceStatus, reason string) types.StackEvent {
		e := types.StackEvent{LogicalResourceId: &logical, PhysicalResourceId: &physical, StackId: aws.String("stack"), ResourceStatus: status}
		if reason != "" {
			e.ResourceStatusReason = &reason
		}
		return e
	}
	// The latest first.
	events := []types.StackEvent{
		event("Other", "o", types.ResourceStatusCreateFailed, "Resource creation cancelled"),
		event("Bucket", "b", types.ResourceStatusCreateFailed, "the name is taken"),
		event("Nested", "n", types.ResourceStatusUpdateInProgress, ""),
		event("Bucket", "b", types.ResourceStatusCreateInProgress, ""),
		event("rounds-production-x", "stack", types.ResourceStatusUpdateInProgress, ""),
		event("Queue", "q", types.ResourceStatusUpdateFailed, "of a run before"),
	}
	if got := firstFailure(events); got != "Bucket: the name is taken" {
		t.Errorf("got %q", got)
	}
	if got := firstFailure(events[4:]); got != "" {
		t.Errorf("a failure of a run before: %q", got)
	}
	if got := firstFailure([]types.StackEvent{event("Bucket", "b", types.ResourceStatusDeleteFailed, "")}); got != "Bucket: failed" {
		t.Errorf("got %q", got)
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	change := types.ResourceChange{Action: types.ChangeActionModify, LogicalResourceId: aws.String("Vpc"), ResourceType: aws.String("AWS::EC2::VPC")}
	for replacement, want := range map[types.Replacement]string{
		types.ReplacementFalse:       "modify  Vpc (AWS::EC2::VPC)",
		types.ReplacementTrue:        "modify  Vpc (AWS::EC2::VPC)  REPLACED",
		types.ReplacementConditional: "modify  Vpc (AWS::EC2::VPC)  REPLACED",
	} {
		change.Replacement = replacement
		if got := sentence(&change); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestKebab(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"DistributionArn": "distribution-arn", "Name": "name", "SigningKeyId": "signing-key-id"} {
		if got := kebab(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
