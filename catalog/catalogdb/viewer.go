package catalogdb

import "rounds/catalog/identity"

// viewer is the account whose enrolments and webinars limit what may be seen;
// nil for those who may see everything. It becomes a nullable parameter.
func viewer(p identity.Principal) *string {
	if p.Admin() {
		return nil
	}
	id := string(p.AccountID) // "" sees nothing
	return &id
}

// leads are who presents or moderates which webinar.
const leads = `(select webinar_id, account_id from webinar_presenters union all select webinar_id, account_id from webinar_moderators)`

// leadsInCourse tells whether the viewer ($1) presents or moderates a webinar of course c.
const leadsInCourse = `exists (select from ` + leads + ` wp join webinars pw on pw.id = wp.webinar_id
		           where wp.account_id = $1 and pw.course_id = c.id and pw.deleted_at is null)`

// isOpen tells whether doctors may see webinar w now.
const isOpen = `(w.opens_at is null or w.opens_at <= now()) and (w.closes_at is null or w.closes_at > now())`

// What a viewer ($1) may see: the programs she is enrolled in, without webinars
// that are not open, and the webinars she presents or moderates, with what they lie in.
const (
	seesProgram = `($1::text is null
		or exists (select from enrolments e where e.program_id = p.id and e.account_id = $1 and e.withdrawn_at is null)
		or exists (select from ` + leads + ` wp join webinars pw on pw.id = wp.webinar_id join courses pc on pc.id = pw.course_id
		           where wp.account_id = $1 and pc.program_id = p.id and pw.deleted_at is null))`
	seesCourse = `($1::text is null
		or exists (select from enrolments e where e.program_id = c.program_id and e.account_id = $1 and e.withdrawn_at is null)
		or ` + leadsInCourse + `)`
	seesWebinar = `($1::text is null
		or ` + isOpen + ` and exists (select from enrolments e where e.program_id = c.program_id and e.account_id = $1 and e.withdrawn_at is null)
		or exists (select from ` + leads + ` wp where wp.account_id = $1 and wp.webinar_id = w.id))`
)
