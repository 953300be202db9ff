// Package webhooks sends events to other systems as the Standard Webhooks
// specification has it (https://www.standardwebhooks.com).
//
// An event and its deliveries are rows, written by the transaction that makes
// the event happen (catalog.Event; tell_event in the schema). A Sender looks
// for deliveries that are due, takes some in hand, posts them and writes down
// what came of it; two senders never have the same one in hand, and one that
// dies gives it up with its claim. An endpoint may get a delivery twice, with
// the same webhook-id, and in another order than things happened.
//
//	tell_event → webhook_deliveries → Claim → POST → Delivered | Undelivered
//
// Endpoints are addresses that administrators typed, so a delivery may go
// nowhere but to the internet: the address is checked when the connection is
// made, after the name was resolved (dial.go); no redirect is followed, no
// proxy asked, and not more than the beginning of an answer is read.
//
// It needs nothing but the standard library: signing is one HMAC. The rows are
// catalogdb's, which implements Store; there is no queue besides them, since a
// second more or less does not matter here and retries take days.
package webhooks
