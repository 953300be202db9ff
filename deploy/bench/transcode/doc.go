// Command transcode measures the transcoder beside its peers in one run and
// writes data/bench/transcode.json; `make bench-transcode` runs it.
//
// Peers: (a) one ffmpeg per rung with the same encoder settings, as PeerTube
// and MediaCMS do; (b) the fixed-rate ladder of Apple's HLS authoring
// specification, as the AWS solution's templates do. Ours and the peer's runs
// alternate, and each figure is the median of its runs.
//
//	make bench-transcode
//	go run ./deploy/bench/transcode --seconds 12 --camera FILE   a quick look
//
// published_wall and overhead are measured in this process, from the source on
// local disk to the packaged and verified stream; storing is not included.
package main
