package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// SupportStore finds people and helps them. What changes an account fails as
// identity.MayHelp does, and is audited with its reason.
type SupportStore interface {
	FindPeople(ctx context.Context, terms []string, limit int) ([]identity.Person, error)
	// LookAt returns a person and writes down that somebody looked.
	LookAt(ctx context.Context, id catalog.AccountID) (identity.Person, error)
	Moments(ctx context.Context, id catalog.AccountID) ([]identity.Moment, error)
	SendCodeAgain(ctx context.Context, id catalog.AccountID, reason string, code identity.MintedCode) (email string, err error)
	ReadOutCode(ctx context.Context, id catalog.AccountID, reason string, code identity.MintedCode) (email string, err error)
	CorrectPerson(ctx context.Context, id catalog.AccountID, c identity.Correction) (identity.Person, error)
	LinkEmail(ctx context.Context, id catalog.AccountID, email, reason string) (identity.Person, error)
	UnlinkEmail(ctx context.Context, id catalog.AccountID, email, reason string) error
	PreviewMerge(ctx context.Context, o identity.MergeOrder) (identity.MergePreview, error)
	Merge(ctx context.Context, o identity.MergeOrder, digest string) (identity.MergePreview, error)
}

// PlayedStore keeps what an account did in webinars.
type PlayedStore interface {
	PersonalData
	Moments(ctx context.Context, account catalog.AccountID) ([]identity.Moment, error)
}

const tagSupport = "Support"

// registerSupport is for supporters and administrators. Nobody acts as somebody
// else: there is no way to sign in for a person.
func (s *server) registerSupport() {
	const all, one = "/v1/support/doctors", "/v1/support/doctors/{id}"
	reading, acting := append(forAdmins, http.StatusNotFound), append(forMakers, http.StatusTooManyRequests)
	huma.Register(s.api, operation("find-doctors", http.MethodGet, all, tagSupport,
		"Find people by the words of a name, an address or a registration number; a word may be begun only, and spelled a little wrong", http.StatusOK, forAdmins...), s.findDoctors)
	huma.Register(s.api, operation("look-at-doctor", http.MethodGet, one, tagSupport, "Read what is known of a person; it is audited", http.StatusOK, reading...), s.lookAtDoctor)
	huma.Register(s.api, operation("doctor-timeline", http.MethodGet, one+"/timeline", tagSupport,
		"Tell in words what happened to a person, the newest first, with times on her clock and on the reader's", http.StatusOK, reading...), s.timeline)
	huma.Register(s.api, operation("send-code-again", http.MethodPost, one+"/code_mails", tagSupport, "Mail a person a fresh sign-in code", http.StatusAccepted, acting...), s.sendCodeAgain)
	huma.Register(s.api, operation("read-out-code", http.MethodPost, one+"/phone_codes", tagSupport,
		"Make a sign-in code to read out on the phone: shown once, good for five minutes and this account only", http.StatusCreated, acting...), s.readOutCode)
	huma.Register(s.api, operation("correct-doctor", http.MethodPatch, one, tagSupport, "Correct a name or an address; the old and the new address are told", http.StatusOK, forMakers...), s.correctDoctor)
	huma.Register(s.api, operation("link-email", http.MethodPost, one+"/emails", tagSupport, "Give a person a further address, which lets her in too; both are told", http.StatusOK, forMakers...), s.linkEmail)
	huma.Register(s.api, operation("unlink-email", http.MethodPost, one+"/emails/remove", tagSupport, "Take a further address from a person", http.StatusNoContent, forMakers...), s.unlinkEmail)
	huma.Register(s.api, operation("preview-merge", http.MethodPost, one+"/merge/preview", tagSupport,
		"Tell what would become of two accounts of one person; nothing is changed", http.StatusOK, forMakers...), s.previewMerge)
	huma.Register(s.api, operation("merge-doctors", http.MethodPost, one+"/merge", tagSupport,
		"Make another account part of this one, for ever; it needs the digest of a preview", http.StatusOK, forMakers...), s.mergeDoctors)
}

