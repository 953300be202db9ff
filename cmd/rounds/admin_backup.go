package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"rounds/deploy/backup"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
)

// backupCommand is `rounds admin backup`, for installations that are not on AWS: RDS and
// versioned buckets do this by themselves.
type backupCommand struct {
	Database        backupDatabase  `cmd:"" help:"Make a base backup with pgBackRest and remove old ones."`
	Media           backupMedia     `cmd:"" help:"Copy what the buckets hold that is not in the copy yet, and remove what is too old."`
	RestoreDatabase restoreDatabase `cmd:"" help:"Bring the database back as it was at an instant, with pgBackRest; PostgreSQL must be stopped."`
	RestoreMedia    restoreMedia    `cmd:"" help:"Bring back what the buckets lack of what they held at an instant."`
	Rehearsed       rehearsedBackup `cmd:"" help:"Put on record that a restore was rehearsed."`
}

// recordConfig is where it is put on record that something was done; without it, it is
// done all the same.
type recordConfig struct {
	DatabaseURL string         `env:"ROUNDS_DATABASE_URL" help:"PostgreSQL."`
	Password    passwordConfig `embed:""`
}

// note puts it on record, for rounds admin doctor.
func (c recordConfig) note(ctx context.Context, log *slog.Logger, kind care.RunKind, figures map[string]float64) error {
	if c.DatabaseURL == "" {
		log.WarnContext(ctx, "ROUNDS_DATABASE_URL is not set: rounds admin doctor will not know of it", "kind", kind)
		return nil
	}
	db, err := databaseConfig{DatabaseURL: c.DatabaseURL, Password: c.Password, MaxConns: 1}.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return caredb.New(db).Note(ctx, kind, hostName(), figures)
}

// pgBackRest runs it as the account that PostgreSQL has.
type pgBackRest struct {
	Stanza  string `default:"rounds" env:"ROUNDS_BACKUP_STANZA" help:"Stanza of pgBackRest."`
	Config  string `env:"ROUNDS_BACKUP_CONFIG" help:"Configuration of pgBackRest; empty means its usual one, /etc/pgbackrest.conf."`
	Account string `default:"postgres" env:"-" help:"Account that pgBackRest runs as when root asks; it owns PostgreSQL's files."`
}

