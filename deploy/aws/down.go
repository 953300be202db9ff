package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// down deletes the stacks, last first. What holds data stays: buckets, keys,
// secrets, backups. Production is never taken down.
func (d *deployment) down(ctx context.Context) error {
	if d.name == "production" {
		return errors.New("production is not taken down by a command; deploy/docs/aws.md says how")
	}
	agreed, err := d.agree(ctx, fmt.Sprintf("delete %s? Its machines and its database go; buckets, keys and backups stay", d.name))
	if err != nil {
		return err
	}
	if !agreed {
		return errors.New("nothing was deleted")
	}
	for _, step := range slices.Backward(d.order) {
		if err := d.unmake(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// unmake takes one step back.
func (d *deployment) unmake(ctx context.Context, step string) error {
	switch step {
	case "terraform":
		return d.deleteDatabase(ctx)
	case "migration", "rollout":
		return nil // they leave nothing
	default:
		return d.remove(ctx, step)
	}
}

// deleteStack deletes a stack that is there. AWS refuses while it is protected, as
// it is outside development.
func (d *deployment) deleteStack(ctx context.Context, step string) error {
	s, err := d.stackOf(step)
	if err != nil {
		return err
	}
	if status, err := s.status(ctx); status == "" || err != nil {
		return err
	}
	if err := s.delete(ctx); err != nil {
		return err
	}
	d.say("%s: deleted", s.name)
	return nil
}
