package transcode

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"rounds/catalog"
)

// Derive makes everything that is made of whole renditions that are in clear:
// the poster, pictures for the seek bar and for chapters, the one file for
// players without HLS; and tries whether one of them decodes where it was
// joined. They are made at the same time. chunks are the folders that the
// renditions were joined of. What is to be published lies in the folder "out" of
// dir, where the renditions are.
//
// The answer lacks the key only. ErrUndecodable when a rendition is not what was
// planned.
func Derive(ctx context.Context, media Media, plan Plan, chunks []string, renditions []EncodedRendition, dir string, logger *slog.Logger) (PackageJob, catalog.Stills, error) {
	d := &derivation{media: media, plan: plan, renditions: slices.Clone(renditions), dir: dir, logger: logger}
	d.count(d.renditions)
	job := PackageJob{Dir: d.out(), Renditions: d.renditions, Silent: plan.AudioIndex < 0}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := media.Poster(ctx, renditions[0], filepath.Join(d.out(), catalog.Poster)); err != nil {
			return fmt.Errorf("poster: %w", err)
		}
		return nil
	})
	if finisher, ok := media.(Finisher); ok {
		job.Progressive = filepath.Join(dir, "progressive.mp4")
		group.Go(func() error { return d.joints(ctx, finisher) })
		group.Go(func() error {
			if err := finisher.Progressive(ctx, fallbackRung(d.renditions), job.Progressive); err != nil {
				return fmt.Errorf("progressive file: %w", err)
			}
			return nil
		})
		group.Go(func() error { return d.picture(ctx, finisher, chunks) })
	}
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

func outBelow(dir string) string { return filepath.Join(dir, "out") }
