// Dialogs, copying, choosing rows: each works from a plain link or form when scripts are off.

const COPIED_FOR = 2000;

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return Boolean(dialog);
  dialog.showModal();
  dialog.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  return true;
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy)?.textContent.trim() ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https there is no clipboard API: select the text, so that one key copies it.
    const range = document.createRange();
    range.selectNodeContents(document.getElementById(button.dataset.copy));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  }
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = "已复制";
  setTimeout(() => { label.textContent = before; }, COPIED_FOR);
}

export function countChosen() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const boxes = [...document.querySelectorAll("input[name=id]")];
  const chosen = boxes.filter((box) => box.checked);
  bar.hidden = chosen.length === 0;
  bar.querySelector("[data-chosen]").textContent = `已选 ${chosen.length} 件`;
  for (const box of boxes) box.closest("[role=row]")?.setAttribute("aria-selected", String(box.checked));
  const all = document.getElementById("all");
  if (all) all.checked = boxes.length > 0 && chosen.length === boxes.length;
}

function closeMenus(target) {
  for (const menu of document.querySelectorAll(".more[open]")) {
    if (!menu.contains(target) || target.closest(".menu")) menu.removeAttribute("open");
  }
}

function onClick(event) {
  closeMenus(event.target);
  const opener = event.target.closest("[data-dialog]");
  if (opener && !event.metaKey && !event.ctrlKey && openDialog(opener.dataset.dialog)) event.preventDefault();
  const closer = event.target.closest("[data-close]");
  if (closer) { event.preventDefault(); closer.closest("dialog")?.close(); }
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
  if (event.target.closest("[data-unchoose]")) {
    for (const box of document.querySelectorAll("input[name=id]")) box.checked = false;
    countChosen();
  }
}

function onChange(event) {
  if (event.target.id === "all") {
    for (const box of document.querySelectorAll("input[name=id]")) box.checked = event.target.checked;
  }
  if (event.target.id === "all" || event.target.name === "id") countChosen();
  if (event.target.matches("[data-autosubmit] select")) event.target.form.requestSubmit();
}

function onSubmit(event) {
  const button = event.submitter;
  if (!button || event.target.method === "dialog" || event.defaultPrevented) return;
  setTimeout(() => { button.setAttribute("aria-busy", "true"); }, 150);
}

const FADE_AFTER = 6000;

function fadeToasts() {
  for (const toast of document.querySelectorAll(".toast[data-fade]:not([data-seen])")) {
    toast.dataset.seen = "";
    setTimeout(() => toast.remove(), FADE_AFTER);
  }
}

function scrollChats() {
  for (const chat of document.querySelectorAll("[data-bottom]")) chat.scrollTop = chat.scrollHeight;
}

export function startActs() {
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(document.body); });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (form.tagName !== "FORM") return;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    if (!event.detail.successful) return;
    form.closest("dialog")?.close();
    form.reset();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    fadeToasts();
    countChosen();
    // What was fetched into a dialog is what its opener asked for.
    if (event.detail.target.tagName === "DIALOG") openDialog(event.detail.target.id);
  });
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll(".btn[aria-busy]")) button.removeAttribute("aria-busy");
    countChosen();
  });
  fadeToasts();
  scrollChats();
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.querySelector?.("[data-bottom]")) scrollChats();
  });
}
