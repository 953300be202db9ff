package care

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"rounds/catalog"
)

// Server is what a database tells of itself.
type Server struct {
	Version   int // server_version_num
	Now       time.Time
	RoundTrip time.Duration // of the question for Now
	Managed   bool          // by Amazon RDS, which does backups and failover by itself
	Standby   bool          // it is being recovered, and takes no writes
	Bytes     float64       // of this database
	Schema    int           // the last migration that was applied
	Age       time.Duration // since the first account was made
}

// oldestServer is the oldest PostgreSQL this program is made for.
const oldestServer = 150000

// JudgeServer tells whether it is one that Rounds can work with.
func JudgeServer(s Server) Finding {
	switch {
	case s.Standby:
		return Not(Red, "The address leads to a standby: point `ROUNDS_DATABASE_URL` at the primary, or promote this one.", "PostgreSQL %s answers, but takes no writes.", version(s.Version))
	case s.Version < oldestServer:
		return Not(Red, "Upgrade PostgreSQL to 15 or newer.", "PostgreSQL %s answers; 15 is the oldest that works.", version(s.Version))
	default:
		return Fine("PostgreSQL %s answers.", version(s.Version))
	}
}

func version(number int) string { return fmt.Sprintf("%d.%d", number/10000, number%10000) }

// JudgeRoundTrip is about the way to the database, which every beat goes.
func JudgeRoundTrip(took time.Duration) Finding {
	return with(graded(took.Seconds(), .02, .25), "Bring API and database into one zone; look for a busy network or a busy database.",
		"A question and its answer take %s ms.", digits(took.Seconds()*1000, 1))
}

// JudgeSchema compares the database's last migration with the program's. A database
// that is ahead is what a release looks like while machines are replaced.
func JudgeSchema(database, program int) Finding {
	switch {
	case database < program:
		return Not(Red, "Run `rounds migrate`, then start the new release.", "The schema is at %d, this program wants %d.", database, program)
	case database > program:
		return Not(Amber, "Put the new release on this machine, too.", "The schema is at %d, ahead of this program (%d); that works for one release.", database, program)
	default:
		return Fine("The schema is at %d, as this program wants it.", database)
	}
}

// JudgeConnections is about those of all clients.
func JudgeConnections(used, most int) Finding {
	return with(graded(float64(used)/float64(max(1, most)), .7, .9), "See who holds them (the runbook has the query); lower `ROUNDS_DATABASE_MAX_CONNS` or raise `max_connections`.",
		"%d of %d connections are in use.", used, most)
}

// Transactions are what holds others up.
type Transactions struct {
	Oldest   time.Duration // since the oldest transaction began
	Query    string        // what it last did, cut short
	Waiting  int           // sessions that wait for a lock for more than ten seconds
	Prepared int           // transactions that were prepared and are left
}

// JudgeTransactions judges: an old one keeps vacuum from clearing anything that died since.
func JudgeTransactions(t Transactions) Finding {
	const remedy = "End it: `select pg_terminate_backend(pid)`; the runbook has the query that finds it."
	light := graded(t.Oldest.Minutes(), 5, 60)
	if (t.Waiting > 0 || t.Prepared > 0) && light == Green {
		light = Amber
	}
	if light == Green {
		return Fine("The oldest transaction began %s ago, nobody waits long for a lock.", short(t.Oldest))
	}
	return Not(light, remedy, "The oldest transaction began %s ago (%s); sessions that wait for locks: %d, prepared transactions that are left: %d.", short(t.Oldest), t.Query, t.Waiting, t.Prepared)
}

// Vacuum is the table with the most dead rows, and the age of transaction ids.
type Vacuum struct {
	Table      string
	Dead, Live float64
	XIDs       float64 // age(datfrozenxid)
}

// JudgeVacuum judges: autovacuum begins at a fifth; PostgreSQL stops taking writes at two
// billion transaction ids.
func JudgeVacuum(v Vacuum) Finding {
	const remedy = "End old transactions, then clear the table: `vacuum (verbose)`; the runbook has the queries."
	light := graded(v.XIDs, 5e8, 1.2e9)
	share := v.Dead / max(1, v.Dead+v.Live)
	if v.Dead > 100_000 && share > .5 && light == Green {
		light = Amber
	}
	return with(light, remedy, "Most dead rows: %s with %s (%s %%); transaction ids are %s million old.",
		v.Table, digits(v.Dead, 0), digits(share*100, 0), digits(v.XIDs/1e6, 0))
}

