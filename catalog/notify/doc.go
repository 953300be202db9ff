// Package notify is the outbox: what is to be told to people outside the pages.
//
// Whoever has something to tell puts a catalog.Message into the outbox in the
// transaction that causes it (Outbox.Put). Its content is sealed in the row,
// since it can hold a one-time code; a River job carries the row's id only.
// A Sender takes the job, renders the message in the reader's language and
// hands it to a Transport: an SMTP server, or a folder of .eml files.
//
//	Put (in the caller's transaction) → job → Sender → Transport
//	                                     ↑ sweeper: what is due and unsent
//
// The row is the truth, a job only a hint: a lost or repeated one does no harm.
// A sender locks the row, so two never send the same message; the sweeper
// hints again at what a dead process or a refusing server left behind, with
// growing pauses. A code that is no longer valid is given up instead of sent.
// When a process dies between the server's acceptance and our commit, the
// message is sent again with the same Message-ID, by which mail programs
// recognise it.
//
// Codes somebody waits for travel in a queue of their own, so that they
// overtake an invitation to twenty thousand doctors.
//
// Mail is composed and sent by wneessen/go-mail: it does MIME, encodings and
// STARTTLS as the RFCs want them. This package is River's second home and must
// not import its siblings; cmd hands it a pool and a client.
package notify
