package scale

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

func TestActionsThatAreWanted(t *testing.T) {
	t.Parallel()
	now := noon.Add(20 * time.Second)
	event := []Step{{At: noon, Least: 3}, {At: at(75), Least: 6}, {At: at(210), Least: 3}}
	pending := map[string]types.ScheduledUpdateGroupAction{"rounds-event-20261123T1201Z": {StartTime: aws.Time(at(1)), MinSize: aws.Int32(6)}}
	for name, c := range map[string]struct {
		least int
		steps []Step
		there map[string]types.ScheduledUpdateGroupAction
		want  map[string]int
	}{
		"nothing to come":        {3, event[:1], nil, map[string]int{}},
		"up and back":            {3, event, nil, map[string]int{"rounds-event-20261123T1315Z": 6, "rounds-event-20261123T1530Z": 3}},
		"entered late":           {3, []Step{{At: noon, Least: 6}, {At: at(80), Least: 3}}, nil, map[string]int{"rounds-event-20261123T1203Z": 6, "rounds-event-20261123T1320Z": 3}},
		"is being corrected":     {3, []Step{{At: noon, Least: 6}}, pending, map[string]int{"rounds-event-20261123T1201Z": 6}},
		"another way":            {8, []Step{{At: noon, Least: 3}}, pending, map[string]int{"rounds-event-20261123T1203Z": 3}},
		"the next comes at once": {3, []Step{{At: noon, Least: 6}, {At: at(2), Least: 3}}, nil, map[string]int{"rounds-event-20261123T1202Z": 3}},
	} {
		got := wanted(now, c.least, c.steps, c.there)
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v, want %v", name, got, c.want)
		}
		for action, least := range c.want {
			if got[action].Least != least {
				t.Errorf("%s: %s is %+v, want %d", name, action, got[action], least)
			}
		}
	}
}
