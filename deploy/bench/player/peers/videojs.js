// As its guide shows it, with the seek to the resume point.
const { manifest, at } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const player = videojs("video");
player.one("loadedmetadata", () => player.currentTime(Number(at)));
player.src({ src: manifest, type: "application/x-mpegURL" });
