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
	ObjectID string    `query:"object_id" maxLength:"100" doc:"Only what was done to this object."`
	Actor    string    `query:"actor" maxLength:"100" doc:"Only what this account or token did; system: what the service did by itself."`
	Action   string    `query:"action" maxLength:"100" example:"webinar.update" doc:"Only this act, or with a dot at the end all of a kind: webinar."`
	Since    time.Time `query:"since" doc:"Only what was done then or later."`
	Before   time.Time `query:"before" doc:"Only what was done before."`
},
) (*listed[auditBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	var f identity.AuditFilter
	for _, line := range []struct {
		field, value string
		to           *string
	}{{"query.object_id", in.ObjectID, &f.ObjectID}, {"query.actor", in.Actor, &f.Actor}, {"query.action", in.Action, &f.Action}} {
		var err error
		if *line.to, err = catalog.CleanLine(line.field, line.value, 100, false); err != nil {
			return nil, err
		}
	}
	f.Since, f.Before = given(in.Since), given(in.Before)
	page, err := s.Store.AuditLog(ctx, f, in.request())
	return listOf(page, func(e identity.AuditEntry) auditBody { return auditBody(e) }, err)
}

// given is a time of a query; nil when it was left out.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
