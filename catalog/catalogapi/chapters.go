package catalogapi

import (
	"context"
	"fmt"
	"math"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// ExtrasStore keeps chapters and the choice of a poster.
type ExtrasStore interface {
	Extras(ctx context.Context, id catalog.RecordingID) (catalog.Extras, error)
	SetChapters(ctx context.Context, id catalog.RecordingID, chapters []catalog.Chapter) error
	SetPoster(ctx context.Context, id catalog.RecordingID, candidate int) error
}

// registerChapters: the player offers them to jump to, a presenter makes them of
// the suggestions.
func (s *server) registerChapters() {
	const one = "/v1/recordings/{id}/chapters"
	get := operation("get-chapters", http.MethodGet, one, tagUpload, "The chapters of a recording, and those that its slides suggest", http.StatusOK, forReaders...)
	get.Description = "For whoever may watch the recording. Pictures are signed URLs that live for some minutes."
	huma.Register(s.api, get, s.getChapters)
	put := operation("put-chapters", http.MethodPut, one, tagUpload, "Set the chapters of a recording", http.StatusOK, forMakers...)
	put.Description = "Replaces all of them; an empty list means that the recording shall have none. Possible once it is ready."
	huma.Register(s.api, put, s.putChapters)
}

type chapterBody struct {
	StartS float64 `json:"start_s" minimum:"0" maximum:"604800" example:"93.5"`
	Title  string  `json:"title" maxLength:"480" example:"Who needs a beta blocker?"`
}

type pictureBody struct {
	StartS       float64 `json:"start_s" example:"93.5"`
	Title        string  `json:"title" example:"Who needs a beta blocker?"`
	ThumbnailURL string  `json:"thumbnail_url,omitempty" doc:"A picture of it, 320 pixels wide, as a signed URL."`
}

type chaptersAnswer struct {
	Body struct {
		Decided   bool          `json:"decided" doc:"Somebody has set the chapters, maybe to none. Until then players may show the suggestions."`
		Items     []pictureBody `json:"items" nullable:"false"`
		Suggested []pictureBody `json:"suggested" nullable:"false" doc:"Where the slides change."`
	}
}

func (s *server) getChapters(ctx context.Context, in *RecordingPath) (*chaptersAnswer, error) {
	if err := s.watched(ctx, in.ID); err != nil {
		return nil, err
	}
	return s.chapters(ctx, in.ID)
}

func (s *server) chapters(ctx context.Context, id catalog.RecordingID) (*chaptersAnswer, error) {
	extras, err := s.Store.Extras(ctx, id)
	if err != nil {
		return nil, err
	}
	answer := new(chaptersAnswer)
	answer.Body.Decided = extras.Decided
	answer.Body.Items, answer.Body.Suggested = []pictureBody{}, []pictureBody{}
	pictures := make([]string, len(extras.SlidesMS))
	for i, start := range extras.SlidesMS {
		if pictures[i], err = s.MediaURL(id, extras.Token, catalog.ChapterThumbnail(i)); err != nil {
			return nil, err
		}
		part := pictureBody{seconds(start), fmt.Sprintf("Part %d", i+1), pictures[i]}
		answer.Body.Suggested = append(answer.Body.Suggested, part)
	}
	for _, c := range extras.Chapters {
		item := pictureBody{StartS: seconds(c.StartMS), Title: c.Title}
		if i := nearest(extras.SlidesMS, c.StartMS); i >= 0 {
			item.ThumbnailURL = pictures[i]
		}
		answer.Body.Items = append(answer.Body.Items, item)
	}
	return answer, nil
}

// samePlaceMS is how far a chapter may be from a slide change to be its.
const samePlaceMS = 2000

// nearest is the index of the suggestion that a chapter was made of, or -1.
func nearest(slides []int64, start int64) int {
	best, at := int64(samePlaceMS), -1
	for i, slide := range slides {
		if off := max(slide-start, start-slide); off <= best {
			best, at = off, i
		}
	}
	return at
}

func (s *server) putChapters(ctx context.Context, in *struct {
	RecordingPath
	Body struct {
		Items []chapterBody `json:"items" maxItems:"100" nullable:"false" doc:"In order, within the recording."`
	}
},
) (*chaptersAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	chapters := make([]catalog.Chapter, len(in.Body.Items))
	for i, item := range in.Body.Items {
		chapters[i] = catalog.Chapter{StartMS: int64(math.Round(item.StartS * 1000)), Title: item.Title}
	}
	if err := s.Store.SetChapters(ctx, in.ID, chapters); err != nil {
		return nil, err
	}
	return s.chapters(ctx, in.ID)
}
