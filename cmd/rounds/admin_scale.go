package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/deploy/scale"
)

// scaleCommand is `rounds admin scale`. Machines run it every quarter of an hour.
type scaleCommand struct {
	Database databaseConfig `embed:""`
	Group    string         `env:"ROUNDS_SCALE_GROUP" help:"EC2 Auto Scaling group of the API. Empty: only what would be needed is told."`
	Region   string         `env:"ROUNDS_SCALE_REGION" help:"AWS region of the group; credentials come from the AWS default chain."`
	Each     int            `name:"doctors-each" default:"6500" env:"ROUNDS_SCALE_DOCTORS_EACH" help:"Doctors that one machine is planned for. Half as many machines again are there for the loss of a zone."`
	Least    int            `default:"3" env:"ROUNDS_SCALE_LEAST" help:"Machines at any time."`
	Most     int            `default:"12" env:"ROUNDS_SCALE_MOST" help:"Machines at the most."`
	Share    float64        `default:"1" env:"ROUNDS_SCALE_SHARE" help:"Part of the enrolled doctors that is expected to come, 0 to 1; a number that was entered with a webinar counts as it is."`
	Before   time.Duration  `default:"45m" env:"ROUNDS_SCALE_BEFORE" help:"How long before a webinar its machines must be there."`
	After    time.Duration  `default:"30m" env:"ROUNDS_SCALE_AFTER" help:"How long they stay when it is over."`
	Days     int            `default:"7" env:"ROUNDS_SCALE_DAYS" help:"How far ahead the calendar is looked at, in days."`
	Apply    bool           `env:"-" help:"Change what is scheduled; without, it is only shown."`
}

// scaledGroup is what scheduled actions are put on.
type scaledGroup interface {
	Changes(ctx context.Context, now time.Time, steps []scale.Step) ([]scale.Change, error)
	Apply(ctx context.Context, changes []scale.Change) error
}

// Run shows how many machines the coming webinars need and, when told to,
// schedules them. Doing it twice changes nothing.
func (c *scaleCommand) Run(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	rules, err := c.rules()
	if err != nil {
		return err
	}
	db, err := c.Database.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now := time.Now().UTC()
	crowds, err := catalogdb.New(db, catalogdb.Hooks{}).Crowds(ctx, now.Add(-rules.After), now.AddDate(0, 0, c.Days).Add(rules.Before))
	if err != nil {
		return err
	}
	group, err := c.group(ctx)
	if err != nil {
		return err
	}
	return c.schedule(ctx, stdout, log, now, crowds, group)
}

func (c *scaleCommand) rules() (scale.Rules, error) {
	switch {
	case c.Each < 1:
		return scale.Rules{}, errors.New("ROUNDS_SCALE_DOCTORS_EACH: give 1 or more")
	case c.Least < 1 || c.Most < c.Least:
		return scale.Rules{}, errors.New("ROUNDS_SCALE_LEAST and ROUNDS_SCALE_MOST: give 1 or more, and not more at least than at most")
	case !(c.Share >= 0 && c.Share <= 1): // NaN too
		return scale.Rules{}, errors.New("ROUNDS_SCALE_SHARE: give 0 to 1")
	case c.Before < 0 || c.After < 0:
		return scale.Rules{}, errors.New("ROUNDS_SCALE_BEFORE and ROUNDS_SCALE_AFTER: give no negative time")
	case c.Days < 1 || c.Days > 30:
		return scale.Rules{}, errors.New("ROUNDS_SCALE_DAYS: give 1 to 30")
	case c.Apply && c.Group == "":
		return scale.Rules{}, errors.New("ROUNDS_SCALE_GROUP: name the group that is to be changed")
	}
	return scale.Rules{Each: c.Each, Least: c.Least, Most: c.Most, Before: c.Before, After: c.After}, nil
}

// group is nil when none is named.
func (c *scaleCommand) group(ctx context.Context) (scaledGroup, error) {
	if c.Group == "" {
		return nil, nil //nolint:nilnil // nothing to compare with
	}
	var options []func(*awsconfig.LoadOptions) error
	if c.Region != "" {
		options = append(options, awsconfig.WithRegion(c.Region))
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_SCALE_REGION: %w", err)
	}
	return scale.NewGroup(config, c.Group), nil
}

// schedule is Run once everything is known.
func (c *scaleCommand) schedule(ctx context.Context, stdout io.Writer, log *slog.Logger, now time.Time, crowds []catalog.Crowd, group scaledGroup) error {
	rules, err := c.rules()
	if err != nil {
		return err
	}
	steps := scale.Plan(now, c.events(crowds), rules)
	showSteps(stdout, crowds, steps)
	for _, s := range steps {
		if s.Short {
			log.Warn("an event needs more machines than are allowed", "at", s.At, "doctors", s.Doctors, "needed", rules.Machines(s.Doctors), "most", rules.Most)
		}
	}
	if group == nil {
		return nil
	}
	changes, err := group.Changes(ctx, now, steps)
	if err != nil {
		return err
	}
	showChanges(stdout, changes, c.Apply)
	if c.Apply {
		if err := group.Apply(ctx, changes); err != nil {
			return err
		}
	}
	log.Info("looked at the coming events", "events", len(crowds), "changes", len(changes), "applied", c.Apply)
	return nil
}

func (c *scaleCommand) events(crowds []catalog.Crowd) []scale.Event {
	events := make([]scale.Event, 0, len(crowds))
	for _, crowd := range crowds {
		events = append(events, scale.Event{From: crowd.StartsAt, To: crowd.EndsAt, Doctors: c.expected(crowd)})
	}
	return events
}

// expected is what was said of a webinar, else a share of the enrolled.
func (c *scaleCommand) expected(crowd catalog.Crowd) int {
	if crowd.Expected > 0 {
		return crowd.Expected
	}
	return int(float64(crowd.Doctors) * c.Share)
}

const toMinutes = "2006-01-02 15:04Z"

func showSteps(w io.Writer, crowds []catalog.Crowd, steps []scale.Step) {
	for _, crowd := range crowds {
		said := ""
		if crowd.Expected > 0 {
			said = fmt.Sprintf(", %d expected", crowd.Expected)
		}
		_, _ = fmt.Fprintf(w, "%s  %6d enrolled%s  %s (%s)\n", crowd.StartsAt.UTC().Format(toMinutes), crowd.Doctors, said, crowd.Title, crowd.Webinar)
	}
	for _, s := range steps {
		_, _ = fmt.Fprintf(w, "%s  %6d expected  at least %d machines\n", s.At.Format(toMinutes), s.Doctors, s.Least)
	}
}

func showChanges(w io.Writer, changes []scale.Change, apply bool) {
	would := "would "
	if apply {
		would = ""
	}
	for _, change := range changes {
		if change.Remove {
			_, _ = fmt.Fprintf(w, "%sremove %s\n", would, change.Name)
		} else {
			_, _ = fmt.Fprintf(w, "%sput    %s: at least %d from %s\n", would, change.Name, change.Least, change.At.Format(toMinutes))
		}
	}
	if len(changes) == 0 {
		_, _ = fmt.Fprintln(w, "what is scheduled is right")
	}
}
