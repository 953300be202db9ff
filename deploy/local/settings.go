package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// The buckets of a local installation.
const (
	uploadBucket   = "rounds-uploads"
	mediaBucket    = "rounds-media"
	evidenceBucket = "rounds-evidence"
)

// environment is what every rounds process is told. `rounds --help` explains
// the settings.
func (s *supervisor) environment() []string {
	key := func(name string) string { return filepath.Join(s.folders.keys, name) }
	return append(os.Environ(),
		"ROUNDS_BASE_URL="+s.base,
		"ROUNDS_DATABASE_URL="+s.cluster.url("rounds"),
		"ROUNDS_S3_ENDPOINT="+s.gateway.endpoint(),
		"ROUNDS_S3_REGION=us-east-1",
		"ROUNDS_S3_ACCESS_KEY="+s.state.S3AccessKey,
		"ROUNDS_S3_SECRET_KEY="+s.state.S3SecretKey,
		"ROUNDS_UPLOAD_BUCKET="+uploadBucket,
		"ROUNDS_MEDIA_BUCKET="+mediaBucket,
		"ROUNDS_EVIDENCE_BUCKET="+evidenceBucket,
		"ROUNDS_MASTER_KEY_FILE="+key("master.key"),
		"ROUNDS_SIGNING_KEY_FILE="+key("signing.pem"),
		"ROUNDS_SIGNING_KEY_ID="+s.state.SigningKeyID,
		"ROUNDS_PUBLIC_KEYS="+s.state.SigningKeyID+"="+key("signing.pub.pem"),
		"ROUNDS_API_URL=http://127.0.0.1:"+strconv.Itoa(s.state.Ports["api"]),
		"ROUNDS_MAIL_DIR="+s.folders.mail,
		"ROUNDS_WORK_DIR="+s.folders.work,
	)
}

// localFile is local.json: what users and scripts read about this
// installation. Its names are stable.
type localFile struct {
	BaseURL        string     `json:"base_url"`
	AdminToken     string     `json:"admin_token"`
	DatabaseURL    string     `json:"database_url"`
	S3Endpoint     string     `json:"s3_endpoint"`
	S3AccessKey    string     `json:"s3_access_key"`
	S3SecretKey    string     `json:"s3_secret_key"`
	UploadBucket   string     `json:"upload_bucket"`
	MediaBucket    string     `json:"media_bucket"`
	EvidenceBucket string     `json:"evidence_bucket"`
	MailDir        string     `json:"mail_dir"`
	Demo           *demoNames `json:"demo,omitempty"`
}

// writeLocal writes local.json for this run, readable by its owner only.
func (s *supervisor) writeLocal() error {
	file := localFile{
		BaseURL: s.base, AdminToken: s.state.AdminToken, DatabaseURL: s.cluster.url("rounds"),
		S3Endpoint: s.gateway.endpoint(), S3AccessKey: s.state.S3AccessKey, S3SecretKey: s.state.S3SecretKey,
		UploadBucket: uploadBucket, MediaBucket: mediaBucket, EvidenceBucket: evidenceBucket, MailDir: s.folders.mail,
	}
	if s.state.Demo.Seeded {
		file.Demo = &s.state.Demo.demoNames
	}
	return writeJSON(filepath.Join(s.folders.root, "local.json"), file)
}

// welcome says that requests are served and how to sign in.
func (s *supervisor) welcome() {
	_, _ = fmt.Fprintf(s.out, "\nready: %s\n\n", s.base)
	if demo := s.state.Demo; demo.Seeded {
		_, _ = fmt.Fprintf(s.out, "  doctor     %s/sign-in with %s\n", s.base, demo.DoctorEmail)
		_, _ = fmt.Fprintf(s.out, "  presenter  %s/sign-in with %s\n", s.base, demo.PresenterEmail)
		_, _ = fmt.Fprintf(s.out, "  admin      %s/sign-in with %s\n", s.base, demoAdmin)
		_, _ = fmt.Fprintf(s.out, "             the six digits arrive as a mail, here the newest file in %s\n", s.folders.mail)
		_, _ = fmt.Fprintf(s.out, "  new doctor %s/register?code=%s\n", s.base, demo.InvitationCode)
	}
	_, _ = fmt.Fprintf(s.out, "  programs   the header \"Authorization: Bearer TOKEN\" with admin_token of %s\n",
		filepath.Join(s.folders.root, "local.json"))
	_, _ = fmt.Fprintf(s.out, "  API        %s/docs   logs %s   Ctrl-C stops everything\n\n", s.base, s.folders.logs)
}
