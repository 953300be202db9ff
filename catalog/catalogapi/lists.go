package catalogapi

import (
	"time"

	"rounds/catalog"
)

// Paging is the query of every list. It is exported, as are the paths, since huma
// looks only into embedded structs that are.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Most items in the answer."`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before; left out for the first page."`
}

func (p Paging) request() catalog.PageRequest {
	return catalog.PageRequest{Limit: p.Limit, Cursor: p.Cursor}
}

// list is the body of every list.
type list[T any] struct {
	Items      []T     `json:"items" nullable:"false"`
	NextCursor *string `json:"next_cursor" doc:"Give it as cursor to get the next page; null on the last."`
}

// listed is the answer of every list.
type listed[T any] struct{ Body list[T] }

// listOf turns a page of values into the answer.
func listOf[V, T any](page catalog.Page[V], body func(V) T, err error) (*listed[T], error) {
	if err != nil {
		return nil, err
	}
	answer := &listed[T]{Body: list[T]{Items: make([]T, len(page.Items))}}
	for i, v := range page.Items {
		answer.Body.Items[i] = body(v)
	}
	if page.NextCursor != "" {
		answer.Body.NextCursor = &page.NextCursor
	}
	return answer, nil
}

// utc is t for a JSON body.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	in := t.UTC()
	return &in
}
