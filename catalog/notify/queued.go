package notify

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// queued is a message that wants sending, with what is known of its reader.
type queued struct {
	id, recipient string
	kind          catalog.MessageKind
	urgent        bool
	sealed        []byte
	attempts      int
	age           time.Duration
	expires       time.Time
	interrupted   bool // a sender had it in hand and never said what came of it
	lastChannel   catalog.Channel
	reader        catalog.Reader

	channel catalog.Channel // by which it goes now
	to      string          // the address there
	country string          // of the address, else of its reader
	only    bool            // it goes there or nowhere
	dead    bool            // that address takes nothing
}

// Why a message is given up.
const (
	fateExpired       = "expired"
	fateUnsure        = "unsure"
	fateUndeliverable = "undeliverable"
	fateRejected      = "rejected"
	fateCapped        = "capped"

	// outcomeByMail marks a message that its reader's channel did not take.
	outcomeByMail = "by_mail"
)

var fateSentences = map[string]string{
	fateExpired:       "It could not be sent while it was of use.",
	fateUnsure:        "The process that handed it over ended before it knew the outcome; it is not sent again, since it may have arrived.",
	fateUndeliverable: "This address takes no messages; see the list of undeliverable addresses.",
	fateCapped:        "This address has had as many codes within a day as it may.",
}

// leastLife is what must be left of a message's life for it to be sent.
const leastLife = 15 * time.Second

// fate is why a message cannot be sent, or "". One that was interrupted is sent
// again where its name lets mailboxes recognise it, and nowhere else.
func (m queued) fate(transports map[catalog.Channel]Transport) string {
	switch {
	case m.interrupted && (transports[m.lastChannel] == nil || !transports[m.lastChannel].Repeatable()):
		return fateUnsure
	case time.Until(m.expires) < leastLife:
		return fateExpired
	case m.dead && (m.only || m.channel == catalog.ChannelEmail):
		return fateUndeliverable
	default:
		return ""
	}
}

// read returns a message that wants sending, and decides by which channel it
// goes; pgx.ErrNoRows when it is in hand, sent or given up.
func (s *Sender) read(ctx context.Context, id string) (queued, error) {
	m := queued{id: id}
	var seconds float64
	var outcome string
	err := s.config.Pool.QueryRow(ctx, `
		select m.recipient, m.kind, m.urgent, m.sealed_content, m.attempts, extract(epoch from now() - m.created_at),
		       coalesce(m.expires_at, m.created_at + $2::interval), m.claimed_until is not null, m.channel, m.outcome,
		       m.only_channel, m.only_to, coalesce(a.message_channel, ''), coalesce(a.phone, ''), coalesce(a.phone_confirmed = a.phone, false), coalesce(a.codes_by_phone, false),
		       coalesce(a.country, ''), coalesce(a.time_zone, ''), coalesce(a.locale, '')
		from messages m left join accounts a on a.email = m.recipient
		where m.id = $1 and m.sent_at is null and m.given_up_at is null and (m.claimed_until is null or m.claimed_until < now())`, id, calmLife).
		Scan(&m.recipient, &m.kind, &m.urgent, &m.sealed, &m.attempts, &seconds, &m.expires, &m.interrupted, &m.lastChannel, &outcome,
			&m.channel, &m.to, &m.reader.Channel, &m.reader.Phone, &m.reader.Confirmed, &m.reader.Codes, &m.reader.Country, &m.reader.TimeZone, &m.reader.Locale)
	if err != nil {
		return m, err
	}
	m.age = time.Duration(seconds * float64(time.Second))
	if m.only = m.channel != ""; !m.only {
		m.channel, m.to = s.config.Rules.Route(m.kind, m.reader)
	}
	byMail := m.channel == catalog.ChannelEmail || outcome == outcomeByMail
	if !m.only && !byMail && m.urgent {
		if byMail, err = s.askedAgain(ctx, m); err != nil {
			return m, err
		}
	}
	if !m.only && byMail {
		m.channel, m.to = catalog.ChannelEmail, m.recipient
	}
	if m.country = m.reader.Country; m.channel != catalog.ChannelEmail {
		m.country = s.config.Rules.Country(m.to, m.reader.Country)
	}
	err = s.config.Pool.QueryRow(ctx, `select exists (select from undeliverable where channel = $1 and address = $2)`, m.channel, m.to).Scan(&m.dead)
	return m, err
}

