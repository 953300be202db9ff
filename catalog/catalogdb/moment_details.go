package catalogdb

import (
	"strconv"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// detailOf words what momentsQuery tells more of a moment: the name of what is
// told, then its values.
func detailOf(told []string) catalog.Sentence {
	if len(told) == 0 {
		return catalog.Sentence{}
	}
	values := told[1:]
	switch told[0] {
	case "disabled":
		return catalog.Say("the account may not sign in")
	case "via":
		return viaWords(values[0])
	case "consent":
		return consentWords(values[0], values[1], values[2] == "true")
	case "used":
		return catalog.Say("it is used up")
	case "tries":
		return triesWords(values[0])
	case "message":
		return messageWords(catalog.MessageKind(values[0]), catalog.Channel(values[1]), values[2], values[3])
	case "bounce":
		return bounceWords(values[0], catalog.Channel(values[1]), values[2])
	case "act":
		return catalog.List(actWords(values[0], values[1]), renamedWords(values[2], values[3]), readdressedWords(values[4], values[5]))
	default:
		return catalog.Say("%s", told[0]) // an id
	}
}

func viaWords(via string) catalog.Sentence {
	switch via {
	case "admin":
		return catalog.Say("by an administrator")
	case "spot":
		return catalog.Say("at an event")
	default:
		return catalog.Say("by an invitation")
	}
}

func consentWords(purpose, version string, granted bool) catalog.Sentence {
	if granted {
		return catalog.Say("%s, text %s: granted", purpose, version)
	}
	return catalog.Say("%s, text %s: withdrawn", purpose, version)
}

func triesWords(digits string) catalog.Sentence {
	tries, _ := strconv.Atoi(digits) // a number of ours
	said := catalog.Say("%d wrong tries", tries)
	if tries == 1 {
		said = catalog.Say("1 wrong try")
	}
	if tries >= identity.CodeTries {
		return catalog.Say("%s, so that the code is void", said)
	}
	return said
}

// messageWords tell which message it was, by what channel, and what became of it.
// The note is the provider's word.
func messageWords(kind catalog.MessageKind, channel catalog.Channel, receipt, note string) catalog.Sentence {
	said := kind.Named()
	switch channel {
	case catalog.ChannelEmail: // as is usual
	case catalog.ChannelSMS:
		said = catalog.Say("%s by SMS", said)
	case catalog.ChannelWhatsApp:
		said = catalog.Say("%s by WhatsApp", said)
	}
	switch receipt {
	case "delivered":
		said = catalog.Say("%s, it arrived", said)
	case "read":
		said = catalog.Say("%s, it was read", said)
	case "failed":
		said = catalog.Say("%s, it was sent and did not arrive", said)
	}
	return noted(said, note)
}

func bounceWords(reason string, channel catalog.Channel, note string) catalog.Sentence {
	switch {
	case reason == "complaint":
		return noted(catalog.Say("its owner complained"), note)
	case channel == catalog.ChannelEmail:
		return noted(catalog.Say("mail comes back"), note)
	default:
		return noted(catalog.Say("messages do not arrive"), note)
	}
}

func noted(said catalog.Sentence, note string) catalog.Sentence {
	if note == "" {
		return said
	}
	return catalog.Say("%s – %s", said, note)
}

// actWords tell what support, an administrator or the service did.
func actWords(action, email string) catalog.Sentence {
	switch action {
	case "support.send_code":
		return catalog.Say("it was sent again")
	case "keys.bulk":
		return catalog.Say("more recordings were opened than is allowed")
	case "account.update":
		return catalog.Say("by an administrator")
	case "support.link_email":
		return catalog.Say("%s was linked", email)
	case "support.unlink_email":
		return catalog.Say("%s was taken off", email)
	default:
		return catalog.Sentence{}
	}
}

func renamedWords(old, now string) catalog.Sentence {
	if old == "" || now == "" {
		return catalog.Sentence{}
	}
	return catalog.Say("the name was %s and is %s", old, now)
}

func readdressedWords(old, now string) catalog.Sentence {
	if old == "" || now == "" {
		return catalog.Sentence{}
	}
	return catalog.Say("the address was %s and is %s", old, now)
}
