// Keys for people who live in the queue. Off while typing, and where the profile switched them off.

import { countChosen, openDialog } from "./acts.js";

const OFF = "fenghuo.keys.off";
const G_WAITS = 1200;
let afterG = 0;

const rows = () => [...document.querySelectorAll(".queue tbody tr[data-href]")];
const current = () => document.querySelector(".queue tr[data-cursor]");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  current()?.removeAttribute("data-cursor");
  next.setAttribute("data-cursor", "");
  next.scrollIntoView({ block: "nearest" });
}

function go(href) {
  if (href) location.assign(href);
}

function act(name) {
  // On an incident's page the button is there; in the queue the row knows its address.
  const button = document.querySelector(`[data-act="${name}"]`);
  if (button) { button.click(); return; }
  const row = current();
  if (!row) return;
  if (name === "acknowledge") row.querySelector("form[data-acknowledge]")?.requestSubmit();
  else go(`${row.dataset.href}/${name}`);
}

const bare = {
  j: () => move(1),
  k: () => move(-1),
  o: () => go(current()?.dataset.href),
  Enter: () => go(current()?.dataset.href),
  x: () => {
    const box = current()?.querySelector("input[name=id]");
    if (box) { box.checked = !box.checked; countChosen(); }
  },
  a: () => act("acknowledge"),
  e: () => act("assign"),
  r: () => act("resolve"),
  c: () => {
    const field = document.getElementById("comment");
    if (field) field.focus();
    else if (current()) go(`${current().dataset.href}#comment`);
  },
  "/": () => document.querySelector("input[type=search]")?.focus(),
  u: () => go(document.querySelector("[data-up]")?.getAttribute("href")),
  "?": () => openDialog("keys"),
};

function typing(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") || document.querySelector("dialog[open]");
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || localStorage.getItem(OFF)) return;
  if (typing(event.target)) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary, input")) return;
  if (Date.now() - afterG < G_WAITS) {
    afterG = 0;
    const link = { o: "overview", q: "queue" }[event.key];
    if (link) { event.preventDefault(); go(document.querySelector(`[data-go="${link}"]`)?.getAttribute("href")); return; }
  }
  if (event.key === "g") { afterG = Date.now(); return; }
  const doing = bare[event.key];
  if (!doing) return;
  event.preventDefault();
  doing();
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  const choice = document.getElementById("keys-off");
  if (!choice) return;
  choice.checked = Boolean(localStorage.getItem(OFF));
  choice.addEventListener("change", () => {
    if (choice.checked) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  });
}
