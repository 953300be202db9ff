package ffmpeg

// Inspect is Probe without trial encodes.
var Inspect = (*Tool).inspect

// PreviewChunks previews chunks of any length.
var PreviewChunks = (*Tool).previewChunks

// JoinChunks joins chunks of any length, shorter than those of a plan.
var JoinChunks = (*Tool).joinChunks
