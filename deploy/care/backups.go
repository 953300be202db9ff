package care

import (
	"fmt"
	"time"
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

// Ages after which something that should be done again is amber, and red.
var ages = map[RunKind]struct{ amber, red time.Duration }{ //nolint:gochecknoglobals // a constant
	BackupDatabase:   {26 * time.Hour, 50 * time.Hour},
	BackupMedia:      {26 * time.Hour, 50 * time.Hour},
	RestoreRehearsal: {35 * 24 * time.Hour, 100 * 24 * time.Hour},
}

// JudgeBackup is about the last one of a kind; nil: there was none. An
// installation of less than two days has time to come.
func JudgeBackup(kind RunKind, last *Done, managed bool, installed time.Duration, now time.Time) Finding {
	remedy := map[RunKind]string{
		BackupDatabase:   "Run rounds admin backup database, and see why the timer does not (systemctl list-timers rounds-backup*).",
		BackupMedia:      "Run rounds admin backup media --to …, and see why the timer does not.",
		RestoreRehearsal: "Rehearse a restore on another machine as deploy/backup/README.md tells, then rounds admin backup rehearsed.",
	}[kind]
	what := map[RunKind]string{BackupDatabase: "base backup", BackupMedia: "copy of the buckets", RestoreRehearsal: "rehearsal of a restore"}[kind]
	switch {
	case last == nil && managed && kind == BackupDatabase:
		return Fine("Amazon RDS makes backups; its alarms tell when it does not.")
	case last == nil && managed && kind == BackupMedia:
		return Fine("On AWS the buckets keep versions; nothing is copied.")
	case last == nil && (installed < 48*time.Hour || kind == RestoreRehearsal):
		return Not(Amber, remedy, "No %s is on record yet.", what)
	case last == nil:
		return Not(Red, remedy, "No %s is on record.", what)
	}
	age := now.Sub(last.At)
	a := ages[kind]
	light := graded(age.Hours(), a.amber.Hours(), a.red.Hours())
	if kind == RestoreRehearsal && light == Red {
		light = Amber // doctors notice nothing of it
	}
	return with(light, remedy, "The last %s is %s old.", what, short(age))
}

// JudgeRetention is about backups that should be gone.
func JudgeRetention(runs map[RunKind]*Done, now time.Time) Finding {
	light, text := Green, ""
	for _, kind := range []RunKind{BackupDatabase, BackupMedia} {
		done := runs[kind]
		if done == nil || done.Figures["oldest"] == 0 {
			continue
		}
		oldest, keep := now.Sub(time.Unix(int64(done.Figures["oldest"]), 0)).Hours()/24, done.Figures["keep_days"]
		// A base backup is kept until a newer one covers the whole time, which can be a week more.
		if l := graded(oldest, keep+9, 3*keep+30); l.Worse(light) {
			light = l
		}
		text += fmt.Sprintf(" %s: the oldest is %.0f days old, %.0f are kept.", kind, oldest, keep)
	}
	if text == "" {
		return NotKnown("No backup is on record.")
	}
	return with(light, "See why old ones are not removed: pgbackrest info, and the output of rounds admin backup media.", "%s", text[1:])
}
