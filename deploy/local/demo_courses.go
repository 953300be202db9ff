package main

import (
	"context"
	"time"
)

// demoCourse is a course behind the first one. Together they show what a doctor can
// meet: something to go on with, something that opens when another course is
// completed, something live to come, and something that is only announced.
type demoCourse struct {
	title    string
	after    bool // the first course has to be completed before
	webinars []demoWebinar
}

// demoWebinar is one of its webinars.
type demoWebinar struct {
	title  string
	inDays int   // until it is live; 0: it has no schedule
	talk   *talk // what is recorded of it; nil: nothing
}

// firstCourseGoesOn is the second webinar of the first course.
var firstCourseGoesOn = demoWebinar{title: "Questions from practice: the first ninety days", talk: &questionsTalk}

// furtherCourses are those behind the first.
var furtherCourses = []demoCourse{
	{title: "Course 2: Living with heart failure", after: true, webinars: []demoWebinar{
		{title: "What patients ask at home", talk: &homeTalk},
	}},
	{title: "Course 3: Devices and when to refer", webinars: []demoWebinar{
		{title: "Who needs a defibrillator?", inDays: 14},
	}},
	{title: "Course 4: Shared care", webinars: []demoWebinar{
		{title: "Heart failure clinic and family practice"},
	}},
}

// recorded lists the further webinars with a recording, in the order in which they are made.
func recorded() []demoWebinar {
	list := []demoWebinar{firstCourseGoesOn}
	for _, c := range furtherCourses {
		for _, w := range c.webinars {
			if w.talk != nil {
				list = append(list, w)
			}
		}
	}
	return list
}

func seedCourses(ctx context.Context, api *apiClient, d *demoState) error {
	if err := seedTalk(ctx, api, d, d.CourseID, firstCourseGoesOn); err != nil {
		return err
	}
	for _, c := range furtherCourses {
		course := object{"title": c.title}
		if c.after {
			course["prerequisite_ids"] = []string{d.CourseID}
		}
		id, err := d.make(ctx, api, "/v1/programs/"+d.ProgramID+"/courses", c.title, course)
		if err != nil {
			return err
		}
		for _, w := range c.webinars {
			if err := seedTalk(ctx, api, d, id, w); err != nil {
				return err
			}
		}
	}
	return nil
}

func seedTalk(ctx context.Context, api *apiClient, d *demoState, course string, w demoWebinar) error {
	webinar := object{"title": w.title, "presenter_ids": []string{d.PresenterID}}
	if w.inDays > 0 {
		at := time.Now().UTC().AddDate(0, 0, w.inDays).Truncate(24 * time.Hour).Add(17 * time.Hour)
		webinar["starts_at"], webinar["ends_at"] = at, at.Add(time.Hour)
	}
	_, err := d.make(ctx, api, "/v1/courses/"+course+"/webinars", w.title, webinar)
	return err
}

// make creates what has that title, unless it was made before, and returns its id.
func (d *demoState) make(ctx context.Context, api *apiClient, path, title string, body object) (string, error) {
	id := d.Made[title]
	if err := api.create(ctx, &id, path, body); err != nil {
		return "", err
	}
	if d.Made == nil {
		d.Made = map[string]string{}
	}
	d.Made[title] = id
	return id, nil
}
