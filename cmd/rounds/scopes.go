package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"rounds/catalog/identity"
)

// scopeOperations are the calls that each scope of a narrow API token opens.
// A call that is in none – signing in, one's own account, tokens, roles of
// support, erasure – is closed to narrow tokens, and so is a new one until it
// gets a place here.
var scopeOperations = map[identity.Scope]string{
	identity.ScopeCatalogRead: `
		get-program list-programs get-course list-courses get-webinar list-webinars find-webinars search list-materials
		download-material list-rules preview-rule get-recording list-recordings list-all-recordings get-webinar-readiness watch-recording watch-source watch-preview
		get-upload list-upload-links get-captions list-captions get-chapters get-poster get-live-map get-time-map get-excluded-ranges
		preview-excluded-ranges list-deleted
	`,
	identity.ScopeCatalogWrite: `
		create-program update-program delete-program restore-program create-course update-course delete-course restore-course
		order-courses order-webinars create-webinar update-webinar delete-webinar restore-webinar create-material
		complete-material delete-material set-rule create-recording sign-parts complete-upload abort-upload publish-recording
		create-upload-link end-upload-link withdraw-recording retry-recording trim-recording put-captions delete-captions put-chapters put-poster set-live-map set-time-map
		set-excluded-ranges
	`,
	identity.ScopePeopleRead: `
		list-accounts get-account export-accounts list-enrolments export-enrolments list-invitations get-account-import
		list-account-imports list-account-import-rows list-spot-windows get-spot-window list-spot-requests
	`,
	identity.ScopePeopleWrite: `
		create-presenter update-account enrol end-enrolment create-invitations import-accounts create-spot-window
		update-spot-window approve-spot-request refuse-spot-request
	`,
	identity.ScopeAttendanceWrite: `
		import-attendance retract-attendance match-attendance unmatch-attendance list-unmatched-attendance
		list-attendance-imports list-all-attendance-imports list-attendance-claims decide-attendance-claim list-attendance-mappings save-attendance-mapping
		delete-attendance-mapping
	`,
	identity.ScopeReportsRead: `
		get-program-progress get-webinar-progress get-program-quality get-webinar-quality get-webinar-analytics export-evidence explain-program
		list-waivers list-certificates sponsor-figures get-health-report list-play-reports list-all-questions count-open-questions
	`,
	identity.ScopeMessagesRead: `
		list-message-kinds list-message-templates get-message-template preview-message-template list-messages
		list-undeliverable get-account-channel list-webhook-endpoints get-webhook-endpoint list-webhook-deliveries
		get-webhook-delivery
	`,
	identity.ScopeMessagesWrite: `
		create-message-template update-message-template delete-message-template send-message-again lift-undeliverable
		set-account-channel create-webhook-endpoint update-webhook-endpoint delete-webhook-endpoint rotate-webhook-secret
		replay-webhooks
	`,
}

// uploadLinkOperations are the calls that the holder of an upload link may make,
// for the webinar and the recording of that link only.
var uploadLinkOperations = []string{
	"get-upload-link", "create-recording", "sign-parts", "get-upload", "complete-upload", "abort-upload", "get-recording",
}

// scopeOf is scopeOperations by the call.
func scopeOf() map[string]identity.Scope {
	scopes := map[string]identity.Scope{}
	for scope, operations := range scopeOperations {
		for _, id := range strings.Fields(operations) {
			scopes[id] = scope
		}
	}
	return scopes
}

// withScopes lets narrow tokens do what their scopes name. It has to be put into
// the API before its calls are registered. Outside of the API – pages, raw
// routes – a narrow token has no role.
func withScopes(api huma.API) {
	scopes := scopeOf()
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		who := identity.FromContext(ctx.Context())
		if !who.Narrow() || who.UploadTo != "" && slices.Contains(uploadLinkOperations, ctx.Operation().OperationID) {
			next(ctx)
			return
		}
		scope := scopes[ctx.Operation().OperationID]
		granted, ok := who.Within(scope)
		if !ok {
			detail := missingScope(scope)
			sendProblem(humagin.Unwrap(ctx).Writer, newProblem(http.StatusForbidden, "missing_scope", detail))
			return
		}
		next(huma.WithContext(ctx, identity.NewContext(ctx.Context(), granted)))
	})
}

func missingScope(scope identity.Scope) string {
	if scope == "" {
		return "No token with scopes may do this."
	}
	return "This token lacks the scope " + string(scope) + "."
}

// documentScopes says at each call which scope opens it.
func documentScopes(document *huma.OpenAPI) {
	scopes := scopeOf()
	for _, item := range document.Paths {
		for _, operation := range operationsOf(item) {
			if scope, narrow := scopes[operation.OperationID]; narrow {
				operation.Description = strings.TrimSpace(operation.Description + " Scope: `" + string(scope) + "`.")
			}
			if operation.Responses["403"] == nil && operation.Responses["401"] != nil {
				operation.Responses["403"] = &huma.Response{Description: http.StatusText(http.StatusForbidden), Content: operation.Responses["401"].Content}
			}
		}
	}
}
