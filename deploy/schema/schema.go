// Package schema holds the database schema of Rounds as ordered SQL
// migrations and brings a database up to it.
//
// Migrations are expand-only: a release must run against the schema of the
// next one, so that machines can be replaced one by one. River's own tables
// are migrated by River's migrator in the same call. What a new migration may do
// is written in deploy/docs/release.md and held by a test.
package schema

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/tern/v2/migrate"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var files embed.FS

const versionTable = "public.schema_version"

// Up applies all migrations that the database lacks. It is idempotent and
// safe to call from several processes at once (tern holds an advisory lock), and
// while others use the database: a table that is in use is waited for in short
// pieces, so that nobody queues behind the migration.
func Up(ctx context.Context, db *pgxpool.Pool) error {
	db, err := impatient(ctx, db)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := persistently(ctx, func() error { return upRounds(ctx, db) }); err != nil {
		return fmt.Errorf("migrate schema: %w", err)
	}
	if err := persistently(ctx, func() error { return upRiver(ctx, db) }); err != nil {
		return fmt.Errorf("migrate river's tables: %w", err)
	}
	return nil
}

func upRounds(ctx context.Context, db *pgxpool.Pool) error {
	conn, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	migrator, err := migrate.NewMigrator(ctx, conn.Conn(), versionTable)
	if err != nil {
		return err
	}
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		return err
	}
	if err := migrator.LoadMigrations(sub); err != nil {
		return err
	}
	return migrator.Migrate(ctx)
}

func upRiver(ctx context.Context, db *pgxpool.Pool) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(db), nil)
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// Latest is the number of the last migration that this program has.
func Latest() int {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is right
	}
	return len(names) // they are numbered without gaps: tern refuses others
}
