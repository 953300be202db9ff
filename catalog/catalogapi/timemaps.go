package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// TimeMapStore keeps which recording replaces which.
type TimeMapStore interface {
	TimeMap(ctx context.Context, id catalog.RecordingID) (catalog.TimeMap, error)
	SetTimeMap(ctx context.Context, id catalog.RecordingID, m catalog.TimeMap) error
}

func (s *server) registerTimeMaps() {
	const one = "/v1/recordings/{id}/time_map"
	huma.Register(s.api, operation("get-time-map", http.MethodGet, one, tagUpload,
		"Which recording this one replaces, and where its seconds are", http.StatusOK, forReaders...), s.getTimeMap)
	set := operation("set-time-map", http.MethodPut, one, tagUpload,
		"Say which recording this one replaces, and where its seconds are", http.StatusOK, forReaders...)
	set.Description = "Resume points, watched seconds, chapters, captions, what does not count and the live map of the earlier recording move to this one: a piece says that what the earlier one " +
		"shows from from_s on, for length_s seconds, is shown here from at_s on. What lies in no piece was cut; what no piece leads to is new and has to be watched. " +
		"One piece {from_s: 0, at_s: 0, length_s: 604800} says that the timing is the same. Chapters, captions, excluded ranges and a live map that somebody has set for this recording stay. " +
		"Completions stay in any case."
	huma.Register(s.api, set, s.setTimeMap)
}

type timeMapBody struct {
	Replaces catalog.RecordingID `json:"replaces" minLength:"1" maxLength:"100" doc:"An earlier recording of the same webinar."`
	Pieces   []catalog.TimePiece `json:"pieces" minItems:"1" maxItems:"1000" nullable:"false" doc:"In order; they overlap on neither recording. A length may exceed the recordings."`
}

type timeMapAnswer struct{ Body timeMapBody }

func (s *server) getTimeMap(ctx context.Context, in *RecordingPath) (*timeMapAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	m, err := s.Store.TimeMap(ctx, in.ID)
	return &timeMapAnswer{Body: timeMapBody(m)}, err
}

func (s *server) setTimeMap(ctx context.Context, in *struct {
	RecordingPath
	Body timeMapBody
},
) (*timeMapAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	m := catalog.TimeMap(in.Body)
	if err := m.Check(); err != nil {
		return nil, err
	}
	return &timeMapAnswer{Body: in.Body}, s.Store.SetTimeMap(ctx, in.ID, m)
}
