// What changed while the page is open: one event stream; when it breaks, a look every ten seconds.
// Changes become events on <body>, and htmx refreshes the parts of the page that wait for them.

import { setNow } from "./moments.js";

const POLL = 10_000;
const SILENCE = 45_000;
const TELL_SECONDS_FROM = 5;
let stream = null;
let heard = Date.now();
let lostSince = 0;
let state = "";

const trigger = (name) => window.htmx?.trigger(document.body, name);

function show(next) {
  state = next;
  const away = Math.round((Date.now() - lostSince) / 1000);
  const words = {
    realtime: "实时",
    polling: "每 10 秒刷新",
    lost: away < TELL_SECONDS_FROM ? "已断开，正在重连" : `已断开 ${away} 秒，正在重连`,
  };
  for (const dot of document.querySelectorAll(".live")) {
    dot.dataset.state = next === "realtime" ? "" : next;
    if (dot.textContent !== words[next]) dot.textContent = words[next];
  }
}

function refreshAll() {
  trigger("incidents");
  trigger("mentions");
  trigger("anything");
}

function onChange(message) {
  heard = Date.now();
  const change = JSON.parse(message.data);
  setNow(change.now);
  for (const id of change.incidents ?? []) trigger(`incident-${id}`);
  if (change.incidents?.length) trigger("incidents");
  if (change.mentions) trigger("mentions");
  trigger("anything");
}

function connect(address) {
  stream?.close();
  heard = Date.now();
  stream = new EventSource(address);
  stream.addEventListener("hello", (message) => {
    heard = Date.now();
    setNow(JSON.parse(message.data).now);
    const cameBack = state !== "" && state !== "realtime";
    lostSince = 0;
    show("realtime");
    if (cameBack) refreshAll();
  });
  stream.addEventListener("change", onChange);
  stream.addEventListener("beat", () => { heard = Date.now(); });
  stream.addEventListener("error", () => {
    if (state === "realtime" || state === "") show("polling");
  });
}

export function startLive() {
  const address = document.querySelector("[data-live]")?.dataset.live;
  if (!address || !document.querySelector(".live")) return;
  connect(address);
  setInterval(() => {
    if (Date.now() - heard > SILENCE || stream.readyState === EventSource.CLOSED) connect(address);
    if (state !== "realtime") refreshAll();
  }, POLL);
  setInterval(() => { if (state === "lost") show("lost"); }, 1000);
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(address); });
  document.body.addEventListener("htmx:sendError", () => {
    lostSince = lostSince || Date.now();
    show("lost");
  });
  document.body.addEventListener("htmx:afterOnLoad", () => {
    if (state === "lost") { lostSince = 0; show("polling"); }
  });
}
