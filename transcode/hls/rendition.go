package hls

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"rounds/catalog"
	"rounds/transcode"
)

// unsealed is a rendition as it was read, before anything is encrypted. What it
// says comes from the media; the encoder is not believed.
type unsealed struct {
	encoded transcode.EncodedRendition
	list    MediaPlaylist
	line    timeline
	video   Track
	ticks   []int64 // of video, by segment
}

func (c unsealed) lines() int { return min(c.video.Width, c.video.Height) }

// readRendition reads the encoder's playlist and all the media it names.
func readRendition(ctx context.Context, dir string, encoded transcode.EncodedRendition) (unsealed, error) {
	if rel, err := filepath.Rel(dir, encoded.Dir); err != nil || rel != encoded.Name {
		return unsealed{}, fmt.Errorf("folder %q is not named after the rendition", encoded.Dir)
	}
	c := unsealed{encoded: encoded}
	var err error
	if c.list, c.line, err = readEncoded(ctx, encoded.Dir); err != nil {
		return unsealed{}, err
	}
	c.ticks, c.video, err = c.line.videoTicks()
	return c, err
}

// packing is a job under way.
type packing struct {
	job    transcode.PackageJob
	sealed map[string]transcode.File // by name: encrypted, and hashed in the same pass
}

// packed is a rendition after packaging.
type packed struct {
	catalog.Rendition
	micros int64 // Σ EXTINF
}

// packRendition encrypts the segments of one rendition in place and replaces
// its playlist by ours.
func (p *packing) packRendition(ctx context.Context, c unsealed) (packed, error) {
	durations := extinfs(c.ticks, c.video.Timescale)
	sizes, err := p.sealSegments(ctx, c, durations)
	if err != nil {
		return packed{}, err
	}
	initSize, err := fileSize(filepath.Join(c.encoded.Dir, c.list.Map))
	if err != nil {
		return packed{}, err
	}
	list := mediaList{initURI: c.list.Map, keyURI: p.job.KeyURI}
	for i, s := range c.list.Segments {
		list.entries = append(list.entries, mediaEntry{uri: s.URI, duration: durations[i]})
	}
	if err := writePlaylist(filepath.Join(c.encoded.Dir, catalog.MediaPlaylist), list); err != nil {
		return packed{}, err
	}
	r := packed{Rendition: catalog.Rendition{
		Name: c.encoded.Name, Width: c.video.Width, Height: c.video.Height,
		FrameRate:        math.Round(c.line.frameRate()*1000) / 1000,
		Codecs:           c.line.init.codecs(),
		Bandwidth:        peakBitrate(sizes, targetDuration(durations)),
		AverageBandwidth: averageBitrate(sizes),
		SizeBytes:        initSize,
	}}
	for _, s := range sizes {
		r.micros, r.SizeBytes = r.micros+s.micros, r.SizeBytes+s.bytes
	}
	return r, nil
}

// readEncoded reads the encoder's playlist and all the media it names.
func readEncoded(ctx context.Context, dir string) (MediaPlaylist, timeline, error) {
	var list MediaPlaylist
	var line timeline
	err := withFile(filepath.Join(dir, catalog.MediaPlaylist), func(f *os.File) (err error) {
		list, err = ReadMediaPlaylist(f)
		return err
	})
	if err == nil && (list.Map != catalog.InitSection || len(list.Segments) == 0 || list.Sequence != 0) {
		err = fmt.Errorf("%w: the encoder's playlist names no segments or no %s", ErrPlaylist, catalog.InitSection)
	}
	if err != nil {
		return list, line, err
	}
	err = withFile(filepath.Join(dir, list.Map), func(f *os.File) (err error) {
		line.init, err = ReadInit(f)
		return err
	})
	for i, s := range list.Segments {
		if err != nil {
			return list, line, err
		}
		if s.URI != catalog.SegmentName(i) {
			return list, line, fmt.Errorf("%w: segment %d is called %q", ErrPlaylist, i, s.URI)
		}
		err = readClear(ctx, filepath.Join(dir, s.URI), &line)
	}
	return list, line, err
}

func readClear(ctx context.Context, path string, line *timeline) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return withFile(path, func(f *os.File) error {
		segment, err := ReadSegment(f, line.init)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		line.segments = append(line.segments, segment)
		return nil
	})
}

func (p *packing) sealSegments(ctx context.Context, c unsealed, durations []int64) ([]measured, error) {
	sizes := make([]measured, len(c.list.Segments))
	for i, s := range c.list.Segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := withFile(filepath.Join(c.encoded.Dir, s.URI), func(segment *os.File) (err error) {
			sizes[i].bytes, err = p.seal(c.encoded.Name+"/"+s.URI, segment, s.Sequence)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.URI, err)
		}
		sizes[i].micros = durations[i]
	}
	return sizes, nil
}

// seal writes the encrypted form of src as the file of that name, which may be
// the one src reads, and hashes what it writes. It returns the size.
func (p *packing) seal(name string, src io.Reader, sequence uint64) (size int64, err error) {
	file := newFile(p.job.Dir, name)
	temporary := file.Path + ".part"
	out, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	hash := sha256.New()
	err = Encrypt(io.MultiWriter(out, hash), src, p.job.Key, sequence)
	if err == nil {
		file.Size, err = out.Seek(0, io.SeekCurrent)
	}
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, err
	}
	hash.Sum(file.SHA256[:0])
	p.sealed[name] = file
	return file.Size, os.Rename(temporary, file.Path)
}

func writePlaylist(path string, list mediaList) error {
	text, err := list.write()
	if err != nil {
		return err
	}
	return writeText(path, text)
}

func withFile(path string, use func(*os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return use(f)
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