// helper returns who asks, if she may help people.
func helper(ctx context.Context) (identity.Principal, error) {
	return identity.RequireRole(ctx, identity.RoleSupport)
}

type furtherEmailBody struct {
	Email   string    `json:"email" example:"ana@mail.example"`
	SignsIn bool      `json:"signs_in" doc:"Whether it lets in; others are known from attendance reports only."`
	AddedAt time.Time `json:"added_at"`
}

type participationBody struct {
	ProgramID  catalog.ProgramID `json:"program_id"`
	Title      string            `json:"title"`
	Via        string            `json:"via" example:"invitation"`
	Since      time.Time         `json:"since"`
	EndedAt    *time.Time        `json:"ended_at" nullable:"true" doc:"When an administrator took her out."`
	EndReason  string            `json:"end_reason"`
	MergedFrom catalog.AccountID `json:"merged_from,omitempty" doc:"The account it was of before a merge."`
}

type mergedBody struct {
	ID     catalog.AccountID `json:"id"`
	By     string            `json:"by"`
	At     time.Time         `json:"at"`
	Reason string            `json:"reason"`
}

type helpedBody struct {
	Account     accountBody         `json:"account"`
	Further     []furtherEmailBody  `json:"further_emails" nullable:"false"`
	Programs    []participationBody `json:"programs" nullable:"false"`
	Bounces     []string            `json:"bounces" nullable:"false" doc:"Her addresses that take no mail."`
	SignedInAt  *time.Time          `json:"signed_in_at" nullable:"true" doc:"Last."`
	Device      string              `json:"device,omitempty" example:"Chrome on Windows" doc:"On which she signed in last."`
	MergedInto  catalog.AccountID   `json:"merged_into,omitempty" doc:"It is part of that account now."`
	Merged      []mergedBody        `json:"merged" nullable:"false" doc:"Accounts that became part of this one."`
	ErasedAt    *time.Time          `json:"erased_at" nullable:"true"`
	MayBeHelped bool                `json:"may_be_helped" doc:"Whether the one who asks may act on this account."`
}

func helpedOf(ctx context.Context, p identity.Person) helpedBody {
	body := helpedBody{
		Account: accountOf(p.Account), Further: []furtherEmailBody{}, Programs: []participationBody{}, Bounces: append([]string{}, p.Bounces...),
		SignedInAt: utc(p.SignedInAt), Device: p.Device, MergedInto: p.MergedInto, Merged: []mergedBody{}, ErasedAt: utc(p.ErasedAt),
		MayBeHelped: identity.MayHelp(identity.FromContext(ctx), p) == nil,
	}
	for _, e := range p.Further {
		e.AddedAt = e.AddedAt.UTC()
		body.Further = append(body.Further, furtherEmailBody(e))
	}
	for _, e := range p.Programs {
		e.Since, e.EndedAt = e.Since.UTC(), utc(e.EndedAt)
		body.Programs = append(body.Programs, participationBody(e))
	}
	for _, m := range p.Merged {
		m.At = m.At.UTC()
		body.Merged = append(body.Merged, mergedBody(m))
	}
	return body
}

type helpedAnswer struct{ Body helpedBody }

func helpedAnswered(ctx context.Context, p identity.Person, err error) (*helpedAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &helpedAnswer{Body: helpedOf(ctx, p)}, nil
}

func (s *server) findDoctors(ctx context.Context, in *struct {
	Q     string `query:"q" required:"true" minLength:"2" maxLength:"320" example:"lopes cardiol" doc:"Words, all of which must be found."`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
},
) (*listed[helpedBody], error) {
	if _, err := helper(ctx); err != nil {
		return nil, err
	}
	people, err := s.Store.FindPeople(ctx, identity.SearchTerms(in.Q), in.Limit)
	return listOf(catalog.Page[identity.Person]{Items: people}, func(p identity.Person) helpedBody { return helpedOf(ctx, p) }, err)
}

