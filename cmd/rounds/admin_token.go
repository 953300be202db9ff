package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
)

// tokenCommand is `rounds admin token`.
type tokenCommand struct {
	Database databaseConfig `embed:""`
	Name     string         `required:"" env:"-" help:"What the token is for, as shown in lists and in the audit log."`
	Role     []string       `required:"" env:"-" enum:"admin,presenter,moderator,support,sponsor" help:"What it may do (admin, presenter, moderator, support, sponsor)."`
	Days     int            `default:"0" env:"-" help:"Days until it expires; 0 means never."`
}

// Run prints a new token on standard output, where it can be read this once.
func (c *tokenCommand) Run(ctx context.Context, stdout io.Writer) error {
	db, err := c.Database.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	roles := make([]identity.Role, 0, len(c.Role))
	for _, role := range c.Role {
		roles = append(roles, identity.Role(role))
	}
	token := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(token)
	if _, err := catalogdb.New(db, catalogdb.Hooks{}).CreateToken(ctx, c.Name, roles, c.expiry(time.Now()), hash); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, token)
	return err
}

func (c *tokenCommand) expiry(now time.Time) *time.Time {
	if c.Days == 0 {
		return nil
	}
	end := now.AddDate(0, 0, c.Days).UTC()
	return &end
}
