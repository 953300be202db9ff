package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// DeletedStore undoes deletions.
type DeletedStore interface {
	Deleted(ctx context.Context, p catalog.PageRequest) (catalog.Page[catalog.Deleted], error)
	RestoreProgram(ctx context.Context, id catalog.ProgramID) (catalog.Program, error)
	RestoreCourse(ctx context.Context, id catalog.CourseID) (catalog.Course, error)
	RestoreWebinar(ctx context.Context, id catalog.WebinarID) (catalog.Webinar, error)
}

func (s *server) registerDeleted() {
	const how = "With all that was in it and was not deleted by itself. Possible for thirty days (409 purged); what it lies in has to be there (409 parent_deleted). Repeating it changes nothing."
	list := operation("list-deleted", http.MethodGet, "/v1/deleted", tagCatalog, "List what was deleted and can be restored", http.StatusOK, forAdmins...)
	huma.Register(s.api, list, s.listDeleted)
	for _, o := range []struct{ id, path, summary string }{
		{"restore-program", "/v1/programs/{id}/restore", "Undo the deletion of a program"},
		{"restore-course", "/v1/courses/{id}/restore", "Undo the deletion of a course"},
		{"restore-webinar", "/v1/webinars/{id}/restore", "Undo the deletion of a webinar"},
	} {
		op := operation(o.id, http.MethodPost, o.path, tagCatalog, o.summary, http.StatusOK, forMakers...)
		op.Description = how
		switch o.id {
		case "restore-program":
			huma.Register(s.api, op, s.restoreProgram)
		case "restore-course":
			huma.Register(s.api, op, s.restoreCourse)
		default:
			huma.Register(s.api, op, s.restoreWebinar)
		}
	}
}

type deletedBody struct {
	Kind      catalog.HitKind `json:"kind" enum:"program,course,webinar"`
	ID        string          `json:"id"`
	Title     string          `json:"title"`
	DeletedAt time.Time       `json:"deleted_at"`
	PurgeAt   time.Time       `json:"purge_at" doc:"From then on its files are removed, and it cannot be restored."`
}

func deletedOf(d catalog.Deleted) deletedBody {
	return deletedBody{Kind: d.Kind, ID: d.ID, Title: d.Title, DeletedAt: d.DeletedAt.UTC(), PurgeAt: d.PurgeAt().UTC()}
}

func (s *server) listDeleted(ctx context.Context, in *Paging) (*listed[deletedBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.Deleted(ctx, in.request())
	return listOf(page, deletedOf, err)
}

func (s *server) restoreProgram(ctx context.Context, in *ProgramPath) (*programAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return programAnswered(s.Store.RestoreProgram(ctx, in.ID))
}

func (s *server) restoreCourse(ctx context.Context, in *CoursePath) (*courseAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return courseAnswered(s.Store.RestoreCourse(ctx, in.ID))
}

func (s *server) restoreWebinar(ctx context.Context, in *WebinarPath) (*webinarAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return webinarAnswered(s.Store.RestoreWebinar(ctx, in.ID))
}
