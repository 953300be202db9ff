package hls

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

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
	if c.ticks, c.video, err = c.line.videoTicks(); err != nil {
		return unsealed{}, err
	}
	if made := c.line.samples(c.video); encoded.Frames > 0 && made != encoded.Frames {
		return unsealed{}, fmt.Errorf("%w: %d pictures, planned were %d", ErrMalformed, made, encoded.Frames)
	}
	return c, nil
}

// packing is a job under way.
type packing struct {
	job    transcode.PackageJob
	target int64 // target duration of all renditions, seconds

	mu     sync.Mutex
	sealed map[string]transcode.File // by name: encrypted, and hashed in the same pass
}

// setTarget finds the target duration that suits every rendition, the sound
// alone included (Apple HLS authoring specification 8.2).
func (p *packing) setTarget(renditions []unsealed, sound int) {
	for i, c := range renditions {
		p.target = max(p.target, targetDuration(extinfs(c.ticks, c.video.Timescale)))
		if i == sound {
			ticks, audio, _ := c.line.soundTicks()
			p.target = max(p.target, targetDuration(extinfs(ticks, audio.Timescale)))
		}
	}
}

// packed is a rendition after packaging.
type packed struct {
	catalog.Rendition
	micros int64 // Σ EXTINF
}

// packRendition encrypts the segments of one rendition in place and replaces
// its playlist by ours.
func (p *packing) packRendition(ctx context.Context, c unsealed) (packed, error) {
	sizes, err := p.sealSegments(ctx, c, extinfs(c.ticks, c.video.Timescale))
	if err != nil {
		return packed{}, err
	}
	return p.describeRendition(c.encoded.Dir, c.list, sizes, catalog.Rendition{
		Name: c.encoded.Name, Width: c.video.Width, Height: c.video.Height,
		FrameRate: math.Round(c.line.frameRate()*1000) / 1000,
		Codecs:    c.line.init.codecs(),
	})
}

// describeRendition writes the playlist of a rendition whose segments lie
// encrypted in dir, and adds to r what their sizes tell.
func (p *packing) describeRendition(dir string, from MediaPlaylist, sizes []measured, r catalog.Rendition) (packed, error) {
	list := mediaList{initURI: from.Map, keyURI: p.job.KeyURI, target: p.target}
	for i, s := range from.Segments {
		list.entries = append(list.entries, mediaEntry{uri: s.URI, duration: sizes[i].micros})
	}
	if err := writePlaylist(filepath.Join(dir, catalog.MediaPlaylist), list); err != nil {
		return packed{}, err
	}
	initSize, err := fileSize(filepath.Join(dir, from.Map))
	if err != nil {
		return packed{}, err
	}
	r.Bandwidth, r.AverageBandwidth, r.SizeBytes = peakBitrate(sizes, p.target), averageBitrate(sizes), initSize
	whole := packed{Rendition: r}
	for _, s := range sizes {
		whole.micros, whole.SizeBytes = whole.micros+s.micros, whole.SizeBytes+s.bytes
	}
	return whole, nil
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
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range c.list.Segments {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := withFile(filepath.Join(c.encoded.Dir, s.URI), func(segment *os.File) (err error) {
				sizes[i].bytes, err = p.seal(c.encoded.Name+"/"+s.URI, segment, s.Sequence)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", s.URI, err)
			}
			sizes[i].micros = durations[i]
			return nil
		})
	}
	return sizes, group.Wait()
}

// seal writes the encrypted form of src as the file of that name, which may be
// the one src reads. It returns the size.
func (p *packing) seal(name string, src io.Reader, sequence uint64) (size int64, err error) {
	return p.write(name, func(dst io.Writer) error { return Encrypt(dst, src, p.job.Key, sequence) })
}

// write makes the file of that name of what fill writes, and hashes it. A file
// of that name stays whole until then.
func (p *packing) write(name string, fill func(io.Writer) error) (size int64, err error) {
	file := newFile(p.job.Dir, name)
	temporary := file.Path + ".part"
	out, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	hash := sha256.New()
	err = fill(io.MultiWriter(out, hash))
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
	p.mu.Lock()
	p.sealed[name] = file
	p.mu.Unlock()
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
