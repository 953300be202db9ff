package main

import "context"

// up makes everything, in order.
func (d *deployment) up(ctx context.Context) error {
	for _, step := range d.order {
		if err := d.make(ctx, step); err != nil {
			return err
		}
	}
	d.say("ready: https://%s", d.file.Parameters["DomainName"])
	return nil
}

// make does one step; what is no stack has a name of its own.
func (d *deployment) make(ctx context.Context, step string) error {
	switch step {
	case "terraform":
		return d.makeDatabase(ctx)
	case "migration":
		return d.migrate(ctx)
	case "rollout":
		return d.rollOut(ctx)
	case "security":
		return d.makeSecurity(ctx)
	default:
		return d.apply(ctx, step)
	}
}

// makeSecurity makes the stack, what it needs, and what it cannot make: keys.
func (d *deployment) makeSecurity(ctx context.Context) error {
	if d.planOnly {
		return d.apply(ctx, "security")
	}
	if err := d.makeServiceRoles(ctx); err != nil {
		return err
	}
	if err := d.apply(ctx, "security"); err != nil {
		return err
	}
	return d.makeKeys(ctx)
}
