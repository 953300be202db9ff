package hls

import (
	"bufio"
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"

	"rounds/catalog"
	"rounds/transcode"
)

// checkFallback reads the progressive file, which no playlist names: it must be
// stored encrypted, have its index before its media, so that it plays while it
// loads, and have all pictures of the variant it was copied from.
func (v *verifier) checkFallback(ctx context.Context, ladder []examined) error {
	var key transcode.ContentKey
	for _, key = range v.keys { // one: more of them are a finding
	}
	_, err := v.read(ctx, catalog.Fallback, ruleFallback, func(r io.Reader) error {
		stored := bufio.NewReader(r)
		if head, _ := stored.Peek(8); len(head) == 8 && string(head[4:]) == "ftyp" {
			return fmt.Errorf("%w: it is stored in clear", ErrMalformed)
		}
		stream, err := catalog.FallbackStream(key[:], 0)
		if err != nil {
			return err
		}
		file, err := readProgressive(cipher.StreamReader{S: stream, R: stored})
		if err != nil {
			return err
		}
		return file.compare(ladder)
	})
	return err
}

// progressive is what the index of a progressive file says.
type progressive struct {
	init     Init
	pictures int
}

// readProgressive reads a whole file: ftyp and moov before any mdat.
func readProgressive(r io.Reader) (p progressive, err error) {
	boxes := &boxReader{r: r, limit: maxIndex}
	indexed := false
	for n := 0; ; n++ {
		kind, size, err := boxes.next()
		switch {
		case errors.Is(err, io.EOF) && indexed:
			return p, nil
		case err != nil:
			return p, fmt.Errorf("%w: after %d boxes: %w", ErrMalformed, n, err)
		case n == 0 && kind != "ftyp":
			return p, fmt.Errorf("%w: it is no MP4 under this key", ErrMalformed)
		case kind == "mdat" && !indexed:
			return p, fmt.Errorf("%w: its media come before its index", ErrMalformed)
		case kind == "moov":
			indexed = true
			err = p.readIndex(boxes, size)
		default:
			err = boxes.skip(size)
		}
		if err != nil {
			return p, err
		}
	}
}

func (p *progressive) readIndex(boxes *boxReader, size int64) error {
	moov, err := boxes.body("moov", size)
	if err != nil {
		return err
	}
	if p.init, err = readMoov(moov); err != nil {
		return err
	}
	tracks, err := splitBoxes(moov)
	if err != nil {
		return err
	}
	for _, b := range tracks {
		if b.kind != "trak" {
			continue
		}
		if track, err := readTrack(b.body); err == nil && track.Kind == "vide" {
			stsz := &fields{b: child(b.body, "mdia", "minf", "stbl", "stsz")} // section 8.7.3
			stsz.skip(8)
			p.pictures = int(stsz.u32())
		}
	}
	return nil
}

// compare looks for the variant that the file was copied from.
func (p progressive) compare(ladder []examined) error {
	video, ok := p.init.Video()
	if !ok {
		return fmt.Errorf("%w: it has no pictures", ErrMalformed)
	}
	for _, e := range ladder {
		from, _ := e.timeline.init.Video()
		if e.timeline.init.codecs() == p.init.codecs() && from.Width == video.Width && from.Height == video.Height && e.timeline.samples(from) == p.pictures {
			return nil
		}
	}
	return fmt.Errorf("%w: no variant has %d pictures of %dx%d in %s", ErrMalformed, p.pictures, video.Width, video.Height, p.init.codecs())
}
