// The player for browsers without modules: plain ECMAScript 5 and what every
// browser since 2012 has, written by hand so that no translation and no polyfill
// is needed (build.mjs refuses anything newer). The browser's own controls play
// its own HLS or the one MP4; resuming, beats and credit are as everywhere.
// What could not be sent is kept in the journal of journal.ts, in its form.
(function () {
  "use strict";
  var prefix = "rounds.beats.";
  var root, video, session, words, seq = 0, pending = [], last, timer, interval = 10000;

  function byId(id) {
    return document.getElementById(id);
  }

  function say(text) {
    byId("status").textContent = text;
  }

  function word(key) {
    return words[key] || key;
  }

  function send(method, path, body, done) {
    var request = new XMLHttpRequest();
    request.open(method, path, true);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/json");
    request.onreadystatechange = function () {
      var answer = {};
      if (request.readyState !== 4) return;
      try {
        answer = JSON.parse(request.responseText);
      } catch (e) {
        answer = {};
      }
      done(request.status, answer);
    };
    request.send(body === undefined ? null : JSON.stringify(body));
  }

  // --- what was watched, in seconds: [[from, to], …] ---

  /** Notes where the video is; two reports belong together when it can have played from one to the other. */
  function moved() {
    var now = new Date().getTime();
    var at = video.currentTime;
    var step = last === undefined ? 0 : at - last.at;
    var range = pending[pending.length - 1];
    if (!video.seeking && last !== undefined && step > 0 && step <= ((now - last.now) / 1000) * video.playbackRate + 1) {
      if (range !== undefined && range[1] === last.at) range[1] = at;
      else pending.push([last.at, at]);
    }
    last = video.seeking ? undefined : { at: at, now: now };
  }

  function rounded(ranges) {
    var out = [];
    for (var i = 0; i < ranges.length; i++) {
      var from = Math.round(ranges[i][0] * 1000) / 1000;
      var to = Math.round(ranges[i][1] * 1000) / 1000;
      if (to > from) out.push([from, to]);
    }
    return out;
  }

  function beatNow() {
    return { seq: seq, position_s: Math.round(video.currentTime * 1000) / 1000, rate: video.playbackRate, watched: rounded(pending) };
  }

  function keep() {
    var entry = beatNow();
    entry.session = session;
    entry.webinar = root.getAttribute("data-webinar");
    entry.at = new Date().getTime();
    try {
      if (entry.watched.length > 0) localStorage.setItem(prefix + session, JSON.stringify(entry));
      else localStorage.removeItem(prefix + session);
    } catch (e) {
      return; // no storage: what is pending stays in memory
    }
  }

  function beat() {
    if (session === undefined) return;
    clearTimeout(timer);
    seq++;
    var sent = pending.length;
    var body = beatNow();
    keep();
    send("POST", "/v1/playback/" + encodeURIComponent(session) + "/beats", body, function (status, ack) {
      if (status === 200) acknowledged(sent, body, ack);
      else if (status === 0 || status >= 500 || status === 429 || status === 408) waits();
      else stopped(status, ack);
    });
    timer = setTimeout(beat, video.paused ? Math.max(60000, interval) : interval);
  }

  /** What was sent is told; the last range may have grown meanwhile. */
  function acknowledged(sent, body, ack) {
    var end = body.watched.length > 0 ? body.watched[body.watched.length - 1][1] : 0;
    var open = pending[sent - 1];
    pending = pending.slice(sent);
    if (open !== undefined && open[1] > end + 0.001) pending.unshift([end, open[1]]);
    keep();
    if (ack.next_beat_s > 0) interval = ack.next_beat_s * 1000;
    byId("watched-percent").textContent = Math.floor(ack.watched_percent) + " %";
    say(word("saved").replace("{time}", new Date().toLocaleTimeString()));
  }

  function waits() {
    say(word("waitingShort"));
  }

  function stopped(status, problem) {
    session = undefined;
    clearTimeout(timer);
    video.pause();
    say(problem.detail || word(status === 401 ? "errorSignedOut" : "errorWithdrawn"));
  }

  // --- the start ---

  /** Sends what earlier visits could not, one after the other. */
  function replay(then) {
    var keys = [];
    try {
      for (var i = 0; i < localStorage.length; i++) if (localStorage.key(i).indexOf(prefix) === 0) keys.push(localStorage.key(i));
    } catch (e) {
      keys = [];
    }
    (function next() {
      var key = keys.pop();
      if (key === undefined) return then();
      var entry = JSON.parse(localStorage.getItem(key));
      var body = { seq: entry.seq + 1, position_s: entry.position_s, rate: entry.rate, watched: entry.watched };
      send("POST", "/v1/playback/" + encodeURIComponent(entry.session) + "/beats", body, function (status) {
        if (status === 200 || status === 409 || status === 422) localStorage.removeItem(key);
        next();
      });
    })();
  }

  function open() {
    send("POST", "/v1/webinars/" + encodeURIComponent(root.getAttribute("data-webinar")) + "/playback", undefined, function (status, playback) {
      if (status !== 201) return say(playback.detail || word("errorStart"));
      session = playback.session_id;
      interval = playback.beat_interval_s * 1000;
      play(playback);
    });
  }

  function play(playback) {
    var native = video.canPlayType("application/vnd.apple.mpegurl") !== "" && !window.MediaSource;
    root.setAttribute("data-engine", native ? "native" : "mp4");
    video.addEventListener("loadedmetadata", function () {
      if (Math.abs(video.currentTime - playback.resume_at_s) > 0.5) video.currentTime = playback.resume_at_s;
    });
    video.addEventListener("error", function () {
      say(word("errorBrowser"));
    });
    video.src = (native ? playback.manifest_url : playback.fallback_url) + "#t=" + playback.resume_at_s;
  }

  function follow() {
    var turns = ["pause", "ended", "seeked", "ratechange"];
    video.addEventListener("timeupdate", function () {
      if (!video.paused) moved();
      keep();
    });
    video.addEventListener("play", function () {
      last = undefined;
      clearTimeout(timer);
      timer = setTimeout(beat, interval);
    });
    video.addEventListener("seeking", function () {
      last = undefined;
    });
    for (var i = 0; i < turns.length; i++) video.addEventListener(turns[i], beat);
    window.addEventListener("online", beat);
    window.addEventListener("pagehide", keep); // the next visit sends it
  }

  /** Puts the place where play stands into the form for questions when she begins to write, as questions.ts does. */
  function placeQuestions() {
    var place = document.querySelector("#questions .ask [name=position_s]");
    var text = document.querySelector("#questions .ask [name=text]");
    var filled = document.querySelector("#questions .ask .problem") === null ? "" : "-"; // after a complaint, what she wrote stays
    if (place === null || text === null) return;
    text.addEventListener("focus", function () {
      if (place.value === filled && video.currentTime >= 1) place.value = filled = clock(video.currentTime);
    });
  }

  function clock(seconds) {
    var s = Math.floor(seconds);
    var rest = [Math.floor(s / 60) % 60, s % 60];
    if (s >= 3600) return [Math.floor(s / 3600), two(rest[0]), two(rest[1])].join(":");
    return rest[0] + ":" + two(rest[1]);
  }

  function two(n) {
    return n < 10 ? "0" + n : String(n);
  }

  document.addEventListener("DOMContentLoaded", function () {
    root = byId("player");
    if (root === null || !root.hidden) return; // nothing to play, or the modern player has it
    video = byId("video");
    words = JSON.parse(byId("strings").textContent);
    root.hidden = false;
    root.className += " plain";
    video.controls = true;
    video.poster = root.getAttribute("data-poster") || "";
    follow();
    placeQuestions();
    replay(open);
  });
})();
