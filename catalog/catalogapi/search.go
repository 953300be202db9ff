package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// SearchStore finds things by words.
type SearchStore interface {
	Search(ctx context.Context, who identity.Principal, words string, p catalog.PageRequest) (catalog.Page[catalog.Hit], error)
}

func (s *server) registerSearch() {
	op := operation("search", http.MethodGet, "/v1/search", tagCatalog, "Find programs, courses and webinars by words", http.StatusOK, http.StatusUnauthorized)
	op.Description = "In titles, in the names of presenters and in captions of what is played now; all words have to be there, from three letters on their " +
		"beginning is enough, accents and capitals do not matter. Whoever asks finds what she may see. Titles come first, then presenters, then captions, " +
		"with the times at which the words are said."
	huma.Register(s.api, op, s.search)
}

type momentBody struct {
	AtS   float64      `json:"at_s" doc:"Where it is said, on the recording." example:"93.5"`
	Lang  catalog.Lang `json:"lang" example:"en"`
	Words string       `json:"words" example:"and this is why beta blockers are started low"`
}

type hitBody struct {
	Kind         catalog.HitKind     `json:"kind" enum:"program,course,webinar"`
	ID           string              `json:"id"`
	Title        string              `json:"title"`
	FoundBy      string              `json:"found_by" enum:"title,presenter,captions"`
	ProgramID    catalog.ProgramID   `json:"program_id"`
	ProgramTitle string              `json:"program_title"`
	CourseID     catalog.CourseID    `json:"course_id,omitempty" doc:"Left out for a program."`
	CourseTitle  string              `json:"course_title,omitempty"`
	Presenters   []catalog.Presenter `json:"presenters" nullable:"false" doc:"Of a webinar."`
	Moments      []momentBody        `json:"moments" nullable:"false" doc:"Of a webinar found by its captions: at most three places."`
}

func hitOf(h catalog.Hit) hitBody {
	body := hitBody{
		Kind: h.Kind, ID: h.ID, Title: h.Title, FoundBy: h.By.String(), ProgramID: h.ProgramID, ProgramTitle: h.Program,
		CourseID: h.CourseID, CourseTitle: h.Course, Presenters: h.Presenters, Moments: make([]momentBody, len(h.Moments)),
	}
	for i, m := range h.Moments {
		body.Moments[i] = momentBody{AtS: seconds(m.AtMS), Lang: m.Lang, Words: m.Words}
	}
	return body
}

func (s *server) search(ctx context.Context, in *struct {
	Q      string `query:"q" maxLength:"400" example:"beta blocker" doc:"Words; at least one is needed."`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20" doc:"Most items in the answer."`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before; left out for the first page."`
},
) (*listed[hitBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	words, err := catalog.CleanLine("query.q", in.Q, 200, true)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Search(ctx, who, words, catalog.PageRequest{Limit: in.Limit, Cursor: in.Cursor})
	return listOf(page, hitOf, err)
}