// Archiving is how WAL leaves the machine.
type Archiving struct {
	On, Managed bool
	Last        *time.Time // a segment was archived
	LastFailed  *time.Time
	FailedWAL   string
	Waiting     int     // segments that are ready and not archived; -1: not told
	Slot        string  // that holds back the most WAL
	SlotBytes   float64 // it holds back
	SlotIdle    bool    // nobody reads from it
}

// JudgeArchiving judges: without it, a restore ends where the last base backup was made.
func JudgeArchiving(a Archiving, now time.Time) Finding {
	if a.SlotIdle && a.SlotBytes > gib || a.SlotBytes > 20*gib {
		return Not(graded(a.SlotBytes, 0, 10*gib), "Start its reader again or drop the slot, or the disk fills up: `select pg_drop_replication_slot(…)`.",
			"Replication slot %s holds back %s GiB of WAL.", a.Slot, digits(a.SlotBytes/gib, 1))
	}
	switch {
	case a.Managed:
		return Fine("Amazon RDS archives WAL.")
	case !a.On:
		return Not(Amber, "Set `archive_mode` and `archive_command` (`deploy/backup/README.md`); without, a restore loses what came after the last base backup.", "WAL is not archived.")
	case a.LastFailed != nil && (a.Last == nil || a.LastFailed.After(*a.Last)):
		return Not(Red, "See PostgreSQL's log for what `archive_command` says; its disk or bucket is full, away or closed.", "Archiving has been failing for %s, at %s; segments that wait: %d.", ago(now, *a.LastFailed), a.FailedWAL, max(0, a.Waiting))
	case a.Waiting > 100:
		return Not(Red, "Archiving is slower than the database writes: see its disk or bucket.", "%d WAL segments wait to be archived.", a.Waiting)
	case a.Waiting > 10:
		return Not(Amber, "Archiving is slower than the database writes: see its disk or bucket.", "%d WAL segments wait to be archived.", a.Waiting)
	case a.Last == nil:
		return Not(Amber, "See that `archive_timeout` is set (60s); try `select pg_switch_wal()`.", "No WAL segment was archived yet.")
	default:
		return Fine("WAL was archived %s ago, none waits.", ago(now, *a.Last))
	}
}

// Partitions are those of what players notice.
type Partitions struct {
	Tomorrow bool
	Overdue  []string // that should have been dropped
}

// JudgePartitions looks at both ends.
func JudgePartitions(p Partitions) Finding {
	switch {
	case len(p.Overdue) > 0:
		return Not(Amber, "Restart one `rounds serve`: its upkeep drops them; see the log for `events_of_players`.", "Partitions that should be gone: %s.", catalog.Names(p.Overdue))
	case !p.Tomorrow:
		return Not(Amber, "The first event of tomorrow makes it; see the log of `rounds serve` for `partitions`.", "There is no partition for tomorrow yet.")
	default:
		return Fine("The partition for tomorrow is there, none is older than it should be.")
	}
}

// JudgeGrowth compares the size with that of the report before, if there was one.
func JudgeGrowth(now, before float64, since time.Duration) Finding {
	size := digits(now/gib, 2)
	f := Fine("The database has %s GiB.", size)
	if before > 0 && since > 0 {
		grown := now - before
		f = with(graded(grown/before, .5, 1e9), "See the largest tables (the runbook has the query), and how long the disk lasts.",
			"The database has %s GiB, %s within %s.", size, fmt.Sprintf("%+.2f", grown/gib), short(since))
		if now < gib && f.Light == Amber {
			f.Light, f.Remedy = Green, ""
		}
	}
	f.Figures = map[string]float64{"bytes": now}
	return f
}

// short is a duration as people say it.
func short(d time.Duration) catalog.Sentence {
	switch {
	case d < 90*time.Second:
		return catalog.Say("less than two minutes")
	case d < 2*time.Hour:
		return catalog.Say("%d minutes", rounded(d.Minutes()))
	case d < 48*time.Hour:
		return catalog.Say("%d hours", rounded(d.Hours()))
	default:
		return days(d.Hours() / 24)
	}
}

func days(n float64) catalog.Sentence { return catalog.Say("%d days", rounded(n)) }

func ago(now, then time.Time) catalog.Sentence { return short(max(0, now.Sub(then))) }

func rounded(x float64) int { return int(math.Round(x)) }

// digits is a number with so many decimals.
func digits(x float64, decimals int) string { return strconv.FormatFloat(x, 'f', decimals, 64) }
