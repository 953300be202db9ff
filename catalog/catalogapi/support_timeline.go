package catalogapi

import (
	"context"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// maxTimeline bounds a timeline.
const maxTimeline = 500

type timelineItem struct {
	At       time.Time           `json:"at"`
	Kind     identity.MomentKind `json:"kind" example:"signed_in"`
	Trouble  bool                `json:"trouble" doc:"Whether it may be why she asks for help."`
	Sentence string              `json:"sentence" example:"Signed in on Chrome on Windows."`
	Hers     string              `json:"at_hers" example:"Mon 2 Mar 2026, 15:04 WET (Europe/Lisbon)" doc:"On her clock."`
	Yours    string              `json:"at_yours" example:"Mon 2 Mar 2026, 16:04 CET (Europe/Berlin)" doc:"On the clock of whoever asks."`
}

type timelineAnswer struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		TimeZone string         `json:"time_zone" example:"Europe/Lisbon" doc:"Hers."`
		Items    []timelineItem `json:"items" nullable:"false" doc:"The newest first, at most 500."`
	}
}

func (s *server) timeline(ctx context.Context, in *struct {
	AccountPath
	TimeZone string `query:"time_zone" maxLength:"100" example:"Europe/Berlin" doc:"Of the reader; left out: that of her own account."`
},
) (*timelineAnswer, error) {
	who, err := helper(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := s.readersZone(ctx, who, in.TimeZone)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.LookAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	moments, err := s.allMoments(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	answer := &timelineAnswer{CacheControl: noStore}
	answer.Body.TimeZone, answer.Body.Items = p.TimeZone, make([]timelineItem, 0, len(moments))
	for _, m := range moments {
		answer.Body.Items = append(answer.Body.Items, timelineItem{
			At: m.At.UTC(), Kind: m.Kind, Trouble: m.Kind.Trouble(), Sentence: s.say(ctx, m.Sentence()),
			Hers: s.when(ctx, m.At, p.TimeZone), Yours: s.when(ctx, m.At, zone),
		})
	}
	return answer, nil
}

// when is a time on a zone's clock, as the reader's language writes it.
func (s *server) when(ctx context.Context, at time.Time, zone string) string {
	return s.say(ctx, catalog.Say("%s", catalog.OnClock(at, zone)))
}

// readersZone is the zone that the reader names, or has told of herself.
func (s *server) readersZone(ctx context.Context, who identity.Principal, named string) (string, error) {
	if named != "" || who.AccountID == "" {
		if named == "" {
			return "UTC", nil
		}
		zone, err := identity.TimeZone(named)
		if err != nil {
			return "", catalog.Invalid("query.time_zone", "Please give a time zone by its name, such as Europe/Lisbon or Asia/Kolkata.")
		}
		return zone, nil
	}
	reader, err := s.Store.Account(ctx, who.AccountID)
	return reader.TimeZone, err
}

func (s *server) allMoments(ctx context.Context, id catalog.AccountID) ([]identity.Moment, error) {
	moments, err := s.Store.Moments(ctx, id)
	if err == nil && s.Played != nil {
		var played []identity.Moment
		played, err = s.Played.Moments(ctx, id)
		moments = append(moments, played...)
	}
	identity.SortMoments(moments)
	return moments[:min(len(moments), maxTimeline)], err
}
