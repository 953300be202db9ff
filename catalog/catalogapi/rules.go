package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// RuleStore keeps the versions of programs' rules.
type RuleStore interface {
	// SetRule makes a rule the next version; replaces, unless 0, must be the one in force.
	SetRule(ctx context.Context, id catalog.ProgramID, r catalog.Rule, note string, replaces int) (catalog.SetRule, error)
	Rules(ctx context.Context, who identity.Principal, id catalog.ProgramID, p catalog.PageRequest) (catalog.Page[catalog.SetRule], error)
}

func (s *server) registerRules() {
	const path = "/v1/programs/{id}/rules"
	set := s.creating(operation("set-rule", http.MethodPost, path, tagCatalog, "Set the rule of completion", http.StatusCreated,
		append([]int{http.StatusPreconditionFailed}, forMakers...)...))
	set.Description = "Writes the next version; earlier ones stay. Credit that is recorded is never taken back: it keeps the version it was reached under. " +
		"Doctors who have reached the new rule are completed at once. The same rule as the one in force makes no new version. " +
		"See whom it would change beforehand with /v1/programs/{id}/rules/preview."
	huma.Register(s.api, set, s.setRule)
	list := operation("list-rules", http.MethodGet, path, tagCatalog, "List the versions of the rule, newest first", http.StatusOK, forReaders...)
	list.Description = "The first is in force. Note and author are for admins."
	huma.Register(s.api, list, s.listRules)
}

// RuleBody is a rule of completion in requests and answers.
type RuleBody struct {
	Version          int              `json:"version,omitempty" readOnly:"true"`
	ThresholdPercent float64          `json:"threshold_percent" minimum:"0.01" maximum:"100" example:"90" doc:"Share of what counts of the recording that is to be covered; two decimals."`
	Counts           catalog.Counts   `json:"counts" enum:"live,replay,union" doc:"Whose seconds count."`
	MaxRate          float64          `json:"max_rate" minimum:"1" maximum:"2" example:"2" doc:"Fastest playback speed that earns credit, in playback sessions opened from now on."`
	Rounding         catalog.Rounding `json:"rounding,omitempty" enum:"none,floor,nearest" example:"none" doc:"Of the percent before it is compared with the threshold: none compares exactly; floor cuts to whole percent; nearest rounds to whole percent, halves up. Left out: none; in a change of the program as before."`
}

func ruleOf(r catalog.Rule) RuleBody {
	return RuleBody{Version: r.Version, ThresholdPercent: r.ThresholdPercent, Counts: r.Counts, MaxRate: r.MaxRate, Rounding: r.Rounding}
}

// appliedRule is the rule that was, changed to this one. Thresholds and speeds have
// two decimals, as they are stored.
func appliedRule(b RuleBody, was catalog.Rule) catalog.Rule {
	r := catalog.Rule{
		Version: was.Version, ThresholdPercent: catalog.Hundredths(b.ThresholdPercent), Counts: b.Counts,
		MaxRate: catalog.Hundredths(b.MaxRate), Rounding: b.Rounding,
	}
	if r.Rounding == "" {
		r.Rounding = was.Rounding
	}
	return r
}

type setRuleBody struct {
	RuleBody
	Note            string `json:"note,omitempty" maxLength:"4000" example:"The accreditor asks for 80 % from May on." doc:"Why, for the record."`
	ReplacesVersion int    `json:"replaces_version,omitempty" minimum:"1" maximum:"1000000" doc:"The version in force when this was decided, as the preview says; another one is refused with 412."`
}

type ruleVersionBody struct {
	RuleBody
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by,omitempty" doc:"Account or token, for admins."`
	Note      string    `json:"note,omitempty" doc:"For admins."`
}

func ruleVersionOf(r catalog.SetRule, admin bool) ruleVersionBody {
	body := ruleVersionBody{RuleBody: ruleOf(r.Rule), CreatedAt: r.At.UTC()}
	if admin {
		body.CreatedBy, body.Note = r.By, r.Note
	}
	return body
}

func (s *server) setRule(ctx context.Context, in *struct {
	ProgramPath
	Body setRuleBody
},
) (*struct{ Body ruleVersionBody }, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	note, err := catalog.CleanText("note", in.Body.Note, 2000)
	if err != nil {
		return nil, err
	}
	set, err := s.Store.SetRule(ctx, in.ID, appliedRule(in.Body.RuleBody, catalog.DefaultRule()), note, in.Body.ReplacesVersion)
	if err != nil {
		return nil, err
	}
	return &struct{ Body ruleVersionBody }{ruleVersionOf(set, true)}, nil
}

func (s *server) listRules(ctx context.Context, in *struct {
	ProgramPath
	Paging
},
) (*listed[ruleVersionBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Rules(ctx, who, in.ID, in.request())
	return listOf(page, func(r catalog.SetRule) ruleVersionBody { return ruleVersionOf(r, who.Admin()) }, err)
}
