package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// scaling answers as EC2 Auto Scaling does: each refresh is seen on its way once,
// then ends as told.
type scaling struct {
	ends  []types.InstanceRefreshStatus
	asked []*autoscaling.StartInstanceRefreshInput
	looks int
}

// StartInstanceRefresh writes down what was asked for.
func (s *scaling) StartInstanceRefresh(_ context.Context, in *autoscaling.StartInstanceRefreshInput, _ ...func(*autoscaling.Options)) (*autoscaling.StartInstanceRefreshOutput, error) {
	s.asked, s.looks = append(s.asked, in), 0
	return &autoscaling.StartInstanceRefreshOutput{InstanceRefreshId: aws.String("r")}, nil
}

// DescribeInstanceRefreshes tells of the last one.
func (s *scaling) DescribeInstanceRefreshes(context.Context, *autoscaling.DescribeInstanceRefreshesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeInstanceRefreshesOutput, error) {
	status := types.InstanceRefreshStatusInProgress
	if s.looks++; s.looks > 1 {
		status = s.ends[len(s.asked)-1]
	}
	return &autoscaling.DescribeInstanceRefreshesOutput{InstanceRefreshes: []types.InstanceRefresh{{Status: status, PercentageComplete: aws.Int32(34)}}}, nil
}

// ringing has every alarm that is asked for.
type ringing struct{}

// DescribeAlarms answers as CloudWatch does.
func (ringing) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	out := &cloudwatch.DescribeAlarmsOutput{}
	for _, name := range in.AlarmNames {
		out.MetricAlarms = append(out.MetricAlarms, cwtypes.MetricAlarm{AlarmName: aws.String(name)})
	}
	return out, nil
}

// healthy is the number of machines that answer; another is on its way.
type healthy int

// DescribeTargetHealth answers as the load balancer does.
func (h healthy) DescribeTargetHealth(context.Context, *elasticloadbalancingv2.DescribeTargetHealthInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error) {
	out := &elasticloadbalancingv2.DescribeTargetHealthOutput{TargetHealthDescriptions: []elbtypes.TargetHealthDescription{
		{TargetHealth: &elbtypes.TargetHealth{State: elbtypes.TargetHealthStateEnumInitial}},
	}}
	for range h {
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, elbtypes.TargetHealthDescription{TargetHealth: &elbtypes.TargetHealth{State: elbtypes.TargetHealthStateEnumHealthy}})
	}
	return out, nil
}

const (
	good      = types.InstanceRefreshStatusSuccessful
	failed    = types.InstanceRefreshStatusFailed
	cancelled = types.InstanceRefreshStatusCancelled
)

// TestRollOut cases: how refreshes end, what ran before, and what comes of it.
func TestRollOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		before    string
		changed   bool
		ends      []types.InstanceRefreshStatus
		wantError string
		wantKept  string
		wantDone  []string
	}{
		{name: "a new version", before: "v1", ends: []types.InstanceRefreshStatus{good, good}, wantKept: "v2"},
		{name: "the first version replaces nothing", wantKept: "v2"},
		{name: "the same version replaces nothing", before: "v2", wantKept: "v2"},
		{name: "changed settings", before: "v2", changed: true, ends: []types.InstanceRefreshStatus{good, good}, wantKept: "v2"},
		{name: "changed settings fail", before: "v2", changed: true, ends: []types.InstanceRefreshStatus{failed}, wantError: "take the change back", wantKept: "v2"},
		{name: "the API fails", before: "v1", ends: []types.InstanceRefreshStatus{failed, good, good}, wantError: "v2 was rolled back to v1", wantKept: "v1", wantDone: []string{"app v1"}},
		{name: "workers fail", before: "v1", ends: []types.InstanceRefreshStatus{good, cancelled, good, good}, wantError: "v2 was rolled back to v1", wantKept: "v1", wantDone: []string{"app v1"}},
		{name: "going back fails", before: "v1", ends: []types.InstanceRefreshStatus{failed, failed}, wantError: "going back to v1 failed too", wantKept: "v1", wantDone: []string{"app v1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.scaling.ends, b.changed["app"] = c.ends, c.changed
			if c.before != "" {
				b.kept["app/rolled-out"] = c.before
			}
			err := b.rollOut(t.Context())
			if c.wantError == "" && err != nil || c.wantError != "" && (err == nil || !strings.Contains(err.Error(), c.wantError)) {
				t.Errorf("got %v, want %q", err, c.wantError)
			}
			if got := b.kept["app/rolled-out"]; got != c.wantKept {
				t.Errorf("rolled out: %q, want %q", got, c.wantKept)
			}
			if !slices.Equal(b.done, c.wantDone) {
				t.Errorf("stacks: %v, want %v", b.done, c.wantDone)
			}
			if len(b.scaling.asked) != len(c.ends) {
				t.Errorf("%d refreshes, want %d", len(b.scaling.asked), len(c.ends))
			}
		})
	}
}

func TestRefreshIsGentle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.scaling.ends = []types.InstanceRefreshStatus{good, good}
	if ok, err := b.refresh(t.Context()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	api, workers := b.scaling.asked[0], b.scaling.asked[1]
	if *api.AutoScalingGroupName != "rounds-production-api" || *workers.AutoScalingGroupName != "rounds-production-worker" {
		t.Errorf("%s, then %s", *api.AutoScalingGroupName, *workers.AutoScalingGroupName)
	}
	p := api.Preferences
	if *p.MinHealthyPercentage != 100 || *p.MaxHealthyPercentage != 150 || !*p.SkipMatching {
		t.Errorf("preferences %+v", p)
	}
	if !slices.Equal(p.CheckpointPercentages, []int32{34, 100}) || *p.CheckpointDelay != 300 {
		t.Errorf("checkpoints %v after %d s, want a third first", p.CheckpointPercentages, *p.CheckpointDelay)
	}
	if want := []string{"rounds-production-api-errors", "rounds-production-api-slow"}; p.AlarmSpecification == nil || !slices.Equal(p.AlarmSpecification.Alarms, want) {
		t.Errorf("gates %+v, want %v", p.AlarmSpecification, want)
	}
	if workers.Preferences.CheckpointPercentages != nil || *workers.Preferences.MinHealthyPercentage != 100 {
		t.Errorf("workers %+v", workers.Preferences)
	}
	if text := b.out.String(); !strings.Contains(text, "rounds-production-api: inprogress, 34 %") || !strings.Contains(text, "rounds-production-worker: successful") {
		t.Errorf("said %q", text)
	}
}

func TestAPIHasToAnswer(t *testing.T) {
	t.Parallel()
	for machines, want := range map[healthy]bool{1: false, 2: true} {
		b := setup(t)
		b.aws.balancers = machines
		if got, err := b.apiAnswers(t.Context()); got != want || err != nil {
			t.Errorf("%d machines: %v, %v", machines, got, err)
		}
	}
}
