import assert from "node:assert/strict";
import test from "node:test";
import { glimpsesOf } from "./glimpses";

test("cues name the end of their stretch, their sheet, and their part of it", () => {
  const cues = "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\nsprite_000.jpg#xywh=0,0,160,90\n\n01:00:20.000 --> 01:00:31.500\nsprite_001.jpg#xywh=160,90,160,90\n";
  assert.deepEqual(glimpsesOf(cues), [
    { toS: 10, sheet: "sprite_000.jpg", box: [0, 0, 160, 90] },
    { toS: 3631.5, sheet: "sprite_001.jpg", box: [160, 90, 160, 90] },
  ]);
  assert.deepEqual(glimpsesOf("<!doctype html>"), []);
});
