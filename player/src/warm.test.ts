import assert from "node:assert/strict";
import test from "node:test";
import { firstRung, rungsOf } from "./line";
import { read, Warm, type Warmed } from "./warm";

const playlist = `#EXTM3U
#EXT-X-MAP:URI="init.mp4"
#EXT-X-KEY:METHOD=AES-128,URI="/v1/recordings/rec_1/key"
#EXTINF:6.006000,
seg_00000.m4s
#EXTINF:6.006000,
#EXT-X-BITRATE:90
seg_00001.m4s
#EXTINF:2.000000,
seg_00002.m4s
#EXT-X-ENDLIST
`;

test("the segment in which a second lies is found by the playlist's own lengths", () => {
  const segment = (at: number) => read(playlist, at).segment;
  assert.equal(segment(0), "seg_00000.m4s");
  assert.equal(segment(6.003), "seg_00000.m4s");
  assert.equal(segment(6.006), "seg_00001.m4s");
  assert.equal(segment(14), "seg_00002.m4s");
  assert.equal(segment(14.1), undefined);
  assert.equal(read(playlist, 0).key, "/v1/recordings/rec_1/key");
  assert.deepEqual(read("<html>", 3), { header: undefined, key: undefined, segment: undefined });
});

const manifest = "https://rounds.example/media/rec_1/token/master.m3u8?Signature=abc";

test("the start of the stream is fetched ahead and handed over once", async () => {
  const asked: string[] = [];
  const warm = new Warm(async (url): Promise<Warmed> => {
    asked.push(url);
    const body = new TextEncoder().encode(url.endsWith("index.m3u8") ? playlist : url).buffer as ArrayBuffer;
    return { body, url, asked: 0, first: 0, end: 1 };
  });
  await warm.start(manifest, "v240", 7);
  const media = "https://rounds.example/media/rec_1/token/v240/";
  assert.deepEqual(asked, [manifest, media + "index.m3u8", media + "init.mp4", "https://rounds.example/v1/recordings/rec_1/key", media + "seg_00001.m4s"]);
  assert.equal((await warm.take(media + "seg_00001.m4s"))?.url, media + "seg_00001.m4s");
  assert.equal(warm.take(media + "seg_00001.m4s"), undefined);
  assert.equal(warm.take(media + "seg_00002.m4s"), undefined);
});

test("a stream that cannot be fetched ahead is left to the engine", async () => {
  await new Warm(() => Promise.reject(new Error("403"))).start(manifest, "v240", 7);
});

test("play begins with the smallest rung, and with a larger one where the line is known to carry it twice", () => {
  const rungs = rungsOf("v720:1800000 v240:150000 v480:700000");
  const name = (line: number) => firstRung(rungs, line)?.name;
  assert.equal(name(0), "v240");
  assert.equal(name(1_399_999), "v240");
  assert.equal(name(1_400_000), "v480");
  assert.equal(name(100_000_000), "v720");
  assert.equal(firstRung(rungsOf(""), 1e9), undefined);
});
