//go:build moto

package scale

import (
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// TestGroupAgainstAnEmulator is run by deploy/check, which starts the emulator
// and makes the group ROUNDS_TEST_GROUP in it.
func TestGroupAgainstAnEmulator(t *testing.T) {
	ctx, name := t.Context(), os.Getenv("ROUNDS_TEST_GROUP")
	config, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	group := NewGroup(config, name)
	now := time.Now().UTC()
	talk := Event{From: now.Add(3 * time.Hour), To: now.Add(4 * time.Hour), Doctors: 26_000}
	look := func(events ...Event) []Change {
		t.Helper()
		changes, err := group.Changes(ctx, now, Plan(now, events, rules))
		if err != nil {
			t.Fatal(err)
		}
		if err := group.Apply(ctx, changes); err != nil {
			t.Fatal(err)
		}
		return changes
	}
	other := "nightly"
	if _, err := group.client.PutScheduledUpdateGroupAction(ctx, &autoscaling.PutScheduledUpdateGroupActionInput{
		AutoScalingGroupName: &name, ScheduledActionName: &other, Recurrence: aws.String("0 3 * * *"), MinSize: aws.Int32(1),
	}); err != nil {
		t.Fatal(err)
	}

	if got := look(talk); len(got) != 2 {
		t.Errorf("first look: %+v, want up and back", got)
	}
	if got := look(talk); len(got) != 0 {
		t.Errorf("second look changes %+v", got)
	}
	talk.Doctors = 52_000
	if got := look(talk); len(got) != 1 || got[0].Least != 12 || got[0].Remove {
		t.Errorf("more doctors: %+v, want one change to 12", got)
	}
	up := find(t, group, begin(talk, rules))
	if aws.ToInt32(up.MinSize) != 12 || up.MaxSize != nil || up.DesiredCapacity != nil {
		t.Errorf("%+v", up)
	}
	if got := look(); len(got) != 2 || !got[0].Remove || !got[1].Remove {
		t.Errorf("called off: %+v, want two removals", got)
	}
	if again, err := group.Changes(ctx, now, Plan(now, nil, rules)); err != nil || len(again) != 0 {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := NewGroup(config, "nobody").Changes(ctx, now, nil); err == nil {
		t.Error("a group that is not there was found")
	}
	left, err := group.client.DescribeScheduledActions(ctx, &autoscaling.DescribeScheduledActionsInput{AutoScalingGroupName: &name})
	if err != nil || len(left.ScheduledUpdateGroupActions) != 1 || aws.ToString(left.ScheduledUpdateGroupActions[0].ScheduledActionName) != other {
		t.Errorf("somebody else's action: %+v, %v", left, err)
	}
}

func find(t *testing.T, g *Group, at time.Time) types.ScheduledUpdateGroupAction {
	t.Helper()
	actions, err := g.actions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range actions {
		if aws.ToTime(a.StartTime).Equal(at) {
			return a
		}
	}
	t.Fatalf("nothing is scheduled for %v: %+v", at, actions)
	return types.ScheduledUpdateGroupAction{}
}
