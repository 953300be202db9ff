package transcode

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"rounds/catalog"
)

// What an encoder keeps of the key frames of its chunk, beside the pictures: raw
// and one after the other, so that those of all chunks are put together by
// appending.
const (
	ChunkGlimpses = "glimpses.gray" // GlimpseWidth × GlimpseHeight bytes of luma for each key frame
	ChunkTiles    = "tiles.yuv"     // Storyboard.TileBytes for each of Plan.TilesOf
)

// ErrUndecodable means that a rendition of ours does not decode to what was planned.
// Nothing of it is published; another attempt may do better.
var ErrUndecodable = errors.New("rendition does not decode as planned")

// Decoded is what a decoder made of a rendition or a part of it.
type Decoded struct {
	Frames     int
	Complaints int // how often it could not read what it was given
}

// as holds what came out of a decoder to the frames that were planned.
func (made Decoded) as(what string, planned int) error {
	if made.Complaints > 0 || made.Frames != planned {
		return fmt.Errorf("%w: %s gave %d frames of %d, with %d complaints", ErrUndecodable, what, made.Frames, planned, made.Complaints)
	}
	return nil
}

// Surveyed is the rung whose pictures are decoded and looked at: the smallest of
// 200 lines or more, or the largest. An encoder makes all rungs of a chunk from
// one decode, and they are joined by the same hand, so what goes wrong shows in
// each of them alike, and a small one costs the least: on one core 240 lines at
// 15 frames a second decode some 400 times as fast as they play, 1080 lines at
// 30 about 12 times.
func (p Plan) Surveyed() PlannedRung {
	small := p.Rungs[0]
	for _, r := range p.Rungs {
		if r.Height >= 200 {
			small = r
		}
	}
	return small
}

// Storyboard lays out the pictures for the seek bar.
func (p Plan) Storyboard() Storyboard {
	r := p.Surveyed()
	return NewStoryboard(p.Length(), r.Width, r.Height)
}

// keysBefore is how many key frames lie before a frame of the plan's grid.
func (p Plan) keysBefore(frame int) int { return (frame + p.GOP - 1) / p.GOP }

// KeysOf is how many key frames a chunk has.
func (p Plan) KeysOf(c Chunk) int { return p.keysBefore(c.Frames) }

// keySlack is how many seconds before a tile's time its picture may be shown: key
// frames are about 2 s apart.
const keySlack = 1.9

// tileKey is the key frame of the recording that a tile shows: the first one that
// is not long before the tile's time, or the last one of all.
func (p Plan) tileKey(tile int) int {
	from := float64(tile)*tileEvery.Seconds() - keySlack
	key := math.Ceil(from * p.Rate.Float() / float64(p.GOP))
	return min(max(0, int(key)), p.keysBefore(p.Frames)-1)
}

// TilesOf says which key frames of a chunk, counted from its first, are shown in
// the storyboard. They are in order, each once.
func (p Plan) TilesOf(c Chunk) (keys []int) {
	first, last := p.keysBefore(c.From), p.keysBefore(c.From)+p.KeysOf(c)-1
	for tile := range p.Storyboard().Tiles() {
		key := p.tileKey(tile)
		if key >= first && key <= last && (len(keys) == 0 || keys[len(keys)-1] != key-first) {
			keys = append(keys, key-first)
		}
	}
	return keys
}

// joints are the segments at both sides of where chunks were joined, and the
// first and the last one.
func (p Plan) joints() (segments []int) {
	for _, c := range p.Chunks() {
		first, last := c.From/p.Segment, (c.From+c.Frames-1)/p.Segment
		segments = append(segments, first)
		if last != first {
			segments = append(segments, last)
		}
	}
	return segments
}

// framesIn is how many frames of a rung lie in those segments.
func (p Plan) framesIn(r PlannedRung, segments []int) (frames int) {
	for _, n := range segments {
		frames += p.framesOf(r, min(p.Segment, p.Frames-n*p.Segment))
	}
	return frames
}

// framesOf is how many frames of a rung there are for so many on the plan's grid.
func (p Plan) framesOf(r PlannedRung, frames int) int {
	if r.Halved {
		return (frames + 1) / 2
	}
	return frames
}

// seen is what the encoders of all chunks kept of the key frames.
type seen struct {
	glimpses []Glimpse
	tiles    []byte // of the whole storyboard, raw, in order
}

