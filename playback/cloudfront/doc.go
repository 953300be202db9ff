// Package cloudfront signs cookies and URLs for Amazon CloudFront and verifies
// them as CloudFront does. It is the home of the SDK's signing library.
//
// A [Signer] grants one recording's prefix by three cookies, or one object by a
// signed URL; a grant without a resource cannot be made, because CloudFront
// would read it as a grant of everything. A [Verifier] gives a request the same
// verdict as CloudFront would, so that the edge of a single machine and the
// tests exercise the real protection (see [Verifier.Verify] for the rules).
//
// Keys are ECDSA P-256 (27 times cheaper to sign with than RSA-2048, and
// signatures of 96 bytes); the verifier takes RSA-2048 too. Several keys may be
// active: the public half of a new key is deployed first, then the signer
// switches at the time its [Key] states, then, a policy's life later, the old
// key goes.
package cloudfront
