package main

import (
	"slices"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/player"
)

func TestCourseListsNameThePresenters(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	view := player.WebinarSummary{ID: "web_1", Title: "Four pillars"}
	announce(&view, catalog.Webinar{StartsAt: &at, Around: catalog.WebinarContext{Presenters: []catalog.Presenter{{ID: "acc_1", Name: "Dr Amira Haddad"}, {ID: "acc_2", Name: "Dr Ben Okafor"}}}})
	if !slices.Equal(view.Presenters, []string{"Dr Amira Haddad", "Dr Ben Okafor"}) || view.StartsAt != &at {
		t.Errorf("announced %+v", view)
	}
}
