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
)

// propose has AWS work out what would change and shows it. It returns no name when
// nothing would.
func (d *deployment) propose(ctx context.Context, s stack, kind types.ChangeSetType, given []types.Parameter) (change string, err error) {
	change = fmt.Sprintf("%s-%d", s.name, time.Now().UnixMilli())
	_, err = s.client.CreateChangeSet(ctx, &cloudformation.CreateChangeSetInput{
		StackName: &s.name, ChangeSetName: &change, ChangeSetType: kind, TemplateBody: &s.template.text, Parameters: given,
		Capabilities: []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityNamedIam},
		Tags:         []types.Tag{{Key: aws.String("rounds:environment"), Value: &d.name}},
	})
	if says(err, "No updates are to be performed") { // a change set that is refused is none
		d.say("%s: nothing to change", s.name)
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.name, err)
	}
	switch err := s.workedOut(ctx, change); {
	case errors.Is(err, errNothingToChange):
		d.say("%s: nothing to change", s.name)
		return "", s.forget(ctx, change)
	case err != nil:
		return "", errors.Join(err, s.forget(ctx, change))
	}
	return change, d.show(ctx, s, change)
}

// errNothingToChange says that a stack is as its template wants it.
var errNothingToChange = errors.New("nothing to change")

// workedOut waits until a change set can be shown.
func (s stack) workedOut(ctx context.Context, change string) error {
	asked := &cloudformation.DescribeChangeSetInput{StackName: &s.name, ChangeSetName: &change}
	waiter := cloudformation.NewChangeSetCreateCompleteWaiter(s.client, func(o *cloudformation.ChangeSetCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 2*time.Second, 4*time.Second
	})
	failed := waiter.Wait(ctx, asked, changeSetTime)
	if failed == nil {
		return nil
	}
	found, err := s.client.DescribeChangeSet(ctx, asked)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, errors.Join(failed, err))
	}
	reason := aws.ToString(found.StatusReason)
	switch {
	case strings.Contains(reason, "didn't contain changes"), strings.Contains(reason, "No updates"):
		return errNothingToChange
	case reason == "":
		return fmt.Errorf("%s: %w", s.name, failed)
	default:
		return fmt.Errorf("%s: %s", s.name, reason)
	}
}

// show prints a line for each resource that would change.
func (d *deployment) show(ctx context.Context, s stack, change string) error {
	pages := cloudformation.NewDescribeChangeSetPaginator(s.client, &cloudformation.DescribeChangeSetInput{StackName: &s.name, ChangeSetName: &change})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, c := range page.Changes {
			d.say("%s: %s", s.name, sentence(c.ResourceChange))
		}
	}
	return nil
}

// sentence says what would happen to one resource.
func sentence(c *types.ResourceChange) string {
	if c == nil {
		return "a change without a resource"
	}
	line := fmt.Sprintf("%-7s %s (%s)", strings.ToLower(string(c.Action)), aws.ToString(c.LogicalResourceId), aws.ToString(c.ResourceType))
	if c.Replacement == types.ReplacementTrue || c.Replacement == types.ReplacementConditional {
		line += "  REPLACED"
	}
	return line
}

// execute makes a change and waits for its end.
func (s stack) execute(ctx context.Context, change string, kind types.ChangeSetType) error {
	if _, err := s.client.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{StackName: &s.name, ChangeSetName: &change}); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	var err error
	described := &cloudformation.DescribeStacksInput{StackName: &s.name}
	if kind == types.ChangeSetTypeCreate {
		err = cloudformation.NewStackCreateCompleteWaiter(s.client, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
			o.MinDelay, o.MaxDelay = 5*time.Second, 10*time.Second
		}).Wait(ctx, described, stackTime)
	} else {
		err = cloudformation.NewStackUpdateCompleteWaiter(s.client, func(o *cloudformation.StackUpdateCompleteWaiterOptions) {
			o.MinDelay, o.MaxDelay = 5*time.Second, 10*time.Second
		}).Wait(ctx, described, stackTime)
	}
	return s.explained(ctx, err)
}

// forget deletes a change set that is not made.
func (s stack) forget(ctx context.Context, change string) error {
	_, err := s.client.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{StackName: &s.name, ChangeSetName: &change})
	if err != nil {
		return fmt.Errorf("%s: delete the change set %s: %w", s.name, change, err)
	}
	return nil
}
