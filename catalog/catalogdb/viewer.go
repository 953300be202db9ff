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

// What a viewer ($1) may see: the programs she is enrolled in and the webinars
// she presents, with what they lie in.
const (
	seesProgram = `($1::text is null
		or exists (select from enrolments e where e.program_id = p.id and e.account_id = $1 and e.withdrawn_at is null)
		or exists (select from webinar_presenters wp join webinars pw on pw.id = wp.webinar_id join courses pc on pc.id = pw.course_id
		           where wp.account_id = $1 and pc.program_id = p.id and pw.deleted_at is null))`
	seesCourse = `($1::text is null
		or exists (select from enrolments e where e.program_id = c.program_id and e.account_id = $1 and e.withdrawn_at is null)
		or exists (select from webinar_presenters wp join webinars pw on pw.id = wp.webinar_id
		           where wp.account_id = $1 and pw.course_id = c.id and pw.deleted_at is null))`
	seesWebinar = `($1::text is null
		or exists (select from enrolments e where e.program_id = c.program_id and e.account_id = $1 and e.withdrawn_at is null)
		or exists (select from webinar_presenters wp where wp.account_id = $1 and wp.webinar_id = w.id))`
)
