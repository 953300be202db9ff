// Package jobs runs the transcoder from queues in PostgreSQL, on any number of
// worker machines. It is the transcoder's home of River.
//
// There are two queues. One job of the queue "transcode" is an attempt at a
// recording (transcode.Pipeline): many run at once in a process, for most of
// their time they wait for pieces. One job of the queue "chunks" encodes a piece
// (transcode.ChunkWorker): as many run at once as the machine has room for.
//
// The truth about work is in the rows of recordings and of their pieces. A job
// is a hint that a row may need work, inserted in the transaction that makes it
// so (Enqueue) or right after it (HintChunks). A duplicate, late or lost hint
// does no harm:
//
//   - a worker that is given one asks for a lease first, and does nothing when
//     there is nothing to do;
//   - each worker process also runs a reaper, which every few seconds hints
//     again at recordings and pieces that should be worked on and are not:
//     because their worker was killed, because an attempt failed, because a
//     hint was lost.
//
// So River's own retries are off (one attempt a job), and its rescue of stuck
// jobs, which knows no heartbeat, only tidies up: the lease is what notices a
// dead worker, within 30 s. Each default of River that would harm a transcoder
// is set on purpose in client.go.
//
// A job carries the span of whoever put it into the queue, in its metadata
// (traceparent, see Carrying); what a worker does for it is part of that trace.
//
// Nodes that only insert use a client without queues that is never started: a
// started one could become leader and discard jobs of kinds it does not know.
package jobs
