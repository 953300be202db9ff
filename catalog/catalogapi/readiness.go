package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ReadinessDeps is what the readiness light needs to know of this process.
type ReadinessDeps struct {
	// Facts reads what the database knows; keyOpens tells whether the content key can be opened.
	Facts    func(ctx context.Context, id catalog.WebinarID) (catalog.ReadinessFacts, error)
	MailRate float64        // mails a second at most; 0: any number
	DiskFree func() float64 // share that is free; below 0: not known. nil: not known
}

// registerReadiness: an administrator asks in the days and the hour before an event.
func (s *server) registerReadiness() {
	op := operation("get-webinar-readiness", http.MethodGet, "/v1/webinars/{id}/readiness", tagCatalog,
		"Tell whether a webinar and the service are ready for many doctors", http.StatusOK, append(forAdmins, http.StatusNotFound)...)
	op.Description = "A light for each thing that keeps doctors out when it is missing: `green` is ready, with `amber` somebody should look, `red` is noticed by doctors. " +
		"Each has a sentence and, unless it is green, what to do. `light` is the worst of them."
	huma.Register(s.api, op, s.getReadiness)
}

// ReadinessLight is one thing that was looked at.
type ReadinessLight struct {
	Name     string        `json:"name" enum:"recording,key,captions,window,people,mail,workers,database,disk" example:"captions"`
	Light    catalog.Light `json:"light" enum:"green,amber,red"`
	Sentence string        `json:"sentence" example:"There are captions: en, ar."`
	Remedy   string        `json:"remedy" doc:"What to do; empty when it is green."`
}

type readinessAnswer struct {
	Body struct {
		Light  catalog.Light    `json:"light" enum:"green,amber,red" doc:"The worst of the checks."`
		Checks []ReadinessLight `json:"checks" nullable:"false"`
	}
}

func (s *server) getReadiness(ctx context.Context, in *WebinarPath) (*readinessAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	facts, err := s.Readiness.Facts(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	facts.MailRate = s.Readiness.MailRate
	if s.Readiness.DiskFree != nil {
		facts.DiskFree = s.Readiness.DiskFree()
	}
	answer := &readinessAnswer{}
	r := facts.Readiness()
	answer.Body.Light = r.Light
	for _, c := range r.Checks {
		answer.Body.Checks = append(answer.Body.Checks, ReadinessLight{Name: c.Name, Light: c.Light, Sentence: s.say(ctx, c.Sentence), Remedy: s.say(ctx, c.Remedy)})
	}
	return answer, nil
}