func (s *server) lookAtDoctor(ctx context.Context, in *AccountPath) (*helpedAnswer, error) {
	if _, err := helper(ctx); err != nil {
		return nil, err
	}
	p, err := s.Store.LookAt(ctx, in.ID)
	return helpedAnswered(ctx, p, err)
}

// reasoned is the body of an act that needs nothing but why.
type reasoned struct {
	AccountPath
	Body struct {
		Reason string `json:"reason" maxLength:"2000" example:"Her mail server is down; she called from the hospital." doc:"Written to the audit log."`
	}
}

type codeMailed struct {
	Body struct {
		Email      string `json:"email" doc:"Where it went."`
		ExpiresInS int    `json:"expires_in_s" example:"600"`
	}
}

func (s *server) sendCodeAgain(ctx context.Context, in *reasoned) (*codeMailed, error) {
	if _, err := helper(ctx); err != nil {
		return nil, err
	}
	reason, err := identity.CleanReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	answer := new(codeMailed)
	answer.Body.ExpiresInS = int(identity.CodeLife / time.Second)
	answer.Body.Email, err = s.Store.SendCodeAgain(ctx, in.ID, reason, identity.MintCode(s.Pepper, time.Now()))
	return answer, err
}

type phoneCode struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Code      string    `json:"code" example:"123456" doc:"It is in this answer and nowhere else."`
		Email     string    `json:"email" doc:"The address to enter it with."`
		ExpiresAt time.Time `json:"expires_at"`
	}
}

func (s *server) readOutCode(ctx context.Context, in *reasoned) (*phoneCode, error) {
	if _, err := helper(ctx); err != nil {
		return nil, err
	}
	reason, err := identity.CleanReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	code := identity.MintReadOut(s.Pepper, time.Now())
	answer := &phoneCode{CacheControl: noStore}
	answer.Body.Code, answer.Body.ExpiresAt = code.Digits, code.ExpiresAt.UTC()
	if answer.Body.Email, err = s.Store.ReadOutCode(ctx, in.ID, reason, code); err != nil {
		return nil, err
	}
	return answer, nil
}

func (s *server) correctDoctor(ctx context.Context, in *struct {
	AccountPath
	Body struct {
		Name   *string `json:"name,omitempty" maxLength:"400"`
		Email  *string `json:"email,omitempty" maxLength:"320"`
		Reason string  `json:"reason" maxLength:"2000" example:"Misspelled when she was invited."`
	}
},
) (*helpedAnswer, error) {
	if _, err := helper(ctx); err != nil {
		return nil, err
	}
	c, err := identity.Correction{Name: in.Body.Name, Email: in.Body.Email, Reason: in.Body.Reason}.Clean()
	if err != nil {
		return nil, err
	}
	p, err := s.Store.CorrectPerson(ctx, in.ID, c)
	return helpedAnswered(ctx, p, err)
}

type emailAct struct {
	AccountPath
	Body struct {
		Email  string `json:"email" maxLength:"320" example:"ana@mail.example"`
		Reason string `json:"reason" maxLength:"2000" example:"She uses both."`
	}
}

// clean returns the address and the reason of an act, from somebody who may help.
func (in *emailAct) clean(ctx context.Context) (email, reason string, err error) {
	if _, err = helper(ctx); err != nil {
		return "", "", err
	}
	if email, err = identity.NormalEmail(in.Body.Email); err != nil {
		return "", "", err
	}
	reason, err = identity.CleanReason(in.Body.Reason)
	return email, reason, err
}

func (s *server) linkEmail(ctx context.Context, in *emailAct) (*helpedAnswer, error) {
	email, reason, err := in.clean(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.LinkEmail(ctx, in.ID, email, reason)
	return helpedAnswered(ctx, p, err)
}

func (s *server) unlinkEmail(ctx context.Context, in *emailAct) (*struct{}, error) {
	email, reason, err := in.clean(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.UnlinkEmail(ctx, in.ID, email, reason)
}
