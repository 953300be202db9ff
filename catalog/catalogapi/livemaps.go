package catalogapi

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// LiveMapStore keeps live maps.
type LiveMapStore interface {
	LiveMap(ctx context.Context, id catalog.RecordingID) (catalog.LiveMap, error)
	SetLiveMap(ctx context.Context, id catalog.RecordingID, m catalog.LiveMap) error
}

func (s *server) registerLiveMaps() {
	const one = "/v1/recordings/{id}/live_map"
	huma.Register(s.api, operation("get-live-map", http.MethodGet, one, tagUpload,
		"Where the live session lies on the recording", http.StatusOK, forReaders...), s.getLiveMap)
	huma.Register(s.api, operation("set-live-map", http.MethodPut, one, tagUpload,
		"Say where the live session lies on the recording", http.StatusOK, forReaders...), s.setLiveMap)
}

type liveMapBody struct {
	Pieces    []catalog.LivePiece `json:"pieces" maxItems:"1000" nullable:"false" doc:"In order; they overlap neither live nor on the recording."`
	Confirmed bool                `json:"confirmed" doc:"By a person; certificates wait for it."`
}

type liveMapAnswer struct{ Body liveMapBody }

func (s *server) getLiveMap(ctx context.Context, in *RecordingPath) (*liveMapAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	m, err := s.Store.LiveMap(ctx, in.ID)
	return liveMapAnswered(m), err
}

func (s *server) setLiveMap(ctx context.Context, in *struct {
	RecordingPath
	Body liveMapBody
},
) (*liveMapAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	m := catalog.LiveMap{Pieces: orEmpty(in.Body.Pieces), Confirmed: in.Body.Confirmed}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return liveMapAnswered(m), s.Store.SetLiveMap(ctx, in.ID, m)
}

func liveMapAnswered(m catalog.LiveMap) *liveMapAnswer {
	pieces := orEmpty(m.Pieces)
	for i := range pieces {
		pieces[i].LiveAt = pieces[i].LiveAt.UTC()
	}
	return &liveMapAnswer{Body: liveMapBody{Pieces: pieces, Confirmed: m.Confirmed}}
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
