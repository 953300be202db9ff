package main

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/playback/evidence/vault"
)

// evidenceConfig says where the daily heads of the evidence are kept.
type evidenceConfig struct {
	EvidenceBucket string `env:"ROUNDS_EVIDENCE_BUCKET" default:"rounds-evidence" help:"Bucket with Object Lock, of its own, that gets the daily heads of the evidence. Empty: none are written, and the owner of the database could change the record unseen."`
	EvidenceYears  int    `env:"ROUNDS_EVIDENCE_YEARS" default:"7" help:"Years for which nobody can change or remove a daily head."`
}

// vault is nil when no heads are to be kept.
func (c evidenceConfig) vault(client *s3.Client) (*vault.Vault, error) {
	if c.EvidenceBucket == "" {
		return nil, nil //nolint:nilnil // switched off
	}
	if c.EvidenceYears < 1 || c.EvidenceYears > 100 {
		return nil, errors.New("ROUNDS_EVIDENCE_YEARS: give 1 to 100")
	}
	return vault.New(client, c.EvidenceBucket, time.Duration(c.EvidenceYears)*8766*time.Hour), nil
}
