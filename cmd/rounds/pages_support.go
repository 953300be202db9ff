package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rounds/player"
)

// bodyReason is why somebody does something, in bodies of the API.
const bodyReason = "reason"

// helpedAnswer is a person as the API tells her to support.
type helpedAnswer struct {
	Account struct {
		ID            string `json:"id"`
		Email         string `json:"email"`
		Name          string `json:"name"`
		Country       string `json:"country"`
		TimeZone      string `json:"time_zone"`
		CouncilNumber string `json:"council_number"`
		Disabled      bool   `json:"disabled"`
	} `json:"account"`
	Further []struct {
		Email   string `json:"email"`
		SignsIn bool   `json:"signs_in"`
	} `json:"further_emails"`
	Programs []struct {
		ProgramID string     `json:"program_id"`
		Title     string     `json:"title"`
		EndedAt   *time.Time `json:"ended_at"`
		EndReason string     `json:"end_reason"`
	} `json:"programs"`
	Bounces     []string   `json:"bounces"`
	SignedInAt  *time.Time `json:"signed_in_at"`
	Device      string     `json:"device"`
	MergedInto  string     `json:"merged_into"`
	ErasedAt    *time.Time `json:"erased_at"`
	MayBeHelped bool       `json:"may_be_helped"`
}

func (a helpedAnswer) page(ctx context.Context) player.HelpedDoctor {
	d := player.HelpedDoctor{
		ID: a.Account.ID, Name: a.Account.Name, Email: a.Account.Email, TimeZone: a.Account.TimeZone, Country: a.Account.Country,
		CouncilNumber: a.Account.CouncilNumber, Device: device(ctx, a.Device), SignedInAt: a.SignedInAt, Bounces: a.Bounces,
		Disabled: a.Account.Disabled, Erased: a.ErasedAt != nil, MergedInto: a.MergedInto, MayBeHelped: a.MayBeHelped,
	}
	for _, e := range a.Further {
		d.Further = append(d.Further, player.FurtherEmail(e))
	}
	for _, p := range a.Programs {
		d.Programs = append(d.Programs, player.HelpedProgram{ID: p.ProgramID, Title: p.Title, Ended: p.EndedAt != nil, EndReason: p.EndReason})
	}
	return d
}

func helpedPath(id, act string) string { return "/v1/support/doctors/" + url.PathEscape(id) + act }

// FindDoctors implements player.Supporting.
func (p *pages) FindDoctors(ctx context.Context, words string) ([]player.HelpedDoctor, error) {
	var found struct {
		Items []helpedAnswer `json:"items"`
	}
	if err := p.get(ctx, "/v1/support/doctors?"+url.Values{"q": {words}}.Encode(), &found); err != nil {
		return nil, err
	}
	doctors := make([]player.HelpedDoctor, 0, len(found.Items))
	for _, a := range found.Items {
		doctors = append(doctors, a.page(ctx))
	}
	return doctors, nil
}

// HelpedDoctor implements player.Supporting.
func (p *pages) HelpedDoctor(ctx context.Context, id string) (player.HelpedDoctor, []player.Happening, error) {
	var a helpedAnswer
	if err := p.get(ctx, helpedPath(id, ""), &a); err != nil {
		return player.HelpedDoctor{}, nil, err
	}
	var told struct {
		Items []struct {
			Sentence string `json:"sentence"`
			Hers     string `json:"at_hers"`
			Yours    string `json:"at_yours"`
			Trouble  bool   `json:"trouble"`
		} `json:"items"`
	}
	if err := p.get(ctx, helpedPath(id, "/timeline"), &told); err != nil {
		return player.HelpedDoctor{}, nil, err
	}
	past := make([]player.Happening, 0, len(told.Items))
	for _, m := range told.Items {
		past = append(past, player.Happening(m))
	}
	return a.page(ctx), past, nil
}

// MailCode implements player.Supporting.
func (p *pages) MailCode(ctx context.Context, id, reason string) (string, error) {
	var sent struct{ Email string }
	err := p.post(ctx, helpedPath(id, "/code_mails"), because(reason), &sent)
	return sent.Email, err
}

// ReadOutCode implements player.Supporting.
func (p *pages) ReadOutCode(ctx context.Context, id, reason string) (player.PhoneCode, error) {
	var made struct {
		Code      string    `json:"code"`
		Email     string    `json:"email"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	err := p.post(ctx, helpedPath(id, "/phone_codes"), because(reason), &made)
	return player.PhoneCode(made), err
}

// CorrectDoctor implements player.Supporting.
func (p *pages) CorrectDoctor(ctx context.Context, id, name, email, reason string) error {
	body := because(reason)
	if name != "" {
		body["name"] = name
	}
	if email != "" {
		body["email"] = email
	}
	_, err := p.do(ctx, http.MethodPatch, helpedPath(id, ""), body, "")
	return err
}

// LinkEmail implements player.Supporting.
func (p *pages) LinkEmail(ctx context.Context, id, email, reason string) error {
	return p.post(ctx, helpedPath(id, "/emails"), map[string]string{"email": email, bodyReason: reason}, nil)
}

// UnlinkEmail implements player.Supporting.
func (p *pages) UnlinkEmail(ctx context.Context, id, email, reason string) error {
	return p.post(ctx, helpedPath(id, "/emails/remove"), map[string]string{"email": email, bodyReason: reason}, nil)
}

// PreviewMerge implements player.Supporting.
func (p *pages) PreviewMerge(ctx context.Context, id, email string) (preview player.MergePreview, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	found, err := p.FindDoctors(ctx, email)
	if err != nil {
		return preview, err
	}
	other := slices.IndexFunc(found, func(d player.HelpedDoctor) bool {
		return d.Email == email || slices.ContainsFunc(d.Further, func(e player.FurtherEmail) bool { return e.Email == email })
	})
	if other < 0 {
		return preview, player.ErrNotFound
	}
	type standing struct {
		Percent   float64 `json:"watched_percent"`
		Completed bool    `json:"completed"`
	}
	var told struct {
		Source, Target helpedAnswer
		Programs       []struct {
			Title    string
			Ended    bool
			Webinars []struct {
				Title                 string
				Source, Target, Union standing
			}
		}
		OverlapS float64 `json:"overlap_s"`
		Digest   string
	}
	if err := p.post(ctx, helpedPath(id, "/merge/preview"), map[string]string{"source_id": found[other].ID}, &told); err != nil {
		return preview, err
	}
	preview = player.MergePreview{
		Source: told.Source.page(ctx), Target: told.Target.page(ctx), Digest: told.Digest, Overlap: time.Duration(told.OverlapS * float64(time.Second)),
	}
	for _, program := range told.Programs {
		one := player.MergeProgram{Title: program.Title, Ended: program.Ended}
		for _, w := range program.Webinars {
			one.Webinars = append(one.Webinars, player.MergeWebinar{
				Title: w.Title, Source: w.Source.Percent, Target: w.Target.Percent, Union: w.Union.Percent,
				SourceCompleted: w.Source.Completed, TargetCompleted: w.Target.Completed, Completed: w.Union.Completed,
			})
		}
		preview.Programs = append(preview.Programs, one)
	}
	return preview, nil
}

// MergeDoctors implements player.Supporting.
func (p *pages) MergeDoctors(ctx context.Context, id, sourceID, digest, reason string) error {
	return p.post(ctx, helpedPath(id, "/merge"), map[string]string{"source_id": sourceID, "digest": digest, bodyReason: reason}, nil)
}
