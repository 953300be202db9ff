package doctor

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
)

// Config is what is known of the service on one machine. Zero values are not
// looked at.
type Config struct {
	Base, API *url.URL // what browsers use; where rounds serve listens

	DB     *pgxpool.Pool
	Schema int // the last migration of this program
	Chores []care.Chore

	S3             *s3.Client
	StorageHost    string // host:port of the storage, for names and certificates
	StorageTLS     bool
	UploadBucket   string
	MediaBucket    string
	EvidenceBucket string

	Mail Mail

	Sealer     *catalog.Sealer
	SigningKey *ecdsa.PrivateKey
	SigningID  string
	SigningAge time.Duration
	PublicKeys map[string]crypto.PublicKey

	Built      time.Time     // when the newest change of this program was made; zero: not known
	QualityAge time.Duration // of partitions
	Paths      []string      // folders whose disks are looked at
	LogDirs    []string

	Broken map[string]error // by the name of a check: why its settings cannot be used
	Limit  time.Duration    // of each check; zero: care.Limit
}

// Mail is how mail leaves; one of them is set, or none.
type Mail struct {
	Server string // host:port
	TLS    bool   // from the first byte
	Dir    string
	Region string // of Amazon SES
}

// doctor asks.
type doctor struct {
	Config
	facts *caredb.Store
	http  *http.Client
}

// Run asks what a report of the kind has.
func Run(ctx context.Context, kind care.Kind, host string, c Config) care.Report {
	if c.Limit == 0 {
		c.Limit = care.Limit
	}
	d := &doctor{Config: c, http: &http.Client{
		Timeout:       c.Limit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	defer d.http.CloseIdleConnections()
	if c.DB != nil {
		d.facts = caredb.New(c.DB)
	}
	return care.Run(ctx, kind, host, d.checks(), c.Limit)
}

// What a check says that is not made here.
const (
	notSet      = "%s is not set here."
	databaseURL = "ROUNDS_DATABASE_URL"
)

// checks are all, in the words of care.Checks.
func (d *doctor) checks() []care.Check {
	looks := map[string]func(context.Context) care.Finding{
		"disk": d.disk, "cpu": d.cpu, "memory": d.memory, "clock": d.clock, "log_rotation": d.logs,
		"dns": d.dns, "database_network": d.databaseNetwork, "storage_network": d.storageNetwork, "mail_server": d.mailServer, "certificate": d.certificate,
		"api": d.api, "edge": d.edge, "workers": d.workers, "release": d.release,
		"database": d.database, "migrations": d.migrations, "connections": d.connections, "transactions": d.transactions, "vacuum": d.vacuum,
		"archiving": d.archiving, "partitions": d.partitions, "growth": d.growth,
		"buckets": d.buckets, "object_lock": d.objectLock, "orphans": d.orphans, "recordings": d.recordings,
		"signing_key": d.signingKey, "media_signature": d.mediaSignature, "master_key": d.masterKey,
		"scheduler": d.scheduler, "queues": d.queues, "uploads": d.uploads, "mail_outbox": d.mailOutbox, "webhooks": d.webhooks, "evidence_heads": d.evidenceHeads,
		"backup_database": d.backup(care.BackupDatabase), "backup_media": d.backup(care.BackupMedia), "restore_rehearsal": d.backup(care.RestoreRehearsal),
		"backup_retention": d.retention,
	}
	checks := make([]care.Check, 0, len(looks))
	for name, look := range looks {
		if err := d.Broken[name]; err != nil {
			look = func(context.Context) care.Finding {
				return care.Not(care.Red, "Set it right: `rounds --help` lists all settings.", "A setting cannot be used: %s.", err.Error())
			}
		}
		checks = append(checks, care.Check{Name: name, Look: look})
	}
	return checks
}

// ask has the database asked. That it does not answer is the line of the check
// "database"; the others then say that they do not know.
func (d *doctor) ask(ctx context.Context, question func(context.Context) (care.Finding, error)) care.Finding {
	if d.facts == nil {
		return care.NotKnown(notSet, databaseURL)
	}
	ctx, cancel := context.WithTimeout(ctx, d.Limit*8/10)
	defer cancel()
	f, err := question(ctx)
	if err == nil {
		return f
	}
	refused, told := errors.AsType[*pgconn.PgError](err)
	switch {
	case !told || refused.Code[:2] == "57" || refused.Code[:2] == "08" || refused.Code[:2] == "53" || refused.Code[:2] == "28":
		return care.NotKnown("The database does not answer.")
	case refused.Code == "42P01" || refused.Code == "42703" || refused.Code == "3F000":
		return care.NotKnown("The schema lacks what is asked for; the check of its version tells more.")
	default:
		return care.Not(care.Amber, "See that the account of this program may read it; or report it as a mistake.", "The database refuses to tell: %s.", refused.Message)
	}
}
