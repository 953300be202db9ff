package doctor

import (
	"context"
	"time"

	"rounds/deploy/care"
)

func (d *doctor) database(ctx context.Context) care.Finding {
	if d.facts == nil {
		return care.NotKnown(notSet, databaseURL)
	}
	ctx, cancel := context.WithTimeout(ctx, d.Limit*8/10)
	defer cancel()
	f, err := d.facts.Server(ctx)
	if err != nil {
		return care.Not(care.Red, "See PostgreSQL and the way to it; nothing works without it, but nothing acknowledged is lost.", "The database does not answer: %s.", care.Reason(err))
	}
	return care.JudgeServer(f)
}

func (d *doctor) migrations(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		f, err := d.facts.Server(ctx)
		return care.JudgeSchema(f.Schema, d.Schema), err
	})
}

func (d *doctor) connections(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		used, most, err := d.facts.Connections(ctx)
		return care.JudgeConnections(used, most), err
	})
}

func (d *doctor) transactions(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		t, err := d.facts.Transactions(ctx)
		return care.JudgeTransactions(t), err
	})
}

func (d *doctor) vacuum(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		v, err := d.facts.Vacuum(ctx)
		return care.JudgeVacuum(v), err
	})
}

func (d *doctor) archiving(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		a, now, err := d.facts.Archiving(ctx)
		return care.JudgeArchiving(a, now), err
	})
}

func (d *doctor) partitions(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		p, err := d.facts.Partitions(ctx, time.Now(), d.QualityAge)
		return care.JudgePartitions(p), err
	})
}

// growth compares with the last weekly report.
func (d *doctor) growth(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		f, err := d.facts.Server(ctx)
		if err != nil {
			return care.Finding{}, err
		}
		last, _, err := d.facts.Last(ctx, care.Weekly)
		var before float64
		for _, line := range last.Lines {
			if line.Check == "growth" {
				before = line.Figures["bytes"]
			}
		}
		return care.JudgeGrowth(f.Bytes, before, f.Now.Sub(last.At)), err
	})
}

func (d *doctor) scheduler(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		s, err := d.facts.Scheduler(ctx, d.Chores)
		return care.JudgeScheduler(s), err
	})
}

func (d *doctor) queues(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		queues, err := d.facts.Queues(ctx)
		return care.JudgeQueues(queues), err
	})
}

func (d *doctor) uploads(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		u, err := d.facts.Uploads(ctx)
		return care.JudgeUploads(u), err
	})
}

func (d *doctor) mailOutbox(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		o, err := d.facts.Outbox(ctx)
		return care.JudgeOutbox(o), err
	})
}

func (d *doctor) webhooks(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		dead, disabled, err := d.facts.Webhooks(ctx)
		return care.JudgeWebhooks(dead, disabled), err
	})
}

func (d *doctor) evidenceHeads(ctx context.Context) care.Finding {
	if d.EvidenceBucket == "" {
		return care.Not(care.Amber, "Set `ROUNDS_EVIDENCE_BUCKET` and run `rounds admin init-storage`.", "No bucket for the heads of the evidence is set: nobody vouches for it.")
	}
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		last, records, err := d.facts.Heads(ctx)
		return care.JudgeHeads(last, records, time.Now()), err
	})
}

func (d *doctor) backup(kind care.RunKind) func(context.Context) care.Finding {
	return func(ctx context.Context) care.Finding {
		return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
			f, err := d.facts.Server(ctx)
			if err != nil {
				return care.Finding{}, err
			}
			done, now, err := d.facts.Done(ctx, kind)
			return care.JudgeBackup(kind, done, f.Managed, f.Age, now), err
		})
	}
}

func (d *doctor) retention(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		runs, at := map[care.RunKind]*care.Done{}, time.Now()
		for _, kind := range []care.RunKind{care.BackupDatabase, care.BackupMedia} {
			done, now, err := d.facts.Done(ctx, kind)
			if err != nil {
				return care.Finding{}, err
			}
			runs[kind], at = done, now
		}
		return care.JudgeRetention(runs, at), nil
	})
}
