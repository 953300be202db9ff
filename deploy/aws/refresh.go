package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
)

// refresher is what is used of Auto Scaling.
type refresher interface {
	StartInstanceRefresh(context.Context, *autoscaling.StartInstanceRefreshInput, ...func(*autoscaling.Options)) (*autoscaling.StartInstanceRefreshOutput, error)
	DescribeInstanceRefreshes(context.Context, *autoscaling.DescribeInstanceRefreshesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeInstanceRefreshesOutput, error)
}

// alarms is what is used of CloudWatch.
type alarms interface {
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
}

// refreshTime is how long one group may take; workers finish what they have in hand.
const refreshTime = 3 * time.Hour

// refresh replaces the machines of the API, held by its alarms, then the workers.
// It is not good when AWS stopped it.
func (d *deployment) refresh(ctx context.Context) (good bool, err error) {
	gate, err := d.gate(ctx)
	if err != nil {
		return false, err
	}
	api := gentle()
	api.CheckpointPercentages, api.CheckpointDelay = []int32{34, 100}, aws.Int32(300)
	api.AlarmSpecification = gate
	if good, err := d.refreshGroup(ctx, "api", api); !good || err != nil {
		return false, err
	}
	return d.refreshGroup(ctx, "worker", gentle())
}

// gentle are preferences by which there are never fewer machines than before.
func gentle() *types.RefreshPreferences {
	return &types.RefreshPreferences{
		MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(150),
		InstanceWarmup: aws.Int32(60), SkipMatching: aws.Bool(true),
	}
}

// gate names the alarms that stop a roll-out. At the very first, they are not there
// yet: AWS would refuse their names.
func (d *deployment) gate(ctx context.Context) (*types.AlarmSpecification, error) {
	names := []string{"rounds-" + d.name + "-api-errors", "rounds-" + d.name + "-api-slow"}
	found, err := d.aws.alarms.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: names})
	if err != nil {
		return nil, fmt.Errorf("alarms of the API: %w", err)
	}
	if len(found.MetricAlarms) == 0 {
		return nil, nil //nolint:nilnil // no gate
	}
	gate := &types.AlarmSpecification{}
	for _, alarm := range found.MetricAlarms {
		gate.Alarms = append(gate.Alarms, aws.ToString(alarm.AlarmName))
	}
	return gate, nil
}

// refreshGroup replaces the machines of one group and waits for the end of it.
func (d *deployment) refreshGroup(ctx context.Context, kind string, how *types.RefreshPreferences) (good bool, err error) {
	group := "rounds-" + d.name + "-" + kind
	started, err := d.aws.scaling.StartInstanceRefresh(ctx, &autoscaling.StartInstanceRefreshInput{
		AutoScalingGroupName: &group, Strategy: types.RefreshStrategyRolling, Preferences: how,
	})
	if err != nil {
		return false, fmt.Errorf("%s: replace its machines: %w", group, err)
	}
	var status types.InstanceRefreshStatus
	err = d.wait(ctx, group, refreshTime, func(ctx context.Context) (bool, error) {
		status, err = d.refreshed(ctx, group, aws.ToString(started.InstanceRefreshId))
		return ended(status), err
	})
	return status == types.InstanceRefreshStatusSuccessful, err
}

// refreshed looks how far it is, and says so.
func (d *deployment) refreshed(ctx context.Context, group, id string) (types.InstanceRefreshStatus, error) {
	found, err := d.aws.scaling.DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: &group, InstanceRefreshIds: []string{id}})
	if err != nil {
		return "", fmt.Errorf("%s: %w", group, err)
	}
	if len(found.InstanceRefreshes) == 0 {
		return "", fmt.Errorf("%s: nothing is known of the replacement %s", group, id)
	}
	now := found.InstanceRefreshes[0]
	d.say("%s: %s, %d %%", group, strings.ToLower(string(now.Status)), aws.ToInt32(now.PercentageComplete))
	return now.Status, nil
}

func ended(status types.InstanceRefreshStatus) bool {
	switch status {
	case types.InstanceRefreshStatusSuccessful, types.InstanceRefreshStatusFailed, types.InstanceRefreshStatusCancelled,
		types.InstanceRefreshStatusRollbackSuccessful, types.InstanceRefreshStatusRollbackFailed:
		return true
	default:
		return false
	}
}
