package care

import (
	"time"

	"rounds/catalog"
)

// Chore is a piece of upkeep: how often it is to be done, and when it was.
type Chore struct {
	Name  string
	Every time.Duration
	Done  *time.Time
}

// Scheduler is who sees to it that work is done.
type Scheduler struct {
	Now    time.Time
	Leader bool // River has one
	Chores []Chore
	Age    time.Duration // of the installation
}

// JudgeScheduler judges: a chore may be late by twice its interval and half an hour, since
// a process that looks every few minutes may just have been replaced.
func JudgeScheduler(s Scheduler) Finding {
	var late []catalog.Sentence
	for _, c := range s.Chores {
		allowed := 3*c.Every + 30*time.Minute
		switch {
		case c.Done != nil && s.Now.Sub(*c.Done) > allowed:
			late = append(late, catalog.Say("%s (%s ago)", c.Name, ago(s.Now, *c.Done)))
		case c.Done == nil && s.Age > allowed:
			late = append(late, catalog.Say("%s (never)", c.Name))
		}
	}
	switch {
	case len(late) > 0:
		return Not(Amber, "See the log of `rounds serve` and `rounds work` for the chore's name: it says why.", "Chores that are overdue: %s.", joined(late))
	case !s.Leader:
		return Not(Red, "Start `rounds serve` and `rounds work`; without a leader nobody tidies the queues.", "The queues have no leader.")
	default:
		return Fine("The queues have a leader, all chores were done when due: %d.", len(s.Chores))
	}
}

// Queue is one of River's.
type Queue struct {
	Name      string
	Waiting   int
	Oldest    time.Duration // that waits and could be taken
	Running   time.Duration // the longest run
	Discarded int           // within a day
}

// JudgeQueues judges: jobs are hints that are made again, so what is discarded does no
// harm; what waits for long says that nobody takes it.
func JudgeQueues(queues []Queue) Finding {
	light, parts := Green, []catalog.Sentence{}
	for _, q := range queues {
		l := graded(q.Oldest.Minutes(), 15, 60)
		if q.Running > 12*time.Hour {
			l = Red
		}
		if q.Discarded > 100 && l == Green {
			l = Amber
		}
		if l.Worse(light) {
			light = l
		}
		parts = append(parts, catalog.Say("%s: %d wait, the oldest for %s; the longest run has taken %s; %d were discarded today", q.Name, q.Waiting, short(q.Oldest), short(q.Running), q.Discarded))
	}
	if len(parts) == 0 {
		return Fine("No job waits.")
	}
	return with(light, "Start workers for that queue (`rounds work`), for mail `rounds serve`.", "%s.", joined(parts))
}

// Uploads are recordings that are not as they should be.
type Uploads struct {
	Overdue  int           // uploaded, or being processed without a lease, for longer than they should
	Oldest   time.Duration // of those
	OurFault int           // failed within a day by a fault of the service
}

// JudgeUploads judges: presenters are promised a verdict within a minute.
func JudgeUploads(u Uploads) Finding {
	switch {
	case u.Overdue > 0:
		return Not(graded(u.Oldest.Minutes(), 0, 30), "Start a worker (`rounds work`); see its log for the recording's id.", "%d recordings wait for a worker, the longest for %s.", u.Overdue, short(u.Oldest))
	case u.OurFault > 0:
		return Not(Amber, "See why in the worker's log, mend it, then run `rounds admin retry` for each of them (`/admin/recordings` lists them).", "%d recordings failed within a day by a fault of the service.", u.OurFault)
	default:
		return Fine("No recording waits for longer than it should, none failed through a fault of the service today.")
	}
}

// Outbox is how messages leave.
type Outbox struct {
	Waiting                 int
	OldestUrgent, OldestAny time.Duration
	Sent, GivenUp           int // within a day
	Bounced                 int // addresses that were noted within seven days
	SentInDays              int // within the same
}

// JudgeOutbox judges: codes are waited for in front of a screen. Providers close accounts
// whose mails bounce at 5 to 10 %.
func JudgeOutbox(o Outbox) Finding {
	light := graded(o.OldestUrgent.Minutes(), 2, 10)
	if l := graded(o.OldestAny.Hours(), 1, 12); l.Worse(light) {
		light = l
	}
	given, bounced := share(o.GivenUp, o.GivenUp+o.Sent), share(o.Bounced, o.SentInDays)
	if l := graded(given, .05, .25); o.GivenUp > 5 && l.Worse(light) {
		light = l
	}
	if l := graded(bounced, .02, .05); o.Bounced > 5 && l.Worse(light) {
		light = l
	}
	return with(light, "See the messages (`/admin/messages`) for what the mail server says; send a test code to yourself.",
		"%d messages wait, the oldest for %s (codes: %s); %s %% were given up today, %s %% of addresses bounced within 7 days.",
		o.Waiting, short(o.OldestAny), short(o.OldestUrgent), digits(given*100, 1), digits(bounced*100, 1))
}

func share(part, whole int) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// JudgeWebhooks is about other systems that are told of events.
func JudgeWebhooks(dead, disabled int) Finding {
	if dead == 0 && disabled == 0 {
		return Fine("No delivery was given up today, no endpoint is switched off.")
	}
	return Not(Amber, "Tell whoever runs the endpoint; then switch it on and replay (`/admin/deliveries`).", "Deliveries that were given up within a day: %d; endpoints that are switched off for failing: %d.", dead, disabled)
}

// JudgeHeads is about the day whose head was stored last. Heads are written soon
// after midnight; records says whether there is anything to vouch for.
func JudgeHeads(last *time.Time, records bool, now time.Time) Finding {
	const remedy = "See the log of `rounds serve` for `evidence_heads`; the runbook tells what to do when heads and database do not match."
	switch {
	case last == nil && !records:
		return Fine("There is no evidence to vouch for yet.")
	case last == nil:
		return Not(Amber, remedy, "There is evidence and no head of any day yet.")
	}
	days := now.UTC().Truncate(24*time.Hour).Sub(last.UTC().Truncate(24*time.Hour)).Hours() / 24
	return with(graded(days, 2, 4), remedy, "The last head that is stored is that of %s.", last.Format(time.DateOnly))
}

// WorkerSeen is how long ago a worker must have told of itself at last; the
// sentences below say it, too.
const WorkerSeen = 25 * time.Minute

// JudgeWorkers is about how many were seen, and how many recordings wait for one.
// At night there may be none, as long as nothing waits.
func JudgeWorkers(seen, waiting int) Finding {
	const remedy = "Start `rounds work` on a machine with `ffmpeg`."
	switch {
	case seen == 0 && waiting > 0:
		return Not(Red, remedy, "%d recordings wait, and no worker was seen within 25 minutes.", waiting)
	case seen == 0:
		return Not(Amber, remedy, "No worker was seen within 25 minutes; nothing waits for one.")
	default:
		return Fine("A worker was seen within 25 minutes; recordings that wait: %d.", waiting)
	}
}
