package main

import (
	"cmp"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/cmd/rounds/doctor"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
	"rounds/deploy/schema"
	"rounds/playback/cloudfront"
	"rounds/playback/evidence/vault"
)

// doctorCommand is `rounds admin doctor`. It reads the settings that the services
// of this machine have; what is not set is not looked at.
type doctorCommand struct {
	Daily    bool           `xor:"kind" env:"-" help:"Only what is looked at daily; else everything."`
	Weekly   bool           `xor:"kind" env:"-" help:"Everything (the default)."`
	JSON     bool           `name:"json" env:"-" help:"Print the report as JSON."`
	Keep     bool           `env:"-" help:"Keep the report in the database, for GET /v1/health/report and /metrics."`
	Limit    time.Duration  `default:"10s" env:"-" help:"How long a check may take; all are asked at once."`
	Settings doctorSettings `embed:""`
}

// doctorSettings are those of the services, none of which has to be there.
type doctorSettings struct {
	BaseURL       string            `env:"ROUNDS_BASE_URL" help:"Address that browsers use."`
	APIURL        string            `name:"api-url" env:"ROUNDS_API_URL" help:"Where rounds serve listens; empty: it is asked at ROUNDS_BASE_URL."`
	DatabaseURL   string            `env:"ROUNDS_DATABASE_URL" help:"PostgreSQL."`
	Password      passwordConfig    `embed:""`
	Storage       storageConfig     `embed:""`
	Evidence      evidenceConfig    `embed:""`
	Quality       qualityConfig     `embed:""`
	Mail          mailConfig        `embed:""`
	MasterKeyFile string            `env:"ROUNDS_MASTER_KEY_FILE" help:"File with the master key."`
	MasterKey     string            `env:"ROUNDS_MASTER_KEY" help:"The same without a file."`
	Sign          signConfig        `embed:""`
	PublicKeys    map[string]string `mapsep:"," env:"ROUNDS_PUBLIC_KEYS" help:"Public keys of the edge: id=file.pem,…"`
	WorkDir       string            `env:"ROUNDS_WORK_DIR" help:"Scratch folder of the worker."`
	Checks        checkConfig       `embed:""`
}

// checkConfig is what only the checks read.
type checkConfig struct {
	DoctorPaths []string `env:"ROUNDS_DOCTOR_PATHS" help:"Further folders whose disks rounds admin doctor looks at: PostgreSQL's data and WAL, the buckets of a gateway."`
	LogDirs     []string `env:"ROUNDS_LOG_DIRS" help:"Folders of log files, whose rotation rounds admin doctor looks at; none: logs go to standard error."`
}

// Statuses that the command ends with.
const (
	statusAmber = 1
	statusRed   = 2
)

// exitStatus ends the program with a status after everything was said.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("status %d", int(s)) }

// Run prints the report; the status of the program says how it was.
func (c *doctorCommand) Run(ctx context.Context, stdout io.Writer) error {
	kind := care.Weekly
	if c.Daily {
		kind = care.Daily
	}
	config, done := c.Settings.doctor(ctx)
	defer done()
	config.Limit = c.Limit
	report := doctor.Run(ctx, kind, hostName(), config)
	if c.Keep && config.DB != nil {
		if err := caredb.New(config.DB).Keep(ctx, report); err != nil {
			return err
		}
	}
	if err := c.print(stdout, report); err != nil {
		return err
	}
	switch report.Light {
	case care.Red:
		return exitStatus(statusRed)
	case care.Amber:
		return exitStatus(statusAmber)
	default:
		return nil
	}
}

func (c *doctorCommand) print(stdout io.Writer, report care.Report) error {
	if !c.JSON {
		return report.Print(stdout, isTerminal(stdout) && os.Getenv("NO_COLOR") == "")
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(report)
}

// isTerminal tells whether a person looks on, as far as the kind of file tells.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown host"
	}
	return name
}

