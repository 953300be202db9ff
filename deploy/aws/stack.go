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

const (
	changeSetTime = 5 * time.Minute // in which AWS works out what would change
	stackTime     = time.Hour       // in which a stack is made; a distribution takes a quarter of it
)

// stack is one of CloudFormation and the template that it is made from.
type stack struct {
	name     string
	template template
	client   *cloudformation.Client
}

// stackOf returns the stack of a step, whether it is there or not.
func (d *deployment) stackOf(step string) (stack, error) {
	t, err := d.project.template(step)
	if err != nil {
		return stack{}, err
	}
	return stack{"rounds-" + d.name + "-" + step, t, d.aws.stacks(t.asks.Region)}, nil
}

// makeStack shows what would change in a stack, and changes it when that was
// agreed to.
func (d *deployment) makeStack(ctx context.Context, step string) error {
	s, err := d.stackOf(step)
	if err != nil {
		return err
	}
	given, err := d.given(ctx, s.template)
	if err != nil {
		return err
	}
	kind, err := d.makeWay(ctx, s)
	if err != nil || kind == "" {
		return err
	}
	change, err := d.propose(ctx, s, kind, given)
	if err != nil || change == "" {
		return err
	}
	if agreed, err := d.agreed(ctx, s, change); !agreed || err != nil {
		return err
	}
	if err := s.execute(ctx, change, kind); err != nil {
		return err
	}
	return d.finish(ctx, step, s)
}

// makeWay returns how the stack is to be changed. What is left of a first try that
// failed holds nothing and cannot be updated: it is deleted, or when nothing may be
// changed, told of and passed over.
func (d *deployment) makeWay(ctx context.Context, s stack) (types.ChangeSetType, error) {
	status, err := s.status(ctx)
	if err != nil {
		return "", err
	}
	switch status {
	case "", types.StackStatusReviewInProgress:
		return types.ChangeSetTypeCreate, nil
	case types.StackStatusRollbackComplete:
		if d.planOnly {
			d.say("%s: its first try failed; what is left of it, nothing, will be deleted and the stack made anew", s.name)
			return "", nil
		}
		return types.ChangeSetTypeCreate, s.delete(ctx)
	default:
		return types.ChangeSetTypeUpdate, nil
	}
}

// agreed asks whether a change may be made; what may not is forgotten. That nobody
// agreed ends the run, but where only the plan was wanted.
func (d *deployment) agreed(ctx context.Context, s stack, change string) (bool, error) {
	if d.planOnly {
		return false, s.forget(ctx, change)
	}
	agreed, err := d.agree(ctx, s.name+": go ahead?")
	if agreed && err == nil {
		return true, nil
	}
	if err == nil {
		err = errStopped
	}
	return false, errors.Join(err, s.forget(context.WithoutCancel(ctx), change))
}

// finish protects a stack that was made, and hands on what it says of itself.
func (d *deployment) finish(ctx context.Context, step string, s stack) error {
	if d.name != "development" { // nobody deletes it without taking this back first
		_, err := s.client.UpdateTerminationProtection(ctx, &cloudformation.UpdateTerminationProtectionInput{StackName: &s.name, EnableTerminationProtection: aws.Bool(true)})
		if err != nil {
			return fmt.Errorf("%s: protect it: %w", s.name, err)
		}
	}
	if err := d.keepOutputs(ctx, s); err != nil {
		return err
	}
	d.changed[step] = true
	d.say("%s: done", s.name)
	return nil
}

// keepOutputs writes the outputs of a stack in another region, as parameters where
// the rest is; the others write theirs themselves.
func (d *deployment) keepOutputs(ctx context.Context, s stack) error {
	if s.template.asks.Region == "" {
		return nil
	}
	found, err := s.describe(ctx)
	if err != nil || found == nil {
		return err
	}
	for _, output := range found.Outputs {
		if err := d.kept.keep(ctx, s.template.name+"/"+kebab(aws.ToString(output.OutputKey)), aws.ToString(output.OutputValue)); err != nil {
			return err
		}
	}
	return nil
}

// kebab makes distribution-arn of DistributionArn.
func kebab(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c >= 'A' && c <= 'Z' && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}