// run runs pgBackRest to its end; out gets what it prints.
func (c pgBackRest) run(ctx context.Context, out io.Writer, args ...string) error {
	args = append([]string{"--stanza=" + c.Stanza}, args...)
	if c.Config != "" {
		args = append([]string{"--config=" + c.Config}, args...)
	}
	cmd := exec.CommandContext(ctx, "pgbackrest", args...) //nolint:gosec // the operator's own words
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, os.Stderr, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it gives up its locks
	cmd.WaitDelay = time.Minute
	if os.Geteuid() == 0 {
		credential, err := credentialOf(c.Account)
		if err != nil {
			return err
		}
		cmd.SysProcAttr.Credential = credential
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pgbackrest %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

func credentialOf(account string) (*syscall.Credential, error) {
	found, err := user.Lookup(account)
	if err != nil {
		return nil, err
	}
	uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errUID, errGID)
}

// backupDatabase is `rounds admin backup database`.
type backupDatabase struct {
	Type       string       `default:"diff" enum:"full,diff,incr" env:"-" help:"full: everything; diff: what changed since the last full one, which is made when there is none; incr: since the last of any (full, diff, incr)."`
	KeepDays   int          `default:"30" env:"ROUNDS_BACKUP_DAYS" help:"Days to which the database can be brought back, as repo1-retention-full of pgBackRest says it, too."`
	PgBackRest pgBackRest   `embed:""`
	Record     recordConfig `embed:""`
}

// Run makes the backup, has pgBackRest expire old ones, and puts it on record.
func (c *backupDatabase) Run(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	err := c.PgBackRest.run(ctx, stdout, "backup", "--type="+c.Type,
		"--repo1-retention-full-type=time", "--repo1-retention-full="+strconv.Itoa(c.KeepDays))
	if err != nil {
		return err
	}
	var info strings.Builder
	if err := c.PgBackRest.run(ctx, &info, "info", "--output=json"); err != nil {
		return err
	}
	figures, err := c.figures(info.String())
	if err != nil {
		return err
	}
	return c.Record.note(ctx, log, care.BackupDatabase, figures)
}

// figures reads what pgBackRest has.
func (c *backupDatabase) figures(info string) (map[string]float64, error) {
	var stanzas []struct {
		Backup []struct {
			Timestamp struct{ Stop float64 }
			Info      struct{ Size float64 }
		}
	}
	if err := json.Unmarshal([]byte(info), &stanzas); err != nil {
		return nil, fmt.Errorf("pgbackrest info: %w", err)
	}
	if len(stanzas) == 0 || len(stanzas[0].Backup) == 0 {
		return nil, errors.New("pgbackrest info: there is no backup")
	}
	all := stanzas[0].Backup
	return map[string]float64{
		"backups": float64(len(all)), "bytes": all[len(all)-1].Info.Size, "oldest": all[0].Timestamp.Stop, "keep_days": float64(c.KeepDays),
	}, nil
}

// copyTarget is where media is copied to and from.
type copyTarget struct {
	Folder    string `xor:"target" env:"ROUNDS_BACKUP_FOLDER" help:"Folder of the copy, on an encrypted disk of another machine."`
	Bucket    string `xor:"target" env:"ROUNDS_BACKUP_BUCKET" help:"Bucket of the copy, of another account or provider."`
	Endpoint  string `env:"ROUNDS_BACKUP_S3_ENDPOINT" help:"Address of its S3 gateway; empty means AWS."`
	Region    string `default:"us-east-1" env:"ROUNDS_BACKUP_S3_REGION" help:"Its region."`
	AccessKey string `env:"ROUNDS_BACKUP_S3_ACCESS_KEY" help:"Its access key; empty means the AWS default chain."`
	SecretKey string `env:"ROUNDS_BACKUP_S3_SECRET_KEY" help:"Its secret key; give it by environment."`
	Plain     bool   `env:"ROUNDS_BACKUP_PLAIN" help:"Do not ask the storage to encrypt (SSE-S3): for gateways that refuse it; their disks should be encrypted."`
}

func (c copyTarget) place(ctx context.Context) (backup.Place, error) {
	switch {
	case c.Folder != "":
		return backup.Folder(c.Folder), nil
	case c.Bucket != "":
		client, err := storageConfig{S3Endpoint: c.Endpoint, S3Region: c.Region, S3AccessKey: c.AccessKey, S3SecretKey: c.SecretKey}.client(ctx)
		if err != nil {
			return nil, err
		}
		return backup.Bucket(client, c.Bucket, !c.Plain), nil
	default:
		return nil, errors.New("ROUNDS_BACKUP_FOLDER or ROUNDS_BACKUP_BUCKET: give one of both")
	}
}

// places are what is copied. The heads of the evidence are copied, and never
// restored: their own bucket cannot lose them.
func (c storageConfig) places(ctx context.Context, more ...string) (map[string]backup.Place, error) {
	client, err := c.client(ctx)
	if err != nil {
		return nil, err
	}
	places := map[string]backup.Place{}
	for _, bucket := range append(more, c.UploadBucket, c.MediaBucket) {
		if bucket != "" {
			places[bucket] = backup.Bucket(client, bucket, false)
		}
	}
	return places, nil
}

// backupMedia is `rounds admin backup media`.
type backupMedia struct {
	Target   copyTarget     `embed:"" prefix:"to-"`
	KeepDays int            `default:"30" env:"ROUNDS_BACKUP_DAYS" help:"Days for which what was deleted stays in the copy."`
	Storage  storageConfig  `embed:""`
	Evidence evidenceConfig `embed:""`
	Record   recordConfig   `embed:""`
}

// Run copies, removes what is too old, and puts it on record.
func (c *backupMedia) Run(ctx context.Context, log *slog.Logger) error {
	if c.KeepDays < 1 {
		return errors.New("ROUNDS_BACKUP_DAYS: give 1 or more")
	}
	target, err := c.Target.place(ctx)
	if err != nil {
		return err
	}
	sources, err := c.Storage.places(ctx, c.Evidence.EvidenceBucket)
	if err != nil {
		return err
	}
	began := time.Now()
	done, err := backup.Copy(ctx, sources, target, time.Duration(c.KeepDays)*24*time.Hour, began)
	log.InfoContext(ctx, "media copied", "objects", done.Objects, "copied", done.Copied, "bytes", done.Bytes, "removed", done.Removed, "took", time.Since(began).Round(time.Millisecond))
	if err != nil {
		return err
	}
	return c.Record.note(ctx, log, care.BackupMedia, map[string]float64{
		"objects": float64(done.Objects), "copied": float64(done.Copied), "bytes": float64(done.Bytes), "removed": float64(done.Removed),
		"oldest": float64(done.Oldest.Unix()), "keep_days": float64(c.KeepDays),
	})
}

// instant is a time that an operator gives.
type instant struct {
	To time.Time `required:"" env:"-" format:"2006-01-02T15:04:05.999999999Z07:00" help:"The instant, as 2026-03-02T14:04:05Z (RFC 3339)."`
}

// restoreDatabase is `rounds admin backup restore-database`.
type restoreDatabase struct {
	instant
	PgBackRest pgBackRest `embed:""`
}

// Run writes PostgreSQL's folder anew; started then, PostgreSQL reads WAL up to the
// instant and takes writes again.
func (c *restoreDatabase) Run(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	target := c.To.UTC().Format("2006-01-02 15:04:05.999999") + "+00"
	if err := c.PgBackRest.run(ctx, stdout, "restore", "--delta", "--type=time", "--target="+target, "--target-action=promote"); err != nil {
		return err
	}
	log.InfoContext(ctx, "restored: start PostgreSQL, then restore media to the same instant", "to", target)
	return nil
}

// restoreMedia is `rounds admin backup restore-media`.
type restoreMedia struct {
	instant
	Target  copyTarget    `embed:"" prefix:"from-"`
	Storage storageConfig `embed:""`
}

// Run brings back what is missing and touches nothing else.
func (c *restoreMedia) Run(ctx context.Context, log *slog.Logger) error {
	target, err := c.Target.place(ctx)
	if err != nil {
		return err
	}
	places, err := c.Storage.places(ctx)
	if err != nil {
		return err
	}
	done, err := backup.Restore(ctx, target, places, c.To)
	log.InfoContext(ctx, "media restored", "held_then", done.Objects, "copied", done.Copied, "bytes", done.Bytes)
	return err
}

// rehearsedBackup is `rounds admin backup rehearsed`.
type rehearsedBackup struct {
	Minutes float64      `required:"" env:"-" help:"How long the restore took."`
	Record  recordConfig `embed:""`
}

// Run puts it on record.
func (c *rehearsedBackup) Run(ctx context.Context, log *slog.Logger) error {
	if c.Record.DatabaseURL == "" {
		return errors.New("ROUNDS_DATABASE_URL: give the database of the service")
	}
	return c.Record.note(ctx, log, care.RestoreRehearsal, map[string]float64{"minutes": c.Minutes})
}