// doctor reads what the settings name. What cannot be read makes the line of its
// check red and keeps no other from being asked. done closes what was opened.
func (c *doctorSettings) doctor(ctx context.Context) (d doctor.Config, done func()) {
	d = doctor.Config{
		Schema: schema.Latest(), Chores: allChores(c.Evidence), QualityAge: c.Quality.age(), LogDirs: c.Checks.LogDirs,
		Paths: c.paths(), UploadBucket: c.Storage.UploadBucket, MediaBucket: c.Storage.MediaBucket, EvidenceBucket: c.Evidence.EvidenceBucket,
		Broken: map[string]error{}, Built: readBuildInfo().at(),
	}
	done = func() {}
	note := func(check string, err error) {
		if err != nil {
			d.Broken[check] = err
		}
	}
	note("edge", parseInto(&d.Base, "ROUNDS_BASE_URL", c.BaseURL))
	note("api", parseInto(&d.API, "ROUNDS_API_URL", c.APIURL))
	if c.DatabaseURL != "" {
		db, err := databaseConfig{DatabaseURL: c.DatabaseURL, Password: c.Password, MaxConns: doctorConns}.open(ctx)
		note("database", err)
		if err == nil {
			d.DB, done = db, db.Close
		}
	}
	if client, err := c.Storage.client(ctx); err == nil && c.hasStorage() {
		d.S3 = client
		d.StorageHost, d.StorageTLS = storageHost(client)
	} else {
		note("buckets", err)
	}
	note("mail_server", c.mail(&d.Mail))
	note("master_key", c.sealer(&d))
	note("signing_key", c.keys(ctx, &d))
	return d, done
}

// doctorConns are few: checks are small, and no service is to miss them.
const doctorConns = 4

// hasStorage tells whether this machine has to do with storage: a gateway or a
// database is named.
func (c *doctorSettings) hasStorage() bool { return c.Storage.S3Endpoint != "" || c.DatabaseURL != "" }

// paths are folders with data of this machine.
func (c *doctorSettings) paths() []string {
	return append([]string{cmp.Or(c.WorkDir, os.TempDir())}, c.Checks.DoctorPaths...)
}

func parseInto(to **url.URL, setting, text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Host == "" {
		return fmt.Errorf("%s: %q is not an http(s) address", setting, text)
	}
	*to = u
	return nil
}

// storageHost is where a client sends its requests.
func storageHost(client *s3.Client) (address string, secure bool) {
	options := client.Options()
	if options.BaseEndpoint == nil {
		return "s3." + options.Region + ".amazonaws.com:443", true
	}
	u, err := url.Parse(*options.BaseEndpoint)
	if err != nil {
		return "", false
	}
	secure = u.Scheme == "https"
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[bool]string{true: "443", false: "80"}[secure])), secure
}

func (c *doctorSettings) mail(m *doctor.Mail) error {
	address, err := secretOf("ROUNDS_SMTP_URL", c.Mail.SMTPURL, c.Mail.SMTPFile)
	if err != nil {
		return err
	}
	*m = doctor.Mail{Dir: c.Mail.MailDir, Region: c.Mail.SESRegion}
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return errors.New("ROUNDS_SMTP_URL: not an address (the value is not shown, it may hold a password)")
	}
	m.TLS = u.Scheme == "smtps"
	m.Server = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[bool]string{true: "465", false: "587"}[m.TLS]))
	return nil
}

func (c *doctorSettings) sealer(d *doctor.Config) (err error) {
	if c.MasterKeyFile == "" && c.MasterKey == "" {
		return nil
	}
	d.Sealer, err = sealConfig{MasterKeyFile: c.MasterKeyFile, MasterKey: c.MasterKey}.sealer()
	return err
}

// keys reads the private key and the public ones.
func (c *doctorSettings) keys(ctx context.Context, d *doctor.Config) (err error) {
	d.PublicKeys = map[string]crypto.PublicKey{}
	for id, path := range c.PublicKeys {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("ROUNDS_PUBLIC_KEYS: %w", err)
		}
		if d.PublicKeys[id], err = cloudfront.ParsePublicKey(text); err != nil {
			return fmt.Errorf("ROUNDS_PUBLIC_KEYS: %s: %w", path, err)
		}
	}
	if !c.Sign.given() {
		return nil
	}
	keys, err := c.Sign.keys(ctx)
	if err != nil {
		return err
	}
	now, err := cloudfront.InForce(keys, time.Now())
	d.SigningID, d.SigningKey, d.SigningAge = now.ID, now.Key, c.Sign.age(now)
	return err
}

// allChores are the pieces of upkeep of all processes.
func allChores(evidence evidenceConfig) (all []care.Chore) {
	var heads *vault.Vault
	if evidence.EvidenceBucket != "" {
		heads = new(vault.Vault)
	}
	for _, c := range append((&upkeep{}).chores(), (&server{config: &serveCommand{}}).chores(heads)...) {
		all = append(all, care.Chore{Name: c.name, Every: c.every})
	}
	return all
}
