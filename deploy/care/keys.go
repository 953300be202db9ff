package care

import (
	"time"

	"rounds/catalog"
)

// Certificate is one that a server shows.
type Certificate struct {
	Of    string
	Until time.Time
}

// JudgeCertificates judges: what renews them by itself does so with 30 days to go.
func JudgeCertificates(found []Certificate, now time.Time) Finding {
	if len(found) == 0 {
		return NotKnown("Nothing here is reached by TLS.")
	}
	light, parts := Green, []catalog.Sentence{}
	for _, c := range found {
		left := c.Until.Sub(now).Hours() / 24
		if l := graded(-left, -21, -7); l.Worse(light) {
			light = l
		}
		if left < 0 {
			parts = append(parts, catalog.Say("%s has ended", c.Of))
			continue
		}
		parts = append(parts, catalog.Say("%s holds for %s", c.Of, days(left)))
	}
	return with(light, "Renew it now, and see why that does not happen by itself.", "Certificates: %s.", joined(parts))
}

// SigningKey is the key that signs cookies and URLs.
type SigningKey struct {
	ID     string
	Fits   bool // the public key of that id is its other half
	Public bool // a public key is known here
	Age    time.Duration
}

// JudgeSigningKey judges: a key is best replaced once a year.
func JudgeSigningKey(k SigningKey) Finding {
	switch {
	case k.Public && !k.Fits:
		return Not(Red, "Give the edge, or the key group of CloudFront, the public key of that id; the runbook has the order of steps.", "The private key and the public key of %s are not a pair: no media plays.", k.ID)
	case k.Age > 400*24*time.Hour:
		return Not(Amber, "Replace it in the order that the runbook tells, so that nobody is cut off.", "The key %s was made %s ago.", k.ID, short(k.Age))
	case !k.Public:
		return Fine("The key %s was made %s ago; its public half is not on this machine (another check tries it at the front door).", k.ID, short(k.Age))
	default:
		return Fine("The key %s fits its public half and was made %s ago.", k.ID, short(k.Age))
	}
}

// JudgeMasterKey judges: without the right one no recording plays and no mail leaves.
func JudgeMasterKey(sealed, opens bool) Finding {
	switch {
	case !sealed:
		return Fine("Nothing is sealed yet.")
	case opens:
		return Fine("The master key opens the newest content key.")
	default:
		return Not(Red, "Put the master key back that was in use; it is kept apart from the backups. Never make a new one.", "The master key does not open what is sealed in the database: no recording plays.")
	}
}
