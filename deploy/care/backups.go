package care

import (
	"time"

	"rounds/catalog"
)

// RunKind names what is done on a schedule and put on record.
type RunKind string

// The kinds beside reports. Each has a command: rounds admin backup.
const (
	BackupDatabase   RunKind = "backup_database"
	BackupMedia      RunKind = "backup_media"
	RestoreRehearsal RunKind = "restore_rehearsal"
)

// Done is the last time that something was done well.
type Done struct {
	At      time.Time
	Figures map[string]float64 // backup_database, backup_media: oldest (Unix time of the oldest that is kept), keep_days
}

// due is how old something may be before it should be done again, and what is
// said of it: texts of sentences.
type due struct {
	amber, red         time.Duration
	None, Last, Remedy string
}

var dues = map[RunKind]due{ //nolint:gochecknoglobals // a constant
	BackupDatabase: {
		amber: 26 * time.Hour, red: 50 * time.Hour,
		None: "No base backup is on record.", Last: "The last base backup was made %s ago.",
		Remedy: "Run `rounds admin backup database`, and see why the timer does not (`systemctl list-timers`).",
	},
	BackupMedia: {
		amber: 26 * time.Hour, red: 50 * time.Hour,
		None: "No copy of the buckets is on record.", Last: "The last copy of the buckets was made %s ago.",
		Remedy: "Run `rounds admin backup media`, and see why the timer does not (`systemctl list-timers`).",
	},
	RestoreRehearsal: {
		amber: 35 * 24 * time.Hour, red: 100 * 24 * time.Hour,
		None: "No rehearsal of a restore is on record.", Last: "The last rehearsal of a restore was %s ago.",
		Remedy: "Rehearse a restore on another machine as `deploy/backup/README.md` tells, then run `rounds admin backup rehearsed`.",
	},
}

// JudgeBackup is about the last one of a kind; nil: there was none. An
// installation of less than two days has time to come.
func JudgeBackup(kind RunKind, last *Done, managed bool, installed time.Duration, now time.Time) Finding {
	d := dues[kind]
	switch {
	case last == nil && managed && kind == BackupDatabase:
		return Fine("Amazon RDS makes backups; its alarms tell when it does not.")
	case last == nil && managed && kind == BackupMedia:
		return Fine("On AWS the buckets keep versions; nothing is copied.")
	case last == nil && (installed < 48*time.Hour || kind == RestoreRehearsal):
		return Not(Amber, d.Remedy, d.None)
	case last == nil:
		return Not(Red, d.Remedy, d.None)
	}
	age := now.Sub(last.At)
	light := graded(age.Hours(), d.amber.Hours(), d.red.Hours())
	if kind == RestoreRehearsal && light == Red {
		light = Amber // doctors notice nothing of it
	}
	return with(light, d.Remedy, d.Last, short(age))
}

// JudgeRetention is about backups that should be gone.
func JudgeRetention(runs map[RunKind]*Done, now time.Time) Finding {
	light, said := Green, catalog.Sentence{}
	for _, of := range []struct {
		kind RunKind
		what catalog.Sentence
	}{{BackupDatabase, catalog.Say("base backups")}, {BackupMedia, catalog.Say("copies of the buckets")}} {
		done := runs[of.kind]
		if done == nil || done.Figures["oldest"] == 0 {
			continue
		}
		oldest, keep := now.Sub(time.Unix(int64(done.Figures["oldest"]), 0)).Hours()/24, done.Figures["keep_days"]
		// A base backup is kept until a newer one covers the whole time, which can be a week more.
		if l := graded(oldest, keep+9, 3*keep+30); l.Worse(light) {
			light = l
		}
		said = catalog.Join(said, catalog.Say("Of the %s, the oldest was made %s ago; they are kept for %s.", of.what, days(oldest), days(keep)))
	}
	if said.Text == "" {
		return NotKnown("No backup is on record.")
	}
	return with(light, "See why old ones are not removed: `pgbackrest info`, and what `rounds admin backup media` prints.", "%s", said)
}
