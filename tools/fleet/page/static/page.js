// Keeps what is marked `data-live` fresh, and nothing else: every screen works without this file.
"use strict";

const body = document.body;
const everyMs = Number(body.dataset.every || 0);
const lost = document.getElementById("lost");
let failures = 0;

/** Where the focus is, so that it can be given back after its element was replaced. */
function focused(region) {
  const active = document.activeElement;
  if (!region.contains(active)) return null;
  return active.id ? `#${CSS.escape(active.id)}` : active.getAttribute("href") && `a[href="${CSS.escape(active.getAttribute("href"))}"]`;
}

function replace(region, fresh) {
  if (region.innerHTML === fresh.innerHTML) return;
  const typing = region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  if (typing) return;
  const focus = focused(region);
  const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
  region.replaceChildren(...fresh.childNodes);
  for (const id of open) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  if (focus) region.querySelector(focus)?.focus({ preventScroll: true });
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { "x-refresh": "1" }, redirect: "manual" });
  if (answer.type === "opaqueredirect") {
    location.reload();
    return;
  }
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(region.id);
    if (other) replace(region, other);
  }
}

async function tick() {
  if (!document.hidden) {
    try {
      await refresh();
      failures = 0;
    } catch {
      failures += 1;
    }
    if (lost) lost.hidden = failures === 0;
  }
  setTimeout(tick, everyMs * Math.min(2 ** failures, 16));
}

if (everyMs) setTimeout(tick, everyMs);
document.addEventListener("visibilitychange", () => {
  if (everyMs && !document.hidden) refresh().catch(() => {});
});

// A filter applies when it is chosen; without scripts there is a button for it.
for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// Twice the same click would be the same thing twice.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) setTimeout(() => (button.disabled = true));
  });
}
