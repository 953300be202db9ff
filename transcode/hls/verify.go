package hls

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"rounds/catalog"
	"rounds/transcode"
)

// Options says how Verify reads a stream.
type Options struct {
	// Master is the URI of the multivariant playlist in the stream, with its
	// query if it has one; empty means master.m3u8.
	Master string
	// Key fetches the key an EXT-X-KEY names. Without it an encrypted stream
	// gives a finding.
	Key func(ctx context.Context, uri string) (transcode.ContentKey, error)
}

// FixedKey is a Key option that answers every URI with the same key.
func FixedKey(key transcode.ContentKey) func(context.Context, string) (transcode.ContentKey, error) {
	return func(context.Context, string) (transcode.ContentKey, error) { return key, nil }
}

// Verify reads a whole stream, every segment once, and returns what breaks the
// rules. The error is non-nil only when the stream could not be examined: ctx
// ended, the network or disk failed. Missing and unreadable objects are
// findings. Memory does not grow with the size of segments.
func Verify(ctx context.Context, src Source, opts Options) ([]Finding, error) {
	v := &verifier{
		src: src, opts: opts, named: map[string]bool{}, queries: map[string]string{},
		keys: map[string]transcode.ContentKey{},
	}
	if err := v.run(ctx); err != nil {
		return v.findings, fmt.Errorf("verify: %w", err)
	}
	return v.findings, nil
}

type verifier struct {
	src      Source
	opts     Options
	findings []Finding
	named    map[string]bool   // every object that was referred to
	queries  map[string]string // of the URIs, by object
	keys     map[string]transcode.ContentKey
	master   string // name of the multivariant playlist
}

// examined is one variant after all of its objects were read.
type examined struct {
	variant  Variant
	object   string // name of its media playlist
	list     MediaPlaylist
	timeline timeline
	measured []measured
}

func (v *verifier) report(r rule, object, format string, args ...any) {
	v.findings = append(v.findings, Finding{Rule: r.id, Severity: r.severity, Object: bare(object), Message: fmt.Sprintf(format, args...)})
}

func (v *verifier) run(ctx context.Context) error {
	var master MasterPlaylist
	v.master = v.resolve("", cmp.Or(v.opts.Master, catalog.MasterPlaylist))
	ok, err := v.read(ctx, v.master, ruleSyntax, func(r io.Reader) (err error) {
		master, err = ReadMasterPlaylist(r)
		return err
	})
	if err != nil || !ok {
		return err
	}
	v.checkMaster(master)
	ladder, err := v.examineVariants(ctx, master.Variants)
	if err != nil {
		return err
	}
	if err := v.examineIFrames(ctx, master.IFrames, ladder); err != nil {
		return err
	}
	return v.checkObjects(ctx, ladder)
}

// examineVariants reads the variants and checks each by itself and beside the
// others. It returns those with pictures.
func (v *verifier) examineVariants(ctx context.Context, variants []Variant) (ladder []examined, err error) {
	var sounds []examined
	for _, variant := range variants {
		e, whole, err := v.examine(ctx, variant)
		switch {
		case err != nil:
			return nil, err
		case !whole:
		case e.soundAlone():
			v.checkSound(e)
			sounds = append(sounds, e)
		default:
			v.checkVariant(e)
			ladder = append(ladder, e)
		}
	}
	v.checkLadder(ladder)
	v.checkSounds(sounds, ladder)
	return ladder, nil
}

// read opens one object, hands it to use and turns failures that lie in the
// object into findings. ok is false when there was one.
func (v *verifier) read(ctx context.Context, name string, broken rule, use func(io.Reader) error) (ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	v.named[name] = true
	r, err := v.open(ctx, name)
	if err == nil {
		err = use(r)
		if closeErr := r.Close(); err == nil {
			err = closeErr
		}
	}
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		v.report(ruleMissing, name, "is named but not there")
	case errors.Is(err, fs.ErrInvalid):
		v.report(ruleMissing, name, "lies outside of the stream")
	case errors.Is(err, ErrRedirect):
		v.report(ruleNoRedirect, name, "%v", err)
	case errors.Is(err, ErrDecrypt):
		v.report(ruleDecrypt, name, "%v", err)
	case errors.Is(err, ErrMalformed), errors.Is(err, ErrPlaylist):
		v.report(broken, name, "%v", err)
	default:
		return false, err
	}
	return false, nil
}

