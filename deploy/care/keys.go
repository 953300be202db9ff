package care

import (
	"fmt"
	"strings"
	"time"
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
	light, parts := Green, []string{}
	for _, c := range found {
		left := c.Until.Sub(now).Hours() / 24
		if l := graded(-left, -21, -7); l.Worse(light) {
			light = l
		}
		parts = append(parts, fmt.Sprintf("%s for %.0f days", c.Of, left))
	}
	return with(light, "Renew it now, and see why that does not happen by itself.", "Certificates hold: %s.", strings.Join(parts, ", "))
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
		return Not(Red, "Give the edge, or the key group of CloudFront, the public key of "+k.ID+"; the runbook has the order of steps.", "The private key and the public key of %s are not a pair: no media plays.", k.ID)
	case k.Age > 400*24*time.Hour:
		return Not(Amber, "Replace it in the order that the runbook tells, so that nobody is cut off.", "The key %s is %s old.", k.ID, short(k.Age))
	case !k.Public:
		return Fine("The key %s is %s old; its public half is not on this machine (media_signature tries it).", k.ID, short(k.Age))
	default:
		return Fine("The key %s fits its public half and is %s old.", k.ID, short(k.Age))
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
