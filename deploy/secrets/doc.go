// Package secrets reads what must not stand in a file or in the environment from
// where AWS keeps it: values from Secrets Manager, and values that a key of KMS
// has encrypted. Nothing of it is kept after it was handed on.
//
// It is the home of these two services' clients and knows nothing of Rounds: which
// setting comes from where is decided in cmd. The AWS default chain says who asks
// and where (AWS_REGION, AWS_ENDPOINT_URL, the role of the machine).
package secrets
