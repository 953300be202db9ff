package hls

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rounds/catalog"
)

// soundRung chooses the rendition whose sound is offered alone: the one with
// the fewest bytes of it, for it is meant for the worst lines. It is -1 when
// some rendition has no sound throughout, because then there is nothing that
// every listener of this recording hears.
func soundRung(renditions []unsealed) int {
	best, fewest := -1, int64(0)
	for i, r := range renditions {
		_, audio, ok := r.line.soundTicks()
		if !ok {
			return -1
		}
		var size int64
		for _, s := range r.line.segments {
			size += s.Runs[audio.ID].Bytes
		}
		if best < 0 || size < fewest {
			best, fewest = i, size
		}
	}
	return best
}

// packSound writes the sound of a rendition that is still in clear as a
// rendition of its own. Its segments hold exactly the sound of the segments
// they are cut from, so that a player that leaves the pictures for it, or comes
// back, hears nothing twice and misses nothing.
func (p *packing) packSound(ctx context.Context, c unsealed) (packed, error) {
	dir := filepath.Join(p.job.Dir, catalog.SoundRendition)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return packed{}, err
	}
	ticks, audio, _ := c.line.soundTicks()
	if err := copySoundInit(dir, c.encoded.Dir, audio.ID); err != nil {
		return packed{}, err
	}
	durations := extinfs(ticks, audio.Timescale)
	sizes := make([]measured, len(durations))
	for i := range c.list.Segments {
		if err := ctx.Err(); err != nil {
			return packed{}, err
		}
		size, err := p.sealSound(c, audio, i)
		if err != nil {
			return packed{}, fmt.Errorf("%s: %w", c.list.Segments[i].URI, err)
		}
		sizes[i] = measured{bytes: size, micros: durations[i]}
	}
	return p.describeRendition(dir, c.list, sizes, catalog.Rendition{Name: catalog.SoundRendition, Codecs: audio.Codec})
}

// sealSound cuts the sound out of the n-th segment.
func (p *packing) sealSound(c unsealed, audio Track, n int) (size int64, err error) {
	s := c.list.Segments[n]
	err = withFile(filepath.Join(c.encoded.Dir, s.URI), func(segment *os.File) error {
		samples, err := readSamples(segment, c.line.init, audio.ID)
		if err != nil {
			return err
		}
		parts := []io.Reader{bytes.NewReader(soundHeader(n, audio.ID, c.line.segments[n].Runs[audio.ID].Start, samples))}
		for _, s := range samples {
			parts = append(parts, io.NewSectionReader(segment, s.at, int64(s.size)))
		}
		size, err = p.seal(catalog.SoundRendition+"/"+s.URI, io.MultiReader(parts...), s.Sequence)
		return err
	})
	return size, err
}

// soundHeader is a moof over samples of one audio track and the start of the
// mdat that holds them one after the other (ISO/IEC 14496-12 sections 8.8.4 to
// 8.8.12). All samples of sound stand alone.
func soundHeader(n int, track uint32, start int64, samples []located) []byte {
	header := soundMoof(n, track, start, samples, 0)
	header = soundMoof(n, track, start, samples, uint32(len(header))+8) //nolint:gosec // G115: a header
	var size uint32
	for _, s := range samples {
		size += s.size
	}
	return append(header, boxHead("mdat", size)...)
}

// soundMoof has the data at offset from its own start. Its length does not
// depend on that.
func soundMoof(n int, track uint32, start int64, samples []located, offset uint32) []byte {
	flags := uint32(trunDataOffset | trunDuration | trunSize)
	sizes := binary.BigEndian.AppendUint32(nil, uint32(len(samples))) //nolint:gosec // G115: at most maxSamples
	sizes = binary.BigEndian.AppendUint32(sizes, offset)
	even := evenDuration(samples)
	if even > 0 {
		flags &^= trunDuration
	}
	for _, s := range samples {
		if even == 0 {
			sizes = binary.BigEndian.AppendUint32(sizes, s.duration)
		}
		sizes = binary.BigEndian.AppendUint32(sizes, s.size)
	}
	return newBox("moof",
		newBox("mfhd", bigEndian(0, uint32(n)+1)), //nolint:gosec // G115: an index
		newBox("traf",
			newBox("tfhd", bigEndian(tfhdBaseIsMoof|tfhdDuration|tfhdFlags, track, even, sampleIntra)),
			newBox("tfdt", bigEndian(1<<24), binary.BigEndian.AppendUint64(nil, uint64(start))), //nolint:gosec // G115: not negative
			newBox("trun", bigEndian(flags), sizes)))
}

// evenDuration is how long each sample lasts; 0 when they differ, as the last
// one of a recording may.
func evenDuration(samples []located) uint32 {
	for _, s := range samples {
		if s.duration != samples[0].duration {
			return 0
		}
	}
	return samples[0].duration
}

// copySoundInit writes into one folder what the initialisation section in
// another says of one track.
func copySoundInit(to, from string, track uint32) error {
	return withFile(filepath.Join(from, catalog.InitSection), func(section *os.File) error {
		whole, err := io.ReadAll(io.LimitReader(section, maxHeaderBox))
		if err != nil {
			return err
		}
		alone, err := soloInit(whole, track)
		if err != nil {
			return err
		}
		return writeText(filepath.Join(to, catalog.InitSection), string(alone))
	})
}

// soloInit leaves of an initialisation section what belongs to one track.
func soloInit(section []byte, track uint32) ([]byte, error) {
	boxes, err := splitBoxes(section)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, b := range boxes {
		if b.kind == "moov" {
			if b.body, err = soloMoov(b.body, track); err != nil {
				return nil, err
			}
		}
		out = append(out, newBox(b.kind, b.body)...)
	}
	return out, nil
}

// soloMoov keeps the header, the one track and its defaults. What else there
// may be describes the file it was cut from.
func soloMoov(moov []byte, track uint32) ([]byte, error) {
	boxes, err := splitBoxes(moov)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, b := range boxes {
		switch b.kind {
		case "mvhd":
			out = append(out, newBox(b.kind, b.body)...)
		case "trak":
			if t, err := readTrack(b.body); err != nil || t.ID != track {
				continue
			}
			out = append(out, newBox(b.kind, b.body)...)
		case "mvex":
			defaults, err := splitBoxes(b.body)
			if err != nil {
				return nil, err
			}
			out = append(out, newBox(b.kind, soloDefaults(defaults, track))...)
		}
	}
	return out, nil
}

// soloDefaults is the trex box of one track.
func soloDefaults(boxes []box, track uint32) []byte {
	for _, b := range boxes {
		if b.kind == "trex" && len(b.body) >= 8 && binary.BigEndian.Uint32(b.body[4:]) == track {
			return newBox(b.kind, b.body)
		}
	}
	return nil
}
