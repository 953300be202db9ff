// Package hls turns what the encoder left on disk into an encrypted HLS stream
// and verifies streams.
//
// # Flow
//
//	ffmpeg's init.mp4, seg_%05d.m4s, index.m3u8 of each rendition
//	  → read the boxes      (init.go, segment.go: codecs, exact durations)
//	  → cut out I-frames    (iframe.go: of one rung, files of their own)
//	  → cut out the sound   (sound.go: of one rung, a rendition of its own)
//	  → encrypt in place    (encrypt.go: AES-128-CBC, IV = media sequence number)
//	  → write the playlists (write_media.go, write_master.go, bitrate.go)
//	  → encrypt the one file for players without HLS (fallback.go), when there is one
//	  → write the thumbnails' track, when sprites were made (thumbnails.go)
//	  → Verify the folder   (verify*.go: rules by number, finding.go)
//	  → list                (packager.go: hashed while encrypted, not read again)
//
// Nothing the encoder or the plan says about a stream is repeated in a
// playlist: codecs, resolution, frame rate and durations are read from the
// media, bit rates are measured on the encrypted files.
//
// Verify reads with its own playlist reader, not with the library that writes:
// a fault common to both would go unseen. Over HTTP it also checks MIME types and
// compression (delivery.go). One Go file holds one element of
// HLS; renditions by EXT-X-MEDIA are a further file beside write_media.go.
//
// # I-frames
//
// Fast forward, rewind and scrubbing play I-frames alone (Apple HLS authoring
// specification 6.1). Elsewhere they are byte ranges of the segments; a range
// of an AES-128-CBC segment can only be read by a client that widens it to
// blocks and takes the block before as initialisation vector (RFC 8216 section
// 6.3.6), which few do. So each I-frame is a file of its own, encrypted whole:
// one moof with one sample, under the rendition's initialisation section and
// with the segment's decode time and composition offset.
//
// They are tiny and many: an IDR picture each 2 s makes 3600 files of a
// two-hour webinar, beside 1200 segments a rung. One rung is enough, the
// largest of at most 360 lines, because such pictures are shown small and
// briefly; all of its IDR pictures are offered, because 6 s steps are too
// coarse to find a slide by.
//
// # Sound alone
//
// On the worst lines a talk that is heard is worth more than one that stalls, so
// the last variant has no pictures: CODECS names sound only, RESOLUTION and
// FRAME-RATE are left out. Players of the systems fall back to it; hls.js passes
// over variants without pictures when there are others.
//
// Its sound is that of the rung with the fewest bytes of it, which costs no
// encode and stays below 64 kb/s. Each of its segments holds exactly the sound
// of the same segment there, so that nothing is heard twice or missed where a
// player changes. Frames of AAC do not divide a segment, and beside pictures
// sound is laid down as it is decoded: its segments end up to the pictures'
// reordering and a frame early, which EXTINF tells truly and the rules about
// alignment allow for (verify_sound.go). A recording without sound, whose track
// is silence of our making, has no such variant.
//
// # Libraries
//
// Playlists are spelled by grafov/m3u8, which lives only here. It is archived
// and writes the obsolete PROGRAM-ID, durations in milliseconds and a low
// version: write_media.go corrects that. ISO-BMFF boxes are read by about 400
// lines of our own: we need six boxes, read-only, from a stream without holding
// media data. For more than that, Eyevinn/mp4ff is the library to take.
//
// This package must not import sibling adapters (ffmpeg, objects, jobs):
// transcode declares what they give each other, cmd joins them.
package hls
