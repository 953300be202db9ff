package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// registerPoster: a presenter chooses the picture that stands for a recording
// before it plays.
func (s *server) registerPoster() {
	const one = "/v1/recordings/{id}/poster"
	get := operation("get-poster", http.MethodGet, one, tagUpload, "The picture that stands for a recording, and what else could", http.StatusOK, forReaders...)
	get.Description = "For whoever may watch the recording. Pictures are signed URLs that live for some minutes; there are none until the recording is ready."
	huma.Register(s.api, get, s.getPoster)
	huma.Register(s.api, operation("put-poster", http.MethodPut, one, tagUpload,
		"Choose the picture that stands for a recording", http.StatusOK, forMakers...), s.putPoster)
}

type candidateBody struct {
	Candidate int      `json:"candidate"`
	AtS       *float64 `json:"at_s" nullable:"true" doc:"What it shows; null for the picture that was chosen by itself, candidate 0."`
	URL       string   `json:"url" doc:"A signed URL."`
}

type posterAnswer struct {
	Body struct {
		Candidate  int             `json:"candidate" doc:"The one chosen."`
		URL        string          `json:"url,omitempty" doc:"Of the one chosen, a signed URL. Left out until the recording is ready."`
		Candidates []candidateBody `json:"candidates" nullable:"false"`
	}
}

func (s *server) getPoster(ctx context.Context, in *RecordingPath) (*posterAnswer, error) {
	if err := s.watched(ctx, in.ID); err != nil {
		return nil, err
	}
	return s.poster(ctx, in.ID)
}

func (s *server) poster(ctx context.Context, id catalog.RecordingID) (*posterAnswer, error) {
	extras, err := s.Store.Extras(ctx, id)
	if err != nil {
		return nil, err
	}
	answer := new(posterAnswer)
	answer.Body.Candidate, answer.Body.Candidates = extras.Poster, []candidateBody{}
	if extras.Token == "" {
		return answer, nil
	}
	for n := range len(extras.PostersMS) + 1 {
		candidate := candidateBody{Candidate: n}
		if n > 0 {
			at := seconds(extras.PostersMS[n-1])
			candidate.AtS = &at
		}
		if candidate.URL, err = s.MediaURL(id, extras.Token, catalog.PosterName(n)); err != nil {
			return nil, err
		}
		answer.Body.Candidates = append(answer.Body.Candidates, candidate)
		if n == extras.Poster {
			answer.Body.URL = candidate.URL
		}
	}
	return answer, nil
}

func (s *server) putPoster(ctx context.Context, in *struct {
	RecordingPath
	Body struct {
		Candidate int `json:"candidate" minimum:"0" maximum:"1000" doc:"One of the candidates; 0: the picture that was chosen by itself."`
	}
},
) (*posterAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.Store.SetPoster(ctx, in.ID, in.Body.Candidate); err != nil {
		return nil, err
	}
	return s.poster(ctx, in.ID)
}
