package catalogapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// registerOrder: whoever moves a line of a list sends the whole list as it
// should be, so that two who do it at once cannot mix their orders.
func (s *server) registerOrder() {
	courses := operation("order-courses", http.MethodPut, "/v1/programs/{id}/courses/order", tagCatalog,
		"Put the courses of a program into another order", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...)
	courses.Description = "Names all courses of the program, each once; otherwise nothing is changed (422 incomplete_order)."
	huma.Register(s.api, courses, s.orderCourses)
	webinars := operation("order-webinars", http.MethodPut, "/v1/courses/{id}/webinars/order", tagCatalog,
		"Put the webinars of a course into another order", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...)
	webinars.Description = "Names all webinars of the course, each once; otherwise nothing is changed (422 incomplete_order)."
	huma.Register(s.api, webinars, s.orderWebinars)
}

func (s *server) orderCourses(ctx context.Context, in *struct {
	ProgramPath
	Body struct {
		CourseIDs []catalog.CourseID `json:"course_ids" maxItems:"10000" nullable:"false"`
	}
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.OrderCourses(ctx, in.ID, in.Body.CourseIDs)
}

func (s *server) orderWebinars(ctx context.Context, in *struct {
	CoursePath
	Body struct {
		WebinarIDs []catalog.WebinarID `json:"webinar_ids" maxItems:"10000" nullable:"false"`
	}
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.OrderWebinars(ctx, in.ID, in.Body.WebinarIDs)
}