// gatherSeen reads what lies in the folders of all chunks. An error means that
// an encoder could make no pictures.
func gatherSeen(plan Plan, chunks []string) (all seen, err error) {
	board := plan.Storyboard()
	pictures := map[int][]byte{} // of the tiles, by key frame
	for i, c := range plan.Chunks() {
		if err := all.addGlimpses(plan, c, chunks[i]); err != nil {
			return seen{}, err
		}
		raw, err := os.ReadFile(filepath.Join(chunks[i], ChunkTiles))
		keys := plan.TilesOf(c)
		if err != nil || len(raw) != len(keys)*board.TileBytes() {
			return seen{}, fmt.Errorf("chunk %d has %d bytes of %d tiles: %w", i, len(raw), len(keys), err)
		}
		for n, key := range keys {
			pictures[plan.keysBefore(c.From)+key] = raw[n*board.TileBytes():][:board.TileBytes()]
		}
	}
	for tile := range board.Tiles() {
		all.tiles = append(all.tiles, pictures[plan.tileKey(tile)]...)
	}
	return all, nil
}

func (s *seen) addGlimpses(plan Plan, c Chunk, dir string) error {
	const size = GlimpseWidth * GlimpseHeight
	luma, err := os.ReadFile(filepath.Join(dir, ChunkGlimpses))
	if err != nil || len(luma) != plan.KeysOf(c)*size {
		return fmt.Errorf("chunk %d has %d bytes of %d glimpses: %w", c.Number, len(luma), plan.KeysOf(c), err)
	}
	for n := range plan.KeysOf(c) {
		s.glimpses = append(s.glimpses, Glimpse{At: lengthOf(plan, c.From+n*plan.GOP), Luma: luma[n*size:][:size]})
	}
	return nil
}

// survey tries whether the pictures of a chunk decode to what was planned, before
// anybody waits for them, and keeps what is seen in them. What decodes is worth
// publishing without pictures for seeking: when they cannot be made it is only
// decoded.
func (c *chunkWork) survey(ctx context.Context, job ChunkJob) error {
	made, err := c.Media.SurveyChunk(ctx, job)
	if err != nil && ctx.Err() == nil {
		c.logger().WarnContext(ctx, "no pictures for seeking", "chunk", c.claim.String(), "error", err)
		for _, name := range []string{ChunkGlimpses, ChunkTiles} {
			if err := os.Remove(filepath.Join(job.Dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		made, err = c.Media.DecodeChunk(ctx, job)
	}
	if err != nil {
		return fmt.Errorf("survey: %w", err)
	}
	return made.as("chunk", job.Plan.framesOf(job.Plan.Surveyed(), job.Chunk.Frames))
}

// picture makes the sprites and everything else that is made of what encoders
// saw. A recording is worth publishing without: what goes wrong is logged.
func (d *derivation) picture(ctx context.Context, finisher Finisher, chunks []string) error {
	all, err := gatherSeen(d.plan, chunks)
	if err != nil {
		d.logger.WarnContext(ctx, "no pictures but the poster", "error", err)
		return nil
	}
	board := d.plan.Storyboard()
	sprites := filepath.Dir(filepath.Join(d.out(), filepath.FromSlash(catalog.Thumbnails)))
	if err := os.MkdirAll(sprites, 0o700); err != nil {
		return err
	}
	if err := board.WriteSprites(all.tiles, sprites); err != nil {
		return fmt.Errorf("sprites: %w", err)
	}
	d.board = &board
	return d.illustrate(ctx, finisher, all.glimpses)
}

// joints tries whether a rendition decodes, with its sound, where its chunks were
// joined and at both ends. Each chunk was decoded whole by its encoder, and how
// many frames there are in all is counted in the boxes.
func (d *derivation) joints(ctx context.Context, finisher Finisher) error {
	rung, segments := d.plan.Surveyed(), d.plan.joints()
	for _, from := range d.renditions {
		if from.Name != rung.Name() {
			continue
		}
		made, err := finisher.Decode(ctx, from, segments)
		if err != nil {
			return fmt.Errorf("decode %s: %w", from.Name, err)
		}
		return made.as(from.Name, d.plan.framesIn(rung, segments))
	}
	return fmt.Errorf("there is no rendition %s to decode", rung.Name())
}
