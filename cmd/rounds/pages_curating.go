package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"rounds/catalog"
	"rounds/player"
)

// itemAnswer is a program, course or webinar as the API tells it.
type itemAnswer struct {
	ID            string              `json:"id"`
	ProgramID     string              `json:"program_id"`
	CourseID      string              `json:"course_id"`
	Title         string              `json:"title"`
	Description   string              `json:"description"`
	Version       int                 `json:"version"`
	Prerequisites []catalog.CourseRef `json:"prerequisites"`
	TimeZone      string              `json:"time_zone"`
	StartsAt      *time.Time          `json:"starts_at"`
	EndsAt        *time.Time          `json:"ends_at"`
	OpensAt       *time.Time          `json:"opens_at"`
	ClosesAt      *time.Time          `json:"closes_at"`
	PresenterIDs  []string            `json:"presenter_ids"`
	ModeratorIDs  []string            `json:"moderator_ids"`
	Expected      int                 `json:"expected_viewers"`
	AutoPublish   bool                `json:"auto_publish"`
}

func itemPath(kind, id string) string { return "/v1/" + kind + "s/" + url.PathEscape(id) }

const (
	kindCourse  = "course"
	kindWebinar = "webinar"
)

// Item implements player.Curating.
func (p *pages) Item(ctx context.Context, kind, id string) (player.Item, error) {
	var a itemAnswer
	if err := p.get(ctx, itemPath(kind, id), &a); err != nil {
		return player.Item{}, err
	}
	item := player.Item{
		Kind: kind, ID: a.ID, Title: a.Title, Description: a.Description, Version: a.Version, TimeZone: a.TimeZone, StartsAt: a.StartsAt, EndsAt: a.EndsAt,
		OpensAt: a.OpensAt, ClosesAt: a.ClosesAt, PresenterIDs: a.PresenterIDs, ModeratorIDs: a.ModeratorIDs, Expected: a.Expected, AutoPublish: a.AutoPublish,
	}
	if kind != kindCourse {
		return item, nil
	}
	for _, first := range a.Prerequisites {
		item.Prerequisites = append(item.Prerequisites, string(first.ID))
	}
	courses, err := listAll[itemAnswer](ctx, p, programPath(a.ProgramID)+"/courses", url.Values{})
	for _, c := range courses {
		if c.ID != id {
			item.Others = append(item.Others, player.Option{Value: c.ID, Label: c.Title})
		}
	}
	return item, err
}

// SaveItem implements player.Curating.
func (p *pages) SaveItem(ctx context.Context, item player.Item) error {
	body := map[string]any{"title": item.Title, "description": item.Description}
	switch item.Kind {
	case kindCourse:
		body["prerequisite_ids"] = append([]string{}, item.Prerequisites...)
	case kindWebinar:
		body["time_zone"], body["auto_publish"], body["expected_viewers"] = item.TimeZone, item.AutoPublish, item.Expected
		body["presenter_ids"], body["moderator_ids"] = append([]string{}, item.PresenterIDs...), append([]string{}, item.ModeratorIDs...)
		body["starts_at"], body["ends_at"], body["opens_at"], body["closes_at"] = item.StartsAt, item.EndsAt, item.OpensAt, item.ClosesAt
	}
	return p.patch(ctx, itemPath(item.Kind, item.ID), item.Version, body)
}

// MoveItem implements player.Curating: the whole list is sent in its new order.
func (p *pages) MoveItem(ctx context.Context, kind, id string, up bool) error {
	var a itemAnswer
	if err := p.get(ctx, itemPath(kind, id), &a); err != nil {
		return err
	}
	around, field := programPath(a.ProgramID)+"/courses", "course_ids"
	if kind == kindWebinar {
		around, field = "/v1/courses/"+url.PathEscape(a.CourseID)+"/webinars", "webinar_ids"
	}
	items, err := listAll[struct{ ID string }](ctx, p, around, url.Values{})
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.ID)
	}
	_, err = p.do(ctx, http.MethodPut, around+"/order", map[string]any{field: moved(ids, id, up)}, "")
	return err
}

// moved puts id one place up or down; at the end of the list it stays.
func moved(ids []string, id string, up bool) []string {
	from := slices.Index(ids, id)
	to := from + 1
	if up {
		to = from - 1
	}
	if from >= 0 && to >= 0 && to < len(ids) {
		ids[from], ids[to] = ids[to], ids[from]
	}
	return ids
}

// DeleteItem implements player.Curating.
func (p *pages) DeleteItem(ctx context.Context, kind, id string) error {
	_, err := p.do(ctx, http.MethodDelete, itemPath(kind, id), nil, "")
	return err
}

// RestoreItem implements player.Curating.
func (p *pages) RestoreItem(ctx context.Context, kind, id string) error {
	return p.post(ctx, itemPath(kind, id)+"/restore", nil, nil)
}

// DeletedItems implements player.Curating.
func (p *pages) DeletedItems(ctx context.Context, cursor string) (items []player.DeletedItem, next string, err error) {
	type deleted struct {
		Kind      string    `json:"kind"`
		ID        string    `json:"id"`
		Title     string    `json:"title"`
		DeletedAt time.Time `json:"deleted_at"`
		PurgeAt   time.Time `json:"purge_at"`
	}
	found, next, err := listOnce[deleted](ctx, p, "/v1/deleted", url.Values{"limit": {"50"}}, cursor)
	for _, d := range found {
		items = append(items, player.DeletedItem(d))
	}
	return items, next, err
}

// Search implements player.Searching.
func (p *pages) Search(ctx context.Context, words, cursor string) (hits []player.Hit, next string, err error) {
	type hit struct {
		Kind         string `json:"kind"`
		ID           string `json:"id"`
		Title        string `json:"title"`
		FoundBy      string `json:"found_by"`
		ProgramTitle string `json:"program_title"`
		CourseTitle  string `json:"course_title"`
		Presenters   []struct {
			Name string `json:"name"`
		} `json:"presenters"`
		Moments []struct {
			AtS   float64 `json:"at_s"`
			Lang  string  `json:"lang"`
			Words string  `json:"words"`
		} `json:"moments"`
	}
	found, next, err := listOnce[hit](ctx, p, "/v1/search", url.Values{"q": {words}, "limit": {"20"}}, cursor)
	for _, h := range found {
		one := player.Hit{Kind: h.Kind, ID: h.ID, Title: h.Title, FoundBy: h.FoundBy, ProgramTitle: h.ProgramTitle, CourseTitle: h.CourseTitle}
		for _, who := range h.Presenters {
			one.Presenters = append(one.Presenters, who.Name)
		}
		for _, m := range h.Moments {
			one.Moments = append(one.Moments, player.Moment(m))
		}
		hits = append(hits, one)
	}
	return hits, next, err
}
