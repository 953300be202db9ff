package catalog

// Answer is what a request with an Idempotency-Key was answered, kept so that
// repeating the request gives the same.
type Answer struct {
	Status int
	Header map[string][]string
	Body   []byte
}
