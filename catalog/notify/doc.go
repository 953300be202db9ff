// Package notify is the outbox: what is to be told to people outside the pages.
//
// Whoever has something to tell puts a catalog.Message into the outbox in the
// transaction that causes it (Outbox.Put). Its content is sealed in the row,
// since it can hold a one-time code; a River job carries the row's id only.
// A Sender takes the job, decides by which channel its reader is reached,
// fills the text in her language and her time zone, waits for the channel's
// turn, and hands it over.
//
//	Put (in the caller's transaction) → row → job → Sender → limiter → Transport
//	                                     ↑ sweeper: what is due and unsent
//
// The row is the truth, a job only a hint: a lost or repeated one does no harm.
// Nothing is lost while a server is away: a message is tried with growing
// pauses for as long as it is of use, a code for its own ten minutes, the rest
// for two weeks; one that was given up can be sent again by an administrator.
// A code that is no longer valid is given up instead of sent.
//
// # Never twice
//
// The same Idempotency is queued once. A sender claims the row before it hands
// the message over, and writes down afterwards that it was taken; nobody else
// touches a claimed row. Between the two a process can die, and then nobody
// knows whether the server took it. Mail over SMTP is sent again when the claim
// has ended: it keeps its Message-ID, by which mailboxes recognise it. Texts
// and mail over SES have no such name, so they are not: the row ends as
// "unsure", which administrators see, and can decide to send again. The same
// holds when a line breaks after the request was said.
//
// # Order and rate
//
// Codes somebody waits for have a queue and workers of their own, and the first
// claim on the channel's tokens (limiter), so that they overtake an invitation
// to twenty thousand doctors whatever the rate is. The rate is one row in the
// database: all processes together keep it.
//
// # Where the channels are
//
// Mail is composed by wneessen/go-mail, which also speaks SMTP with STARTTLS;
// Amazon SES and AWS End User Messaging are reached through aws-sdk-go-v2,
// WhatsApp through its Cloud API. Whose country a number is of is known by
// nyaruka/phonenumbers, the numbering plans as a library. This package is River's second home and must
// not import its siblings; cmd hands it a pool and its settings.
package notify
