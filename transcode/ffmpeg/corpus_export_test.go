package ffmpeg

// InputArgs are the options that ffprobe opens every file with.
var InputArgs = allowList
