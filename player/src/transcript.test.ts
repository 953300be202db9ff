import assert from "node:assert/strict";
import test from "node:test";
import { linesOf, matches } from "./transcript";

test("a transcript is what captions say, without times, settings, tags and notes", () => {
  const vtt = "WEBVTT - talk\r\n\r\nNOTE nobody reads this\r\n\r\n1\r\n00:00:01.500 --> 00:00:04.000 line:-4\r\n<v Dr Osei>Good evening,\r\nand <b>welcome</b> &amp; hello\r\n\r\n01:02:03.000 --> 01:02:04.000\nPotassium &lt; 5\n\n59:01.000 --> 59:02.000\n\n";
  assert.deepEqual(linesOf(vtt), [{ at: 1.5, text: "Good evening, and welcome & hello" }, { at: 3723, text: "Potassium < 5" }]);
  assert.deepEqual(linesOf("<html>"), []);
});

test("a search finds lines with all its words", () => {
  assert.ok(matches("Check Potassium and creatinine", "creat POTASS"));
  assert.ok(!matches("Check potassium", "potassium sodium"));
  assert.ok(matches("anything", ""));
});
