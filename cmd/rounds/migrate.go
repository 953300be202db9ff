package main

import (
	"context"
	"log/slog"

	"rounds/deploy/schema"
)

// migrateCommand is `rounds migrate`.
type migrateCommand struct {
	Database databaseConfig `embed:""`
}

// Run applies the migrations that the database lacks; doing it twice is harmless.
func (c *migrateCommand) Run(ctx context.Context, log *slog.Logger) error {
	db, err := c.Database.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := schema.Up(ctx, db); err != nil {
		return err
	}
	log.Info("database schema is up to date")
	return nil
}
