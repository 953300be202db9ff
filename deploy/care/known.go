package care

import "slices"

// Known describes a check: where it belongs, and the runbook that tells what to do.
type Known struct {
	Name, Area string
	Weekly     bool   // not asked daily
	Runbook    string // file in deploy/runbooks, without .md
	Asks       string // what is looked at, for people
}

const areaDatabase = "database"

// Checks is all that is ever asked, in the order of reports.
var Checks = []Known{ //nolint:gochecknoglobals // a constant
	{Name: "disk", Area: "machine", Runbook: "RoundsDiskFilling", Asks: "room and inodes of the scratch folder, the data folder, the logs and what else is given"},
	{Name: "cpu", Area: "machine", Runbook: "RoundsMachineBusy", Asks: "load for each core, over 5 minutes"},
	{Name: "memory", Area: "machine", Runbook: "RoundsMachineBusy", Asks: "memory that is available"},
	{Name: "clock", Area: "machine", Runbook: "RoundsClockSkewed", Asks: "this clock beside the database's and the storage's"},
	{Name: "log_rotation", Area: "machine", Weekly: true, Runbook: "RoundsDiskFilling", Asks: "the largest file in the log folder"},

	{Name: "dns", Area: "network", Runbook: "RoundsNetwork", Asks: "the names of this site, the database, the storage and the mail server resolve"},
	{Name: "database_network", Area: "network", Runbook: "RoundsNetwork", Asks: "a round trip to PostgreSQL"},
	{Name: "storage_network", Area: "network", Runbook: "RoundsStorageSlow", Asks: "a round trip to S3"},
	{Name: "mail_server", Area: "network", Runbook: "RoundsCodeMailLate", Asks: "the mail server greets"},
	{Name: "certificate", Area: "network", Runbook: "RoundsCertificateExpiring", Asks: "how long the certificates of site, storage and mail server hold"},

	{Name: "api", Area: "services", Runbook: "RoundsTargetDown", Asks: "/healthz and /readyz of the API"},
	{Name: "edge", Area: "services", Runbook: "RoundsTargetDown", Asks: "the site answers through its front door, and gives no media to strangers"},
	{Name: "workers", Area: "services", Runbook: "RoundsEncodeQueueOld", Asks: "a worker was seen within 25 minutes"},
	{Name: "release", Area: "services", Weekly: true, Runbook: "RoundsReleaseOld", Asks: "how old this release is, and with it its libraries"},

	{Name: "database", Area: areaDatabase, Runbook: "RoundsDatabaseAway", Asks: "PostgreSQL answers, 15 or newer"},
	{Name: "migrations", Area: areaDatabase, Runbook: "RoundsMigrations", Asks: "the schema is the one of this program"},
	{Name: "connections", Area: areaDatabase, Runbook: "RoundsDatabasePoolExhausted", Asks: "connections in use of those allowed"},
	{Name: "transactions", Area: areaDatabase, Runbook: "RoundsDatabaseStuck", Asks: "the oldest transaction, locks that are waited for"},
	{Name: "vacuum", Area: areaDatabase, Runbook: "RoundsDatabaseStuck", Asks: "dead rows that autovacuum leaves, age of transaction ids"},
	{Name: "archiving", Area: areaDatabase, Runbook: "RoundsBackupOld", Asks: "WAL is archived, none waits, no slot holds it back"},
	{Name: "partitions", Area: areaDatabase, Runbook: "RoundsPartitions", Asks: "the partition of tomorrow is there, old ones are gone"},
	{Name: "growth", Area: areaDatabase, Weekly: true, Runbook: "RoundsDiskFilling", Asks: "the database's size, and by how much it grew"},

	{Name: "buckets", Area: "storage", Runbook: "RoundsStorageErrors", Asks: "the buckets are there and closed to strangers"},
	{Name: "object_lock", Area: "storage", Runbook: "RoundsEvidenceHeads", Asks: "the bucket of the evidence cannot be rewritten"},
	{Name: "orphans", Area: "storage", Weekly: true, Runbook: "RoundsUpkeepOverdue", Asks: "uploads that nobody finishes are cleared away"},
	{Name: "recordings", Area: "storage", Weekly: true, Runbook: "RoundsMediaMissing", Asks: "the newest published recordings have their files"},

	{Name: "signing_key", Area: "keys", Runbook: "RoundsSigningKey", Asks: "the private key fits the public one, its age"},
	{Name: "media_signature", Area: "keys", Runbook: "RoundsSigningKey", Asks: "the front door takes what this key signs, and nothing without"},
	{Name: "master_key", Area: "keys", Runbook: "RoundsMasterKey", Asks: "the master key opens what is sealed in the database"},

	{Name: "scheduler", Area: "work", Runbook: "RoundsUpkeepOverdue", Asks: "the queues have a leader, chores are done when due"},
	{Name: "queues", Area: "work", Runbook: "RoundsQueueJobsStuck", Asks: "jobs that wait too long, run too long or were discarded"},
	{Name: "uploads", Area: "work", Runbook: "RoundsVerdictLate", Asks: "recordings that should be worked on and are not, or failed through our fault"},
	{Name: "mail_outbox", Area: "work", Runbook: "RoundsMessagesGivenUp", Asks: "the oldest message that waits, the share that came back"},
	{Name: "webhooks", Area: "work", Runbook: "RoundsWebhooks", Asks: "deliveries that were given up, endpoints that were switched off"},
	{Name: "evidence_heads", Area: "work", Runbook: "RoundsEvidenceHeads", Asks: "yesterday's head is stored"},

	{Name: "backup_database", Area: "backups", Runbook: "RoundsBackupOld", Asks: "age of the last base backup"},
	{Name: "backup_media", Area: "backups", Runbook: "RoundsBackupOld", Asks: "age of the last copy of the buckets"},
	{Name: "backup_retention", Area: "backups", Weekly: true, Runbook: "RoundsBackupOld", Asks: "old backups are removed"},
	{Name: "restore_rehearsal", Area: "backups", Weekly: true, Runbook: "RoundsBackupOld", Asks: "age of the last restore that was tried"},
}

// known finds a check by its name.
func known(name string) (Known, bool) {
	i := slices.IndexFunc(Checks, func(k Known) bool { return k.Name == name })
	if i < 0 {
		return Known{}, false
	}
	return Checks[i], true
}