// examine reads the objects of one variant. whole is false when one of them
// could not be read: then the findings say so, and rules about the whole are
// not checked.
func (v *verifier) examine(ctx context.Context, variant Variant) (e examined, whole bool, err error) {
	e = examined{variant: variant, object: v.resolve(v.master, variant.URI)}
	whole, err = v.read(ctx, e.object, ruleSyntax, func(r io.Reader) (err error) {
		e.list, err = ReadMediaPlaylist(r)
		return err
	})
	if err != nil || !whole {
		return e, false, err
	}
	v.checkMedia(e.object, e.list)
	if e.list.Map == "" || len(e.list.Segments) == 0 {
		return e, false, nil
	}
	whole, err = v.read(ctx, v.resolve(e.object, e.list.Map), ruleMedia, func(r io.Reader) (err error) {
		e.timeline.init, err = ReadInit(r)
		return err
	})
	if err != nil || !whole {
		return e, false, err
	}
	for _, s := range e.list.Segments {
		ok, err := v.examineSegment(ctx, &e, s)
		if err != nil {
			return e, false, err
		}
		whole = whole && ok
	}
	return e, whole, nil
}

func (v *verifier) examineSegment(ctx context.Context, e *examined, s MediaSegment) (bool, error) {
	key, unencrypted, err := v.key(ctx, s)
	if err != nil {
		return false, err
	}
	return v.read(ctx, v.resolve(e.object, s.URI), ruleMedia, func(r io.Reader) error {
		counted := &boxReader{r: r}
		var media io.Reader = counted
		if !unencrypted {
			media = Decrypt(counted, key, s.Sequence)
		}
		segment, err := ReadSegment(media, e.timeline.init)
		if err != nil && !unencrypted && errors.Is(err, ErrMalformed) {
			// A wrong key gives noise: say so when the padding is wrong as well.
			if _, rest := io.Copy(io.Discard, media); errors.Is(rest, ErrDecrypt) {
				err = rest
			}
		}
		if err != nil {
			return err
		}
		e.timeline.segments = append(e.timeline.segments, segment)
		e.measured = append(e.measured, measured{bytes: counted.pos, micros: s.Duration})
		return nil
	})
}

// key finds the key of a segment; unencrypted is true when it has none.
func (v *verifier) key(ctx context.Context, s MediaSegment) (key transcode.ContentKey, unencrypted bool, err error) {
	if s.Method != "AES-128" || v.opts.Key == nil {
		return key, true, nil
	}
	key, known := v.keys[s.KeyURI]
	if known {
		return key, false, nil
	}
	if key, err = v.opts.Key(ctx, s.KeyURI); err != nil {
		return key, false, fmt.Errorf("key %s: %w", bare(s.KeyURI), err)
	}
	v.keys[s.KeyURI] = key
	return key, false, nil
}

// resolve makes the name of an object from a URI relative to the object that
// names it; an absolute URI stays as it is. Query strings are dropped.
func resolve(from, uri string) string {
	uri = bare(uri)
	if isAbsolute(uri) {
		return uri
	}
	if scheme, rest, ok := strings.Cut(from, "://"); ok {
		return scheme + "://" + path.Join(path.Dir(rest), uri)
	}
	return path.Join(path.Dir(from), uri)
}

// bare is a URI without its query, which may be a signature.
func bare(uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	return uri
}

// resolve makes the name of an object and remembers the query of its URI.
func (v *verifier) resolve(from, uri string) string {
	name := resolve(from, uri)
	if _, query, ok := strings.Cut(uri, "?"); ok {
		v.queries[name] = query
	}
	return name
}

// extras may lie beside a stream without any playlist naming them.
var extras = []string{catalog.Poster, "captions/", "poster_*.jpg", "thumbs/chapter_*.jpg"}

func isExtra(name string) bool {
	return slices.ContainsFunc(extras, func(e string) bool {
		matched, _ := path.Match(e, name) // the patterns are constants
		return matched || strings.HasSuffix(e, "/") && strings.HasPrefix(name, e)
	})
}

// checkObjects looks at what lies beside the playlists, where that is known:
// the thumbnails, the progressive file, and what nothing names.
func (v *verifier) checkObjects(ctx context.Context, ladder []examined) error {
	lister, ok := v.src.(Lister)
	if !ok {
		return nil
	}
	names, err := lister.List(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(names, catalog.Thumbnails) {
		if err := v.checkThumbnails(ctx, ladder); err != nil {
			return err
		}
	}
	if slices.Contains(names, catalog.Fallback) {
		if err := v.checkFallback(ctx, ladder); err != nil {
			return err
		}
	}
	for _, name := range names {
		if !v.named[name] && !isExtra(name) {
			v.report(ruleSurplus, name, "no playlist names it")
		}
	}
	return nil
}
