package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"rounds/playback"
	"rounds/playback/playbackdb"
)

// traceCommand is `rounds admin trace`.
type traceCommand struct {
	Database databaseConfig `embed:""`
	Code     string         `arg:"" help:"Nine letters and digits, such as K7P-2WX-04M; ? for one that cannot be read. One slip is forgiven."`
}

// Run prints the playback sessions that the code may name. Who looked is in the
// audit log.
func (c *traceCommand) Run(ctx context.Context, stdout io.Writer) error {
	codes, err := playback.ReadViewerCode(c.Code)
	if err != nil {
		return err
	}
	db, err := c.Database.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := playbackdb.New(db, nil).Trace(ctx, codes)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("no playback session has the code %s or one that looks like it", c.Code)
	}
	if len(codes) > 1 {
		fmt.Fprintf(stdout, "%s is not a whole code; these look like it:\n\n", c.Code) //nolint:errcheck // the terminal is gone
	}
	return printSightings(stdout, found)
}

func printSightings(out io.Writer, found []playback.Sighting) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, s := range found {
		if i > 0 {
			fmt.Fprintln(table) //nolint:errcheck // Flush tells
		}
		for _, line := range [][2]string{
			{"code", s.Code.String()},
			{"viewer", s.Name + " <" + s.Email + ">"},
			{"account", string(s.AccountID)},
			{"webinar", s.WebinarTitle + " (" + string(s.WebinarID) + ")"},
			{"recording", string(s.RecordingID)},
			{"session", string(s.SessionID)},
			{"device", s.Device},
			{"opened", clockTime(&s.StartedAt)},
			{"last beat", clockTime(s.LastBeatAt)},
			{"ended", clockTime(s.EndedAt)},
		} {
			fmt.Fprintf(table, "%s\t%s\n", line[0], line[1]) //nolint:errcheck // Flush tells
		}
	}
	return table.Flush()
}

// clockTime spells a moment in UTC; a dash when it has not come.
func clockTime(at *time.Time) string {
	if at == nil {
		return "–"
	}
	return at.UTC().Format(time.RFC3339)
}
