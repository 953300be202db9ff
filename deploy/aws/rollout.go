package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// balancers is what is used of load balancers.
type balancers interface {
	DescribeTargetHealth(context.Context, *elasticloadbalancingv2.DescribeTargetHealthInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error)
}

// answerTime is how long the first machines may take until the API answers.
const answerTime = 20 * time.Minute

// rollOut replaces machines of another version or settings, a third of the API
// first; it goes back by itself when alarms ring. The first version replaces none.
func (d *deployment) rollOut(ctx context.Context) error {
	if d.planOnly {
		return nil
	}
	if err := d.wait(ctx, "the API", answerTime, d.apiAnswers); err != nil {
		return err
	}
	before, err := d.kept.find(ctx, "app/rolled-out")
	if err != nil || before == d.version && !d.changed["app"] {
		return err
	}
	if before == "" {
		return d.kept.keep(ctx, "app/rolled-out", d.version)
	}
	switch good, err := d.refresh(ctx); {
	case err != nil:
		return err
	case good:
		return d.kept.keep(ctx, "app/rolled-out", d.version)
	case before == d.version:
		return errors.New("the roll-out of changed settings failed: take the change back and deploy again; see deploy/docs/aws.md")
	default:
		return d.goBack(ctx, before)
	}
}

// goBack puts the version before into the stack and onto the machines, without
// asking: it was agreed to before. It always returns an error, which says how it went.
func (d *deployment) goBack(ctx context.Context, before string) error {
	failed, agree := d.version, d.agree
	d.say("the roll-out of %s failed: going back to %s", failed, before)
	d.version, d.agree = before, always
	err := d.apply(ctx, "app")
	d.agree = agree
	if err != nil {
		return err
	}
	good, err := d.refresh(ctx)
	if err != nil {
		return err
	}
	if !good {
		return fmt.Errorf("going back to %s failed too: see deploy/docs/aws.md", before)
	}
	return fmt.Errorf("%s was rolled back to %s", failed, before)
}

// apiAnswers tells whether as many machines answer as there have to be at least.
func (d *deployment) apiAnswers(ctx context.Context) (bool, error) {
	targets, err := d.kept.get(ctx, "app/targets-arn")
	if err != nil {
		return false, err
	}
	least, err := strconv.Atoi(d.file.Parameters["ApiLeast"])
	if err != nil {
		return false, fmt.Errorf("deploy/aws/%s.yaml: parameters: ApiLeast: %w", d.name, err)
	}
	found, err := d.aws.balancers.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &targets})
	if err != nil {
		return false, fmt.Errorf("health of the API: %w", err)
	}
	healthy := 0
	for _, target := range found.TargetHealthDescriptions {
		if target.TargetHealth != nil && target.TargetHealth.State == elbtypes.TargetHealthStateEnumHealthy {
			healthy++
		}
	}
	return healthy >= least, nil
}
