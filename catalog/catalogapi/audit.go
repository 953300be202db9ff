package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

func (s *server) registerAudit() {
	huma.Register(s.api, operation("list-audit-log", http.MethodGet, "/v1/audit_log", tagPeople,
		"List who changed what, newest first", http.StatusOK, forAdmins...), s.listAudit)
}

type auditBody struct {
	ID         int64          `json:"id"`
	At         time.Time      `json:"at"`
	Actor      string         `json:"actor" doc:"Account id, token id, or system."`
	Action     string         `json:"action" example:"webinar.update"`
	ObjectType string         `json:"object_type" example:"webinar"`
	ObjectID   string         `json:"object_id"`
	Detail     map[string]any `json:"detail"`
}

func (s *server) listAudit(ctx context.Context, in *struct {
	Paging
	ObjectID string `query:"object_id" maxLength:"100" doc:"Only what was done to this object."`
},
) (*listed[auditBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	object, err := catalog.CleanLine("object_id", in.ObjectID, 100, false)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.AuditLog(ctx, object, in.request())
	return listOf(page, func(e identity.AuditEntry) auditBody { return auditBody(e) }, err)
}
