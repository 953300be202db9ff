package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// tryAgain is how long to wait between two tries of a part that cannot begin without the database.
const tryAgain = 2 * time.Second

// patiently runs a part that needs the database to begin, again for as long as
// the database is away: a process that starts during an outage must be there when
// it ends, and tell by /readyz that it is not ready meanwhile. A database that
// answers and refuses is a wrong setting, and ends the part.
func patiently(ctx context.Context, log *slog.Logger, part string, run func(context.Context) error) error {
	for {
		err := run(ctx)
		if !away(err) {
			return err
		}
		log.Warn("the database is away, trying again", "part", part, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tryAgain):
		}
	}
}

// away reports whether err says that the database could not be reached or broke
// off, or is starting or stopping (class 57 of SQLSTATE).
func away(err error) bool {
	refused, connect, network := (*pgconn.PgError)(nil), (*pgconn.ConnectError)(nil), (*net.OpError)(nil)
	if errors.As(err, &refused) {
		return strings.HasPrefix(refused.Code, "57")
	}
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF)
}
