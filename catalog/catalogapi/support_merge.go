package catalogapi

import (
	"context"

	"rounds/catalog"
	"rounds/catalog/identity"
)

type mergeStandingBody struct {
	WatchedS  float64 `json:"watched_s"`
	Percent   float64 `json:"watched_percent" doc:"Of the recording."`
	Completed bool    `json:"completed"`
}

type mergeWebinarBody struct {
	WebinarID catalog.WebinarID `json:"webinar_id"`
	Title     string            `json:"title"`
	Source    mergeStandingBody `json:"source"`
	Target    mergeStandingBody `json:"target"`
	Union     mergeStandingBody `json:"union" doc:"Of both: each second once."`
}

type mergeProgramBody struct {
	ProgramID catalog.ProgramID  `json:"program_id"`
	Title     string             `json:"title"`
	InSource  bool               `json:"in_source"`
	InTarget  bool               `json:"in_target"`
	Ended     bool               `json:"ended" doc:"An administrator has ended one of the enrolments: it stays ended."`
	Webinars  []mergeWebinarBody `json:"webinars" nullable:"false"`
}

type mergeAnswer struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Source   helpedBody         `json:"source" doc:"As it was before."`
		Target   helpedBody         `json:"target" doc:"As it was before."`
		Programs []mergeProgramBody `json:"programs" nullable:"false"`
		OverlapS float64            `json:"overlap_s" doc:"For how long both played at the same time: one person on two devices, or two persons."`
		Digest   string             `json:"digest" doc:"Of this preview; the merge needs it."`
	}
}

func mergeAnswered(ctx context.Context, p identity.MergePreview, err error) (*mergeAnswer, error) {
	if err != nil {
		return nil, err
	}
	answer := &mergeAnswer{CacheControl: noStore}
	body := &answer.Body
	body.Source, body.Target = helpedOf(ctx, p.Source), helpedOf(ctx, p.Target)
	body.Programs, body.OverlapS, body.Digest = []mergeProgramBody{}, p.Outcome.Overlap.Seconds(), p.Digest
	for _, program := range p.Outcome.Programs {
		one := mergeProgramBody{
			ProgramID: program.ProgramID, Title: program.Title, InSource: program.InSource, InTarget: program.InTarget, Ended: program.Ended,
			Webinars: []mergeWebinarBody{},
		}
		for _, w := range program.Webinars {
			one.Webinars = append(one.Webinars, mergeWebinarBody{w.WebinarID, w.Title, standingOf(w.Source), standingOf(w.Target), standingOf(w.Union)})
		}
		body.Programs = append(body.Programs, one)
	}
	return answer, nil
}

func standingOf(m identity.MergeStanding) mergeStandingBody {
	return mergeStandingBody{float64(m.WatchedMS) / 1000, m.Percent, m.Completed}
}

func (s *server) previewMerge(ctx context.Context, in *struct {
	AccountPath
	Body struct {
		SourceID catalog.AccountID `json:"source_id" maxLength:"100" doc:"The account that becomes part of this one."`
	}
},
) (*mergeAnswer, error) {
	if _, err := helper(ctx); err != nil {
		return nil, err
	}
	p, err := s.Store.PreviewMerge(ctx, identity.MergeOrder{Source: in.Body.SourceID, Target: in.ID})
	return mergeAnswered(ctx, p, err)
}

func (s *server) mergeDoctors(ctx context.Context, in *struct {
	AccountPath
	Body struct {
		SourceID catalog.AccountID `json:"source_id" maxLength:"100" doc:"The account that becomes part of this one."`
		Digest   string            `json:"digest" maxLength:"100" doc:"Of the preview that was looked at; 409 preview_stale when something has changed since."`
		Reason   string            `json:"reason" maxLength:"2000" example:"She registered twice; both addresses were confirmed on the phone."`
	}
},
) (*mergeAnswer, error) {
	who, err := helper(ctx)
	if err != nil {
		return nil, err
	}
	reason, err := identity.CleanReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.Merge(ctx, identity.MergeOrder{Source: in.Body.SourceID, Target: in.ID, By: who.Actor(), Reason: reason}, in.Body.Digest)
	return mergeAnswered(ctx, p, err)
}
