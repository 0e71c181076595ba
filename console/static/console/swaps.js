// Keeps what a reader has in hand while parts of the page are replaced.

function keepOpen(before, after) {
  for (const fold of before.querySelectorAll("details[open][data-key]")) {
    after.querySelector?.(`details[data-key="${CSS.escape(fold.dataset.key)}"]`)?.setAttribute("open", "");
  }
}

function hasWork(target) {
  const active = document.activeElement;
  if (target.querySelector("dialog[open]")) return true;
  return target.contains(active) && ["INPUT", "TEXTAREA", "SELECT"].includes(active.tagName) && active.type !== "checkbox";
}

export function startSwaps() {
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (hasWork(target)) { event.detail.shouldSwap = false; return; }
    keepOpen(target, fragment);
    for (const box of target.querySelectorAll("input[name=id]:checked")) {
      const again = fragment.querySelector?.(`input[name=id][value="${CSS.escape(box.value)}"]`);
      if (again) again.setAttribute("checked", "");
    }
    if (target.hasAttribute("data-cursor")) fragment.firstElementChild?.setAttribute("data-cursor", "");
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    // The session has ended: the answer is the login page, so go there.
    if (new URL(event.detail.xhr.responseURL || location.href).pathname === "/login") location.reload();
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const notes = document.getElementById("notes");
    if (!notes || event.detail.requestConfig.verb === "get") return;
    const note = document.createElement("p");
    note.className = "note";
    note.dataset.kind = "error";
    note.setAttribute("role", "alert");
    note.textContent = event.detail.xhr.status === 403
      ? "你没有做这一步的权限，找管理员开通"
      : "出错了，没有保存。再试一次，仍不行告诉管理员";
    notes.replaceChildren(note);
  });
}
