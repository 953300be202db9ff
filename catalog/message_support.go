package catalog

// Templates of what is done to a person's account by others, or at her wish.
// All go to the addresses concerned and nowhere else.
const (
	MessageAddressChanged MessageKind = "address_changed" // to the old and the new address
	MessageAddressLinked  MessageKind = "address_linked"  // to both
	MessageAccountsMerged MessageKind = "accounts_merged" // to both
	MessageDataErased     MessageKind = "data_erased"     // the last one that the address gets
	MessageErasureRefused MessageKind = "erasure_refused" // note: why
	MessagePhoneChosen    MessageKind = "phone_chosen"    // ending: of the number; codes: "yes" or ""
)
