package main

import (
	"context"
	"log/slog"

	"rounds/catalog/ingest"
	"rounds/playback/evidence/vault"
)

// initStorageCommand is `rounds admin init-storage`.
type initStorageCommand struct {
	Site     siteConfig     `embed:""`
	Storage  storageConfig  `embed:""`
	Evidence evidenceConfig `embed:""`
}

// Run creates the buckets that are missing, that of the evidence with Object
// Lock, and allows browsers on this site to upload. Doing it twice is harmless.
func (c *initStorageCommand) Run(ctx context.Context, log *slog.Logger) error {
	base, err := c.Site.parse()
	if err != nil {
		return err
	}
	client, err := c.Storage.client(ctx)
	if err != nil {
		return err
	}
	if err := ingest.EnsureBuckets(ctx, client, c.Storage.UploadBucket, c.Storage.MediaBucket, []string{base.String()}); err != nil {
		return err
	}
	if bucket := c.Evidence.EvidenceBucket; bucket != "" {
		if err := vault.Ensure(ctx, client, bucket); err != nil {
			return err
		}
	}
	log.Info("storage is ready", "upload_bucket", c.Storage.UploadBucket, "media_bucket", c.Storage.MediaBucket, "evidence_bucket", c.Evidence.EvidenceBucket)
	return nil
}
