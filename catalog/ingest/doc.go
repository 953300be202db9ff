// Package ingest takes presenters' files: it opens S3 multipart uploads, signs
// the parts that browsers PUT straight to S3, and completes them.
//
// One upload is one recording in the state uploading. The multipart upload's
// id never leaves the server, so a refreshed page, a closed laptop or another
// day continues it: the client asks which parts are there (Parts), has the
// missing ones signed (SignParts) and completes.
//
//	Create → SignParts → (client PUTs to S3) → Complete → uploaded + job
//
// Complete believes no client: it lists the parts itself and compares numbers
// and sizes with what was announced. S3 joins the parts first, then one
// transaction moves the recording on and enqueues it; the row is held
// meanwhile, so that completing twice at once, or completing and giving up,
// happen one after the other. A crash between the two is mended by completing
// again: the multipart upload is gone then, and the object's size tells that it
// was joined.
//
// This package knows aws-sdk-go-v2's S3 client and the catalog. Rows are kept
// by whoever implements [Store]; it must not import its siblings.
package ingest
