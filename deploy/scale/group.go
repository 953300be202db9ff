package scale

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// ours is what the names of our scheduled actions begin with; others are left alone.
const ours = "rounds-event-"

// soon is how far in the future an action must be, at the least, to be taken.
const soon = 3 * time.Minute

// Group is an EC2 Auto Scaling group.
type Group struct {
	client *autoscaling.Client
	name   string
}

// NewGroup returns the group of that name.
func NewGroup(config aws.Config, name string) *Group {
	return &Group{client: autoscaling.NewFromConfig(config), name: name}
}

// Change is one scheduled action that is to be put or removed.
type Change struct {
	Name   string
	At     time.Time
	Least  int
	Remove bool
}

// Changes tells what makes the scheduled actions the same as the steps. When the
// first step, which holds now, asks for another number than the group has, it is
// an action soon: an event may have been entered late.
func (g *Group) Changes(ctx context.Context, now time.Time, steps []Step) ([]Change, error) {
	least, err := g.least(ctx)
	if err != nil {
		return nil, err
	}
	there, err := g.actions(ctx)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for name, want := range wanted(now, least, steps, there) {
		if have, ok := there[name]; !ok || !same(have, want) {
			changes = append(changes, want)
		}
		delete(there, name)
	}
	for name, have := range there {
		changes = append(changes, Change{Name: name, At: aws.ToTime(have.StartTime), Remove: true})
	}
	return changes, nil
}

// wanted names the actions. What corrects the number that holds now keeps its
// place while it is to come, or looking again would postpone it.
func wanted(now time.Time, least int, steps []Step, there map[string]types.ScheduledUpdateGroupAction) map[string]Change {
	all := map[string]Change{}
	for i, s := range steps {
		at := s.At
		if i == 0 {
			if at = now.UTC().Truncate(time.Minute).Add(soon); s.Least == least || len(steps) > 1 && !at.Before(steps[1].At) {
				continue // nothing to correct, or the next step comes at once
			}
			for _, a := range there {
				if start := aws.ToTime(a.StartTime); start.After(now) && start.Before(at) && aws.ToInt32(a.MinSize) == int32(s.Least) { //nolint:gosec // G115: machines
					at = start.UTC()
				}
			}
		}
		name := ours + at.Format("20060102T1504Z")
		all[name] = Change{Name: name, At: at, Least: s.Least}
	}
	return all
}

func same(have types.ScheduledUpdateGroupAction, want Change) bool {
	return aws.ToTime(have.StartTime).Equal(want.At) && aws.ToInt32(have.MinSize) == int32(want.Least) && have.MaxSize == nil //nolint:gosec // G115: machines
}

// Apply carries changes out: removals first, so that no two actions ever have
// the same time.
func (g *Group) Apply(ctx context.Context, changes []Change) error {
	var failures []error
	for _, c := range changes {
		if c.Remove {
			failures = append(failures, g.remove(ctx, c))
		}
	}
	for _, c := range changes {
		if !c.Remove {
			failures = append(failures, g.put(ctx, c))
		}
	}
	return errors.Join(failures...)
}

func (g *Group) put(ctx context.Context, c Change) error {
	_, err := g.client.PutScheduledUpdateGroupAction(ctx, &autoscaling.PutScheduledUpdateGroupActionInput{
		AutoScalingGroupName: &g.name, ScheduledActionName: &c.Name,
		StartTime: &c.At, MinSize: aws.Int32(int32(c.Least)), //nolint:gosec // G115: machines
	})
	if err != nil {
		return fmt.Errorf("put the scheduled action %s: %w", c.Name, err)
	}
	return nil
}

// remove does not mind when another machine was first.
func (g *Group) remove(ctx context.Context, c Change) error {
	_, err := g.client.DeleteScheduledAction(ctx, &autoscaling.DeleteScheduledActionInput{AutoScalingGroupName: &g.name, ScheduledActionName: &c.Name})
	if err != nil && !strings.Contains(err.Error(), "not found") {
		return fmt.Errorf("remove the scheduled action %s: %w", c.Name, err)
	}
	return nil
}

// least is the smallest number of machines that the group has now.
func (g *Group) least(ctx context.Context) (int, error) {
	found, err := g.client.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{g.name}})
	if err != nil {
		return 0, fmt.Errorf("ask about the group %s: %w", g.name, err)
	}
	if len(found.AutoScalingGroups) != 1 {
		return 0, fmt.Errorf("there is no Auto Scaling group %s", g.name)
	}
	return int(aws.ToInt32(found.AutoScalingGroups[0].MinSize)), nil
}

// actions are those of ours that are to come.
func (g *Group) actions(ctx context.Context) (map[string]types.ScheduledUpdateGroupAction, error) {
	all := map[string]types.ScheduledUpdateGroupAction{}
	pages := autoscaling.NewDescribeScheduledActionsPaginator(g.client, &autoscaling.DescribeScheduledActionsInput{AutoScalingGroupName: &g.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list what is scheduled for %s: %w", g.name, err)
		}
		for _, a := range page.ScheduledUpdateGroupActions {
			if name := aws.ToString(a.ScheduledActionName); strings.HasPrefix(name, ours) {
				all[name] = a
			}
		}
	}
	return all, nil
}
