// As its tutorial shows it; the start time goes with load, as the library offers.
const { manifest, at } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
(async () => {
  shaka.polyfill.installAll();
  const video = document.getElementById("video");
  const player = new shaka.Player();
  const ui = new shaka.ui.Overlay(player, document.getElementById("container"), video);
  ui.getControls();
  await player.attach(video);
  await player.load(manifest, Number(at));
})();
