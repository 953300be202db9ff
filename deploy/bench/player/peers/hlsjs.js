// The README's first example, and the seek to the resume point that most pages add.
const { manifest, at } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const video = document.getElementById("video");
const hls = new Hls();
video.addEventListener("loadedmetadata", () => (video.currentTime = Number(at)), { once: true });
hls.loadSource(manifest);
hls.attachMedia(video);
