package catalog

import "time"

// Crowd is who may come to a live webinar.
type Crowd struct {
	Webinar          WebinarID
	Title            string
	StartsAt, EndsAt time.Time
	Doctors          int // that are enrolled
	Expected         int // as an administrator said; 0: nobody did
}
