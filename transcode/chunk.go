package transcode

import (
	"context"
	"fmt"
)

// chunkSeconds is the least a chunk is long, but in a recording that is shorter
// itself; none is twice as long. It is short enough that a lost one costs
// little and a short talk does not wait long, and long enough that reaching its
// first picture is cheap beside encoding it. Where key frames are so far apart
// that it is not, chunks are as long as what is decoded in vain before each, up
// to maxLead; decoding costs a tenth to a fifth of an encode.
const (
	chunkSeconds = 60
	maxLead      = 1800
)

// Chunk is a run of frames that one worker encodes in all rungs: whole
// segments, so that chunks join at IDR frames. Chunks of a plan follow each
// other without gap or overlap.
type Chunk struct {
	Number int // from 0
	From   int // frame on the plan's grid, a multiple of Plan.Segment
	Frames int
}

// Chunks divides the plan's frames.
func (p Plan) Chunks() []Chunk {
	segments := p.Segments()
	n := max(1, min(segments, int(p.DurationS()/max(chunkSeconds, min(p.LeadS, maxLead)))))
	if p.Broken {
		n = 1
	}
	chunks := make([]Chunk, n)
	for i := range chunks {
		from := i * segments / n * p.Segment
		to := min(p.Frames, (i+1)*segments/n*p.Segment)
		chunks[i] = Chunk{Number: i, From: from, Frames: to - from}
	}
	return chunks
}

// ChunkJob is what an encoder of pictures is given.
type ChunkJob struct {
	Source string // absolute path of the presenter's file
	Dir    string // absolute path of an existing folder; see Plan.PictureFiles
	Plan   Plan
	Chunk  Chunk
}

// SoundJob is what an encoder of sound is given.
type SoundJob struct {
	Source string // absolute path of the presenter's file
	Dir    string // absolute path of an existing folder; see Plan.SoundFiles
	Plan   Plan
}

// JoinJob is what makes renditions of chunks and sound.
type JoinJob struct {
	Chunks []string // folders with Plan.PictureFiles and what was seen in them, in order
	Sound  string   // folder with Plan.SoundFiles
	Dir    string   // absolute path of an existing folder; rungs go into Dir/NAME
	Plan   Plan
}

// ChunkMedia encodes a recording piece by piece. Every method ends soon after
// its context does, leaves no process behind, and overwrites what an earlier
// call left in its folder.
type ChunkMedia interface {
	// EncodeChunk writes the chunk's pictures into job.Dir, one file a rung:
	// exactly the frames that an encode of the whole would show there. progress
	// counts from the chunk's first frame.
	EncodeChunk(ctx context.Context, job ChunkJob, progress func(EncodeProgress)) error
	// SurveyChunk decodes the pictures that EncodeChunk left of Plan.Surveyed, and
	// keeps ChunkGlimpses and ChunkTiles beside them. Damage is no error here: it
	// is in the answer.
	SurveyChunk(ctx context.Context, job ChunkJob) (Decoded, error)
	// DecodeChunk is SurveyChunk without keeping anything.
	DecodeChunk(ctx context.Context, job ChunkJob) (Decoded, error)
	// EncodeSound listens to the whole sound, levels it and writes it into
	// job.Dir, one file a bit rate. It tells what it heard.
	EncodeSound(ctx context.Context, job SoundJob, progress func(EncodeProgress)) (Loudness, error)
	Joiner
}

// Joiner makes renditions of what was encoded piece by piece.
type Joiner interface {
	// Join copies pictures and sound, without encoding again, into a folder for
	// each rung.
	Join(ctx context.Context, job JoinJob) ([]EncodedRendition, error)
}

// PictureFiles are the names of the files of a chunk: one a rung, in order.
func (p Plan) PictureFiles() []string {
	var names []string
	for _, r := range p.Rungs {
		names = append(names, PictureFile(r))
	}
	return names
}

// PictureFile is the name of the file of a chunk with the pictures of that rung.
func PictureFile(r PlannedRung) string { return r.Name() + ".mp4" }

// SoundFile is the name of the file with the sound at that bit rate.
func SoundFile(bits int) string { return fmt.Sprintf("sound%d.mp4", bits/1000) }
