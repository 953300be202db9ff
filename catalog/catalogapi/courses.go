package catalogapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// CourseStore keeps courses.
type CourseStore interface {
	CreateCourse(ctx context.Context, c catalog.Course) (catalog.Course, error)
	Course(ctx context.Context, who identity.Principal, id catalog.CourseID) (catalog.Course, error)
	Courses(ctx context.Context, who identity.Principal, program catalog.ProgramID, p catalog.PageRequest) (catalog.Page[catalog.Course], error)
	UpdateCourse(ctx context.Context, id catalog.CourseID, version *int, change func(*catalog.Course) error) (catalog.Course, error)
	DeleteCourse(ctx context.Context, id catalog.CourseID, version *int) error
	// OrderCourses and OrderWebinars take exactly what is there.
	OrderCourses(ctx context.Context, id catalog.ProgramID, ids []catalog.CourseID) error
	OrderWebinars(ctx context.Context, id catalog.CourseID, ids []catalog.WebinarID) error
}

func (s *server) registerCourses() {
	const in, one = "/v1/programs/{id}/courses", "/v1/courses/{id}"
	huma.Register(s.api, s.creating(operation("create-course", http.MethodPost, in, tagCatalog,
		"Add a course to a program", http.StatusCreated, forMakers...)), s.createCourse)
	huma.Register(s.api, operation("list-courses", http.MethodGet, in, tagCatalog,
		"List the courses of a program in their order", http.StatusOK, forReaders...), s.listCourses)
	huma.Register(s.api, operation("get-course", http.MethodGet, one, tagCatalog, "Read a course", http.StatusOK, forReaders...), s.getCourse)
	huma.Register(s.api, operation("update-course", http.MethodPatch, one, tagCatalog, "Change a course", http.StatusOK, forChanges...), s.updateCourse)
	huma.Register(s.api, operation("delete-course", http.MethodDelete, one, tagCatalog,
		"Delete a course with its webinars; nobody sees it any more. It can be restored for thirty days", http.StatusNoContent, forChanges...), s.deleteCourse)
	s.registerOrder()
}

type courseBody struct {
	ID                   catalog.CourseID    `json:"id"`
	ProgramID            catalog.ProgramID   `json:"program_id"`
	Title                string              `json:"title"`
	Description          string              `json:"description"`
	Position             int                 `json:"position"`
	Prerequisites        []catalog.CourseRef `json:"prerequisites" nullable:"false" doc:"What a doctor has to complete before she may open this course."`
	MissingPrerequisites []catalog.CourseRef `json:"missing_prerequisites" nullable:"false" doc:"Those of them that the doctor who asks has not completed; empty for everybody else. While there are any, the webinars of the course are refused (409 prerequisites_missing)."`
	Version              int                 `json:"version"`
	CreatedAt            time.Time           `json:"created_at"`
	UpdatedAt            time.Time           `json:"updated_at"`
}

func courseOf(c catalog.Course) courseBody {
	return courseBody{
		ID: c.ID, ProgramID: c.ProgramID, Title: c.Title, Description: c.Description, Position: c.Position,
		Prerequisites: c.Prerequisites, MissingPrerequisites: c.Missing, Version: c.Version, CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
	}
}

type courseAnswer = etagged[courseBody]

func courseAnswered(c catalog.Course, err error) (*courseAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &courseAnswer{ETag: etag(c.Version), Body: courseOf(c)}, nil
}

// courseChange has the fields that a client may set; nil leaves one as it is.
type courseChange struct {
	Title           *string             `json:"title,omitempty" maxLength:"600"`
	Description     *string             `json:"description,omitempty" maxLength:"20000"`
	Position        *int                `json:"position,omitempty" minimum:"0" maximum:"1000000" doc:"Order inside the program."`
	PrerequisiteIDs *[]catalog.CourseID `json:"prerequisite_ids,omitempty" maxItems:"50" doc:"Replaces all prerequisites: courses of the same program that do not themselves wait for this one (circular_prerequisites)."`
}

func (c courseChange) apply(course *catalog.Course) (err error) {
	if course.Title, err = changedLine("title", c.Title, course.Title); err != nil {
		return err
	}
	if course.Description, err = changedText("description", c.Description, course.Description); err != nil {
		return err
	}
	if c.Position != nil {
		course.Position = *c.Position
	}
	if c.PrerequisiteIDs != nil {
		course.Prerequisites = nil
		for _, id := range slices.Compact(slices.Sorted(slices.Values(*c.PrerequisiteIDs))) {
			course.Prerequisites = append(course.Prerequisites, catalog.CourseRef{ID: id})
		}
	}
	return nil
}

type newCourseBody struct {
	Title           string             `json:"title" maxLength:"600" example:"Recognising and starting treatment"`
	Description     string             `json:"description,omitempty" maxLength:"20000"`
	Position        *int               `json:"position,omitempty" minimum:"0" maximum:"1000000" doc:"Left out: at the end."`
	PrerequisiteIDs []catalog.CourseID `json:"prerequisite_ids,omitempty" maxItems:"50" nullable:"false" doc:"Courses of the same program that a doctor has to complete before."`
}

func (s *server) createCourse(ctx context.Context, in *struct {
	ProgramPath
	Body newCourseBody
},
) (*courseAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	c := catalog.Course{ProgramID: in.ID, Position: -1}
	if err := (courseChange{Title: &in.Body.Title, Description: &in.Body.Description, Position: in.Body.Position, PrerequisiteIDs: &in.Body.PrerequisiteIDs}).apply(&c); err != nil {
		return nil, err
	}
	return courseAnswered(s.Store.CreateCourse(ctx, c))
}

func (s *server) listCourses(ctx context.Context, in *struct {
	ProgramPath
	Paging
},
) (*listed[courseBody], error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Courses(ctx, who, in.ID, in.request())
	return listOf(page, courseOf, err)
}

// CoursePath names a course.
type CoursePath struct {
	ID catalog.CourseID `path:"id" maxLength:"100"`
}

func (s *server) getCourse(ctx context.Context, in *CoursePath) (*courseAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	return courseAnswered(s.Store.Course(ctx, who, in.ID))
}

func (s *server) updateCourse(ctx context.Context, in *struct {
	CoursePath
	Precondition
	Body courseChange
},
) (*courseAnswer, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return courseAnswered(s.Store.UpdateCourse(ctx, in.ID, version, in.Body.apply))
}

func (s *server) deleteCourse(ctx context.Context, in *struct {
	CoursePath
	Precondition
},
) (*struct{}, error) {
	version, err := adminChange(ctx, in.Precondition)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.DeleteCourse(ctx, in.ID, version)
}
