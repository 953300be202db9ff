package hls

import (
	"bufio"
	"context"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"rounds/catalog"
	"rounds/transcode"
)

// writeThumbnails spells the WebVTT track that players look thumbnails up in:
// a cue for each tile, whose text is the sprite with a spatial fragment (W3C
// Media Fragments section 4.2.2). It is the de-facto format of web players.
func writeThumbnails(s transcode.Storyboard) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n")
	for i := range s.Tiles() {
		sheet, at := i/(s.Columns*s.Rows), i%(s.Columns*s.Rows)
		end := s.Length
		if i < s.Tiles()-1 {
			end = s.Every * time.Duration(i+1)
		}
		fmt.Fprintf(&b, "\n%s --> %s\n%s#xywh=%d,%d,%d,%d\n", clock(s.Every*time.Duration(i)), clock(end),
			catalog.SpriteName(sheet), at%s.Columns*s.Width, at/s.Columns*s.Height, s.Width, s.Height)
	}
	return b.String()
}

// clock spells a time as WebVTT does.
func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d:%02d.%03d", d/time.Hour, d/time.Minute%60, d/time.Second%60, d/time.Millisecond%1000)
}

// packThumbnails writes the track beside the sprites of the job, if it has any.
func (p *packing) packThumbnails(lengthMS int64) error {
	if p.job.Storyboard == nil {
		return nil
	}
	board := *p.job.Storyboard
	board.Length = time.Duration(lengthMS) * time.Millisecond // what was encoded, not what was planned
	name := filepath.Join(p.job.Dir, filepath.FromSlash(catalog.Thumbnails))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return writeText(name, writeThumbnails(board))
}

// tile is one cue of a thumbnail track.
type tile struct {
	start, end    time.Duration
	sprite        string
	x, y          int
	width, height int
}

// readThumbnails reads a track as writeThumbnails makes it. It returns
// ErrPlaylist for anything else.
func readThumbnails(r io.Reader) ([]tile, error) {
	scan := bufio.NewScanner(io.LimitReader(r, maxPlaylist))
	if !scan.Scan() || scan.Text() != "WEBVTT" {
		return nil, fmt.Errorf("%w: thumbnails do not start with WEBVTT", ErrPlaylist)
	}
	var tiles []tile
	for scan.Scan() {
		start, end, ok := strings.Cut(scan.Text(), " --> ")
		if !ok {
			continue
		}
		t := tile{start: readClock(start), end: readClock(end)}
		if !scan.Scan() {
			break
		}
		sprite, fragment, _ := strings.Cut(scan.Text(), "#")
		t.sprite = sprite
		if _, err := fmt.Sscanf(fragment, "xywh=%d,%d,%d,%d", &t.x, &t.y, &t.width, &t.height); err != nil || t.start < 0 || t.end < 0 || t.x < 0 || t.y < 0 {
			return nil, fmt.Errorf("%w: thumbnail %d", ErrPlaylist, len(tiles))
		}
		tiles = append(tiles, t)
	}
	return tiles, scan.Err()
}

// readClock reads what clock spells; -1 when it is something else.
func readClock(s string) time.Duration {
	var h, m, sec, ms int64
	if _, err := fmt.Sscanf(s, "%d:%d:%d.%d", &h, &m, &sec, &ms); err != nil || h < 0 || h > 1000 || m < 0 || sec < 0 || ms < 0 {
		return -1
	}
	return time.Duration(((h*60+m)*60+sec)*1000+ms) * time.Millisecond
}

// thumbnailSlack is how far the last thumbnail may be off the end: less than
// one sees.
const thumbnailSlack = 100 * time.Millisecond

// checkThumbnails checks that the tiles cover the recording without a gap and
// lie on pictures that are there.
func (v *verifier) checkThumbnails(ctx context.Context, ladder []examined) error {
	var tiles []tile
	ok, err := v.read(ctx, catalog.Thumbnails, ruleThumbnails, func(r io.Reader) (err error) {
		tiles, err = readThumbnails(r)
		return err
	})
	if err != nil || !ok {
		return err
	}
	var at time.Duration
	for i, t := range tiles {
		if t.start != at || t.end <= t.start {
			v.report(ruleThumbnails, catalog.Thumbnails, "thumbnail %d is for %s to %s, the one before ends at %s", i, t.start, t.end, at)
		}
		at = t.end
	}
	if len(ladder) > 0 {
		if off := at - time.Duration(ladder[0].list.Duration())*time.Microsecond; off.Abs() > thumbnailSlack {
			v.report(ruleThumbnails, catalog.Thumbnails, "ends %s after the recording", off)
		}
	}
	return v.checkSprites(ctx, tiles)
}

// checkSprites looks at every sprite once.
func (v *verifier) checkSprites(ctx context.Context, tiles []tile) error {
	right, bottom := map[string]int{}, map[string]int{}
	var names []string
	for _, t := range tiles {
		name := path.Join(path.Dir(catalog.Thumbnails), t.sprite)
		if _, seen := right[name]; !seen {
			names = append(names, name)
		}
		right[name], bottom[name] = max(right[name], t.x+t.width), max(bottom[name], t.y+t.height)
	}
	for _, name := range names {
		_, err := v.read(ctx, name, ruleThumbnails, func(r io.Reader) error {
			picture, err := jpeg.DecodeConfig(r)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrMalformed, err)
			}
			if picture.Width < right[name] || picture.Height < bottom[name] {
				return fmt.Errorf("%w: %d×%d, tiles lie on %d×%d", ErrMalformed, picture.Width, picture.Height, right[name], bottom[name])
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
