package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// UploadLinkStore keeps the links by which people without an account upload.
type UploadLinkStore interface {
	AddUploadLink(ctx context.Context, webinar catalog.WebinarID, life time.Duration, hash []byte) (identity.UploadLink, error)
	UploadLinks(ctx context.Context, webinar catalog.WebinarID) ([]identity.UploadLink, error)
	UploadLink(ctx context.Context, id string) (identity.UploadLink, error)
	RevokeToken(ctx context.Context, id string) error
}

// registerUploadLinks: a presenter has somebody else send the recording.
func (s *server) registerUploadLinks() {
	const in = "/v1/webinars/{id}/upload_links"
	add := operation("create-upload-link", http.MethodPost, in, tagUpload, "Make a link by which somebody without an account sends one recording", http.StatusCreated, forMakers...)
	add.Description = "For the webinar's presenters and administrators. The url leads to a page that uploads; what stands after its # is the secret, which browsers send to nobody. It is shown this once. " +
		"Programs use the secret as a bearer token: it opens the calls of an upload to this webinar, and of the recording it has sent, and nothing else. It takes one recording and ends by itself."
	huma.Register(s.api, add, s.createUploadLink)
	huma.Register(s.api, operation("list-upload-links", http.MethodGet, in, tagUpload, "List the newest upload links of a webinar, without their secrets", http.StatusOK, forReaders...), s.listUploadLinks)
	huma.Register(s.api, operation("end-upload-link", http.MethodDelete, "/v1/upload_links/{id}", tagUpload, "End an upload link; idempotent", http.StatusNoContent, forReaders...), s.endUploadLink)
	get := operation("get-upload-link", http.MethodGet, "/v1/upload_link", tagUpload, "What the upload link is for that asks", http.StatusOK, http.StatusUnauthorized, http.StatusForbidden)
	get.Description = "For the holder of an upload link, by its secret as a bearer token."
	huma.Register(s.api, get, s.ownUploadLink)
}

type uploadLinkBody struct {
	ID         string     `json:"id"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at" nullable:"true" doc:"To the minute."`
	RevokedAt  *time.Time `json:"revoked_at" nullable:"true"`
	Used       bool       `json:"used" doc:"A recording has arrived by it."`
}

func uploadLinkOf(l identity.UploadLink) uploadLinkBody {
	return uploadLinkBody{ID: l.ID, CreatedAt: l.CreatedAt.UTC(), ExpiresAt: l.ExpiresAt.UTC(), LastUsedAt: utc(l.LastUsedAt), RevokedAt: utc(l.RevokedAt), Used: l.Used}
}

type newUploadLinkAnswer struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		ID        string    `json:"id"`
		URL       string    `json:"url" doc:"Whoever has it may send one recording until it ends."`
		ExpiresAt time.Time `json:"expires_at"`
	}
}

func (s *server) createUploadLink(ctx context.Context, in *struct {
	WebinarPath
	Body struct {
		LifeS float64 `json:"life_s,omitempty" minimum:"600" maximum:"1209600" default:"259200" doc:"How long it can be used, in seconds; three days when left out, fourteen at most."`
	}
},
) (*newUploadLinkAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.MayUpload(ctx, who, in.ID); err != nil {
		return nil, err
	}
	life := identity.UploadLinkLife
	if in.Body.LifeS > 0 {
		life = time.Duration(in.Body.LifeS * float64(time.Second))
	}
	secret := identity.NewAPIToken()
	hash, _ := identity.HashAPIToken(secret)
	link, err := s.Store.AddUploadLink(ctx, in.ID, life, hash)
	if err != nil {
		return nil, err
	}
	answer := &newUploadLinkAnswer{CacheControl: noStore}
	answer.Body.ID, answer.Body.URL, answer.Body.ExpiresAt = link.ID, s.BaseURL+"/send#"+secret, link.ExpiresAt.UTC()
	return answer, nil
}

func (s *server) listUploadLinks(ctx context.Context, in *WebinarPath) (*listed[uploadLinkBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.MayUpload(ctx, who, in.ID); err != nil {
		return nil, err
	}
	links, err := s.Store.UploadLinks(ctx, in.ID)
	return listOf(catalog.Page[identity.UploadLink]{Items: links}, uploadLinkOf, err)
}

func (s *server) endUploadLink(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"100"`
},
) (*struct{}, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	link, err := s.Store.UploadLink(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Store.MayUpload(ctx, who, link.WebinarID); err != nil {
		return nil, err
	}
	return nil, s.Store.RevokeToken(ctx, in.ID)
}

type ownUploadLinkAnswer struct {
	Body struct {
		WebinarID   catalog.WebinarID   `json:"webinar_id"`
		Title       string              `json:"title" doc:"Of the webinar."`
		PlannedS    float64             `json:"planned_s" doc:"How long it was planned to be; 0 when nobody has said."`
		ExpiresAt   time.Time           `json:"expires_at"`
		Used        bool                `json:"used"`
		RecordingID catalog.RecordingID `json:"recording_id,omitempty" doc:"What was begun or sent by it, the newest."`
		State       string              `json:"state,omitempty"`
		Filename    string              `json:"filename,omitempty"`
	}
}

func (s *server) ownUploadLink(ctx context.Context, _ *struct{}) (*ownUploadLinkAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if who.UploadTo == "" {
		return nil, catalog.ErrForbidden
	}
	link, err := s.Store.UploadLink(ctx, who.TokenID)
	if err != nil {
		return nil, err
	}
	webinar, err := s.Store.Webinar(ctx, identity.Principal{Roles: []identity.Role{identity.RoleAdmin}}, who.UploadTo)
	if err != nil {
		return nil, err
	}
	answer := new(ownUploadLinkAnswer)
	b := &answer.Body
	b.WebinarID, b.Title, b.ExpiresAt, b.Used = webinar.ID, webinar.Title, link.ExpiresAt.UTC(), link.Used
	if webinar.StartsAt != nil && webinar.EndsAt != nil {
		b.PlannedS = webinar.EndsAt.Sub(*webinar.StartsAt).Seconds()
	}
	recordings, err := s.Store.RecordingsOf(ctx, who.UploadTo, catalog.PageRequest{Limit: catalog.MaxPageLimit})
	for _, r := range recordings.Items {
		if r.CreatedBy == catalog.AccountID(who.TokenID) {
			b.RecordingID, b.State, b.Filename = r.ID, string(r.State), r.Filename
		}
	}
	return answer, err
}
