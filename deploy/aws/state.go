package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// status is empty when there is no such stack.
func (s stack) status(ctx context.Context) (types.StackStatus, error) {
	found, err := s.describe(ctx)
	if err != nil || found == nil {
		return "", err
	}
	return found.StackStatus, nil
}

// describe returns nil when there is no such stack.
func (s stack) describe(ctx context.Context) (*types.Stack, error) {
	found, err := s.client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &s.name})
	if says(err, "does not exist") {
		return nil, nil //nolint:nilnil // it is the answer
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	if len(found.Stacks) == 0 {
		return nil, nil //nolint:nilnil // it is the answer
	}
	return &found.Stacks[0], nil
}

// says tells whether AWS refused with these words: CloudFormation has one code for
// all of its refusals.
func says(err error, words string) bool {
	said := smithy.APIError(nil)
	return errors.As(err, &said) && strings.Contains(said.ErrorMessage(), words)
}

// delete deletes a stack and waits for its end. AWS refuses while it is protected.
func (s stack) delete(ctx context.Context) error {
	if _, err := s.client.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &s.name}); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	waiter := cloudformation.NewStackDeleteCompleteWaiter(s.client, func(o *cloudformation.StackDeleteCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 5*time.Second, 10*time.Second
	})
	return s.explained(ctx, waiter.Wait(ctx, &cloudformation.DescribeStacksInput{StackName: &s.name}, stackTime))
}

// explained adds to a failure which resource failed first, and why.
func (s stack) explained(ctx context.Context, failed error) error {
	if failed == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s goes on by itself: %w", s.name, ctx.Err())
	}
	found, err := s.client.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &s.name})
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, errors.Join(failed, err))
	}
	if why := firstFailure(found.StackEvents); why != "" {
		return fmt.Errorf("%s: %s", s.name, why)
	}
	return fmt.Errorf("%s: %w", s.name, failed)
}

// firstFailure finds it in events, of which AWS gives the latest first. Events of
// earlier runs are passed over: a run begins with an event of the stack itself.
func firstFailure(events []types.StackEvent) (why string) {
	for _, e := range events {
		if strings.HasSuffix(string(e.ResourceStatus), "_FAILED") {
			reason := aws.ToString(e.ResourceStatusReason)
			if reason == "" {
				reason = "failed"
			}
			why = aws.ToString(e.LogicalResourceId) + ": " + reason
		}
		if began(e) {
			break
		}
	}
	return why
}

// began tells whether an event is the first of a run.
func began(e types.StackEvent) bool {
	if aws.ToString(e.PhysicalResourceId) != aws.ToString(e.StackId) {
		return false
	}
	switch e.ResourceStatus {
	case types.ResourceStatusCreateInProgress, types.ResourceStatusUpdateInProgress, types.ResourceStatusDeleteInProgress:
		return true
	default:
		return false
	}
}
