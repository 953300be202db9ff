package main

// demoNames is the demo part of local.json.
type demoNames struct {
	DoctorEmail    string `json:"doctor_email"`
	PresenterEmail string `json:"presenter_email"`
	InvitationCode string `json:"invitation_code"` // not used yet
	ProgramID      string `json:"program_id"`
	CourseID       string `json:"course_id"`
	WebinarID      string `json:"webinar_id"`
}

// demoState is how far the demo has come; each step is saved, so that a start
// that was interrupted continues and a restart seeds nothing twice.
type demoState struct {
	demoNames
	AdminID     string   `json:"admin_id,omitempty"`
	PresenterID string   `json:"presenter_id,omitempty"`
	Invitations []string `json:"invitations,omitempty"` // the first is the demo doctor's
	Requested   bool     `json:"requested,omitempty"`   // the doctor asked to be registered
	Seeded      bool     `json:"seeded,omitempty"`      // everything but the recording
	RecordingID string   `json:"recording_id,omitempty"`
	Finished    bool     `json:"finished,omitempty"` // the recording is ready

	// What is there beside the first webinar, by title. A data folder that an
	// earlier release made has none of it, and stays as it is.
	Made    map[string]string     `json:"made,omitempty"` // ids of courses and webinars
	Further map[string]demoUpload `json:"further,omitempty"`

	Complete bool `json:"complete,omitempty"` // no recording is under way any more
}

// demoUpload is how far a further recording has come.
type demoUpload struct {
	RecordingID string `json:"recording_id,omitempty"`
	Finished    bool   `json:"finished,omitempty"` // ready
}
