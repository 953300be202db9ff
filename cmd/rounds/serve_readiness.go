package main

import (
	"context"
	"os"
	"syscall"

	"rounds/catalog"
	"rounds/catalog/catalogapi"
)

// readiness is what the API's light before an event needs of this process.
func (s *server) readiness() catalogapi.ReadinessDeps {
	return catalogapi.ReadinessDeps{Facts: s.readinessFacts, MailRate: s.config.Mail.MailRate, DiskFree: func() float64 { return freeShare(os.TempDir()) }}
}

// readinessFacts adds to what the database knows whether the master key opens the content key.
func (s *server) readinessFacts(ctx context.Context, id catalog.WebinarID) (catalog.ReadinessFacts, error) {
	facts, key, err := s.store.ReadinessFacts(ctx, id)
	if err != nil {
		return facts, err
	}
	opened, err := s.sealer.Open(key.Sealed, key.Token)
	facts.KeyOpens = err == nil && len(opened) == 16
	return facts, nil
}

// freeShare is how much of the disk of a folder is free, from 0 to 1; -1 when
// the system does not tell.
func freeShare(dir string) float64 {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil || disk.Blocks == 0 {
		return -1
	}
	return float64(disk.Bavail) / float64(disk.Blocks)
}
