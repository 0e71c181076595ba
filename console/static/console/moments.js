// Time on the page: counts down to what the server set, by the server's clock.

const TICK = 1000;
const WORDS_EVERY = 10;
let skew = 0;
let ticks = 0;

export function setNow(iso) {
  const then = Date.parse(iso);
  if (!Number.isNaN(then)) skew = then - Date.now();
}

const now = () => Date.now() + skew;

function digits(seconds) {
  const pad = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${pad(minutes)}:${pad(seconds % 60)}`;
}

function say(element, share, before) {
  // Only when a mark is passed while someone is looking: half, three quarters, over.
  const word = element.dataset.word;
  const speaker = document.getElementById("say");
  if (!word || !speaker || before === undefined) return;
  const about = element.closest("[data-title]")?.dataset.title ?? "";
  const marks = [[1, "已超时"], [0.75, "只剩四分之一"], [0.5, "已过半"]];
  const passed = marks.find(([mark]) => before < mark && share >= mark);
  if (passed) speaker.textContent = `${about} ${word}时限${passed[1]}`;
}

const shares = new WeakMap();

function tick(element) {
  const due = Date.parse(element.dataset.due);
  const start = Date.parse(element.dataset.start);
  const left = Math.trunc((due - now()) / 1000);
  const over = left <= 0;
  const share = due > start ? Math.min(1, Math.max(0, (now() - start) / (due - start))) : 1;
  element.dataset.state = over ? "over" : share >= 0.5 ? "soon" : "ok";
  for (const part of element.querySelectorAll("[data-part]")) {
    switch (part.dataset.part) {
      case "left": part.textContent = over ? `超 ${digits(-left)}` : digits(left); break;
      case "elapsed": part.textContent = digits(Math.max(0, Math.trunc((now() - start) / 1000))); break;
      case "word": part.textContent = over ? part.dataset.after : part.dataset.before; break;
      case "bar": part.setAttribute("width", `${(100 * share).toFixed(1)}%`); break;
    }
  }
  const ring = element.querySelector("circle.left");
  if (ring) ring.setAttribute("stroke-dasharray", `${over ? 100 : Math.round(100 * (1 - share))} 100`);
  say(element, share, shares.get(element));
  shares.set(element, share);
}

function ago(element) {
  // From half a day on the server's wording stands: it names the day.
  const seconds = Math.trunc((now() - Date.parse(element.dataset.ago)) / 1000);
  if (seconds < 10) element.textContent = "刚刚";
  else if (seconds < 60) element.textContent = `${seconds} 秒前`;
  else if (seconds < 3600) element.textContent = `${Math.floor(seconds / 60)} 分钟前`;
  else if (seconds < 12 * 3600) element.textContent = `${Math.floor(seconds / 3600)} 小时前`;
}

function beat() {
  document.querySelectorAll("[data-due]").forEach(tick);
  if (ticks % WORDS_EVERY === 0) document.querySelectorAll("[data-ago]").forEach(ago);
  ticks += 1;
}

export function startMoments() {
  const shell = document.querySelector("[data-now]");
  if (shell) setNow(shell.dataset.now);
  beat();
  setInterval(beat, TICK);
}
