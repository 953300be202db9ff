package transcode

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rounds/catalog"
)

// Derive makes everything that is made of whole renditions that are in clear:
// the poster, pictures for the seek bar and for chapters, the one file for
// players without HLS; and tries whether one of them decodes. Each of these
// keeps little more than a core busy, so they are made at the same time. What is
// to be published lies in the folder "out" of dir, where the renditions are.
//
// The answer lacks the key only. ErrUndecodable when a rendition is not what was
// planned.
func Derive(ctx context.Context, media Media, plan Plan, renditions []EncodedRendition, dir string, logger *slog.Logger) (PackageJob, catalog.Stills, error) {
	d := &derivation{media: media, plan: plan, renditions: renditions, dir: dir, logger: logger}
	job := PackageJob{Dir: d.out(), Renditions: slices.Clone(renditions)}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.illustrate(ctx) })
	group.Go(func() error {
		if err := media.Poster(ctx, renditions[0], filepath.Join(d.out(), catalog.Poster)); err != nil {
			return fmt.Errorf("poster: %w", err)
		}
		return d.accompany(ctx, &job)
	})
	err := group.Wait()
	job.Storyboard = d.board
	return job, d.stills, err
}

// derivation is what is being made of one recording's renditions.
type derivation struct {
	media      Media
	plan       Plan
	renditions []EncodedRendition
	dir        string
	logger     *slog.Logger

	board  *Storyboard
	stills catalog.Stills
}

func (d *derivation) out() string { return outBelow(d.dir) }

func (d *derivation) length() time.Duration {
	return time.Duration(d.plan.DurationS() * float64(time.Second))
}

func outBelow(dir string) string { return filepath.Join(dir, "out") }
