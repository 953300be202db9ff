package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// passwordConfig says where the password of the database stands when it is changed
// from time to time: processes take the new one up while they run.
type passwordConfig struct {
	PasswordFile   string `name:"database-password-file" env:"ROUNDS_DATABASE_PASSWORD_FILE" help:"File with the password of PostgreSQL, in place of the one in ROUNDS_DATABASE_URL. It is read for each new connection, so a password that is changed needs no restart."`
	PasswordSecret string `name:"database-password-secret" env:"ROUNDS_DATABASE_PASSWORD_SECRET" help:"The same from AWS Secrets Manager: ARN or name, or ARN#field."`
}

// secretPatience is how long a new connection waits for Secrets Manager. After it
// the last password that was right is used.
const secretPatience = 3 * time.Second

// follow has a pool ask for the password whenever it connects.
func (c passwordConfig) follow(config *pgxpool.Config) error {
	var p password
	switch {
	case c.PasswordFile != "" && c.PasswordSecret != "":
		return errors.New("ROUNDS_DATABASE_PASSWORD_FILE and ROUNDS_DATABASE_PASSWORD_SECRET: give one of them")
	case c.PasswordFile != "":
		p.read = func(context.Context) (string, error) { return c.ofFile() }
	case c.PasswordSecret != "":
		p.read = c.ofSecret
	default:
		return nil
	}
	config.BeforeConnect, config.AfterConnect = p.before, p.after
	return nil
}

func (c passwordConfig) ofFile() (string, error) {
	text, err := readValue(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("ROUNDS_DATABASE_PASSWORD_FILE: %w", err)
	}
	return strings.TrimSpace(text), nil
}

func (c passwordConfig) ofSecret(ctx context.Context) (string, error) {
	ctx, stop := context.WithTimeout(ctx, secretPatience)
	defer stop()
	text, err := readSecret(ctx, c.PasswordSecret)
	if err != nil {
		return "", fmt.Errorf("ROUNDS_DATABASE_PASSWORD_SECRET: %w", err)
	}
	return strings.TrimSpace(text), nil
}

// password gives each new connection the one that the server takes. Whoever
// changes it puts the new one into its place first and tells the server then:
// until the server knows the new one, the last that was right is used, and the
// same while its place cannot be read.
type password struct {
	read  func(context.Context) (string, error)
	right atomic.Pointer[string] // nil before the first connection
}

// before chooses; pgxpool calls it for each connection.
func (p *password) before(ctx context.Context, c *pgx.ConnConfig) error {
	found, err := p.read(ctx)
	right := p.right.Load()
	if right == nil {
		c.Password = found
		return err
	}
	if c.Password = found; err != nil || found != *right && refuses(ctx, c) {
		c.Password = *right
	}
	return nil
}

// after remembers a password that opened a connection.
func (p *password) after(_ context.Context, conn *pgx.Conn) error {
	right := conn.Config().Password
	p.right.Store(&right)
	return nil
}

// refuses tells whether the server does not take the password. Whatever else is
// wrong, the connection itself will meet.
func refuses(ctx context.Context, c *pgx.ConnConfig) bool {
	conn, err := pgconn.ConnectConfig(ctx, &c.Config)
	if err == nil {
		_ = conn.Close(ctx) // it has answered what was asked
		return false
	}
	refused := (*pgconn.PgError)(nil)
	return errors.As(err, &refused) && refused.Code == "28P01" // invalid_password
}
