package ffmpeg

// Inspect is Probe without trial encodes.
var Inspect = (*Tool).inspect

// JoinChunks joins chunks of any length, shorter than those of a plan.
var JoinChunks = (*Tool).joinChunks