// askedAgain tells whether a code went to the reader's phone a moment ago: who
// asks for another one may have lost the phone, and gets it by mail.
func (s *Sender) askedAgain(ctx context.Context, m queued) (again bool, err error) {
	err = s.config.Pool.QueryRow(ctx, `select exists (select from messages where recipient = $1 and id <> $2 and urgent and only_channel = ''
		and channel <> 'email' and handed_at > now() - $3::interval)`, m.recipient, m.id, phonePatience).Scan(&again)
	return again, err
}

// phonePatience is how long a code that went to a phone is waited for.
const phonePatience = 15 * time.Minute

// claimLife is how long a sender has a message in hand.
const claimLife = 2 * sendTimeout

// claim takes a message in hand, unless somebody else did or its address has
// had enough for a day. It is counted before it is handed over: a process that
// dies between leaves a claim that ends, and one message too many in the count.
func (s *Sender) claim(ctx context.Context, m *queued) (mine bool, err error) {
	err = pgx.BeginFunc(ctx, s.config.Pool, func(tx pgx.Tx) error {
		if full, err := s.full(ctx, tx, *m); err != nil || full {
			return err
		}
		tag, err := tx.Exec(ctx, `update messages set attempts = attempts + 1, claimed_until = now() + $3::interval, next_attempt_at = now() + $3::interval,
			channel = $4, handed_at = now(), handed_to = $5
			where id = $1 and attempts = $2 and sent_at is null and given_up_at is null and (claimed_until is null or claimed_until < now())`,
			m.id, m.attempts, claimLife, m.channel, m.to)
		mine = tag.RowsAffected() > 0
		return err
	})
	m.attempts++
	return mine && err == nil, err
}

// full tells whether the address has had as many messages within a day as it
// may. A code is given up then; anything else waits until there is room.
func (s *Sender) full(ctx context.Context, tx pgx.Tx, m queued) (bool, error) {
	most := s.config.Caps.Others
	if m.urgent {
		most = s.config.Caps.Codes
	}
	if most == 0 {
		return false, nil
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds message to ' || $1, 0))`, m.to); err != nil {
		return false, err
	}
	var had int
	var room *time.Time // when the first of them is a day old
	err := tx.QueryRow(ctx, `
		select count(*), min(handed_at) + interval '1 day' from
		  (select handed_at from messages where handed_to = $1 and handed_at > now() - interval '1 day' and urgent = $2 and id <> $3
		   order by handed_at desc limit $4) latest`, m.to, m.urgent, m.id, most).Scan(&had, &room)
	if err != nil || had < most {
		return false, err
	}
	if m.urgent {
		_, err = tx.Exec(ctx, `update messages set given_up_at = now(), sealed_content = null, outcome = $2, last_error = $3 where id = $1`,
			m.id, fateCapped, fateSentences[fateCapped])
	} else {
		_, err = tx.Exec(ctx, `update messages set next_attempt_at = $2, last_error = 'This address has had as many messages within a day as it may; it waits.' where id = $1`, m.id, *room)
	}
	if err == nil {
		s.config.Log.WarnContext(ctx, "address has had enough for a day", "message", m.id, "kind", m.kind, "channel", m.channel, "most", most)
		s.config.Observe(Outcome{m.channel, m.urgent, fateCapped, m.age})
	}
	return true, err
}

// markUndeliverable notes that an address takes nothing.
func (s *Sender) markUndeliverable(ctx context.Context, m queued, reason string) error {
	_, err := s.config.Pool.Exec(ctx, noteUndeliverable, m.channel, m.to, "bounce", reason, m.id)
	return err
}

const noteUndeliverable = `
	insert into undeliverable (channel, address, reason, detail, message_id) values ($1, $2, $3, $4, $5)
	on conflict (channel, address) do update set reason = excluded.reason, detail = excluded.detail, message_id = excluded.message_id, noted_at = now()`
