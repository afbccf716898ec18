"use strict";

const KEYS = { Enter: "#", Backspace: "*", Escape: "*" };
const MOST_LINES = 500;
const TROUBLE_MS = 4000;
const element = (id) => document.getElementById(id);

let doors = [];
let troubleTimer = 0;
let typing = Promise.resolve();

async function act(deed) {
  let text = "The cabinet does not answer.";
  try {
    const answer = await fetch("/do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(deed),
    });
    if (answer.ok) return;
    text = (await answer.json()).error;
  } catch (error) {
    console.error(error);
  }
  complain(text);
}

// Keys must arrive in the order they were pressed.
function press(key) {
  typing = typing.then(() => act({ do: "press", key }));
}

function complain(text) {
  const trouble = element("trouble");
  trouble.textContent = text;
  trouble.hidden = false;
  clearTimeout(troubleTimer);
  troubleTimer = setTimeout(() => { trouble.hidden = true; }, TROUBLE_MS);
}

function button(text, label, click) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", click);
  return made;
}

function drawDisplay(display) {
  const canvas = element("display");
  canvas.hidden = !display;
  if (!display) return;
  element("says").textContent = display.says;
  const bytes = atob(display.dots);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let at = 0; at < canvas.width * canvas.height; at++) {
    const lit = bytes.charCodeAt(at >> 3) >> (7 - at % 8) & 1;
    image.data.set(lit ? [150, 210, 255, 255] : [8, 12, 20, 255], 4 * at);
  }
  context.putImageData(image, 0, 0);
}

function makeKeypad(rows, single) {
  const keypad = element("keypad");
  const keys = rows.length ? rows.join("").split("") : [];
  keypad.style.setProperty("--columns", rows.length ? rows[0].length : 1);
  keypad.replaceChildren(...keys.map((key) => {
    const made = button(key, `key ${key}`, () => press(key));
    made.dataset.key = key;
    return made;
  }));
  for (let number = 1; number <= single; number++) {
    keypad.append(button(`Key ${number}`, `key ${number}`, () => press(number)));
  }
}

function touch(number) {
  const door = doors[number - 1];
  switch (document.querySelector("input[name=tool]:checked").value) {
    case "jam": return act({ do: "jam", door: number, jammed: !door.jammed });
    case "crowbar": return act({ do: "open", door: number, force: true });
    default: return act({ do: door.open ? "close" : "open", door: number });
  }
}

function words(door) {
  const latch = door.latched ? "locked" : "unlocked: pull it";
  return (door.open ? "open" : latch) + (door.jammed ? ", jammed" : "");
}

function drawDoors(now) {
  const grid = element("doors");
  doors = now;
  while (grid.children.length < now.length) {
    const number = grid.children.length + 1;
    grid.append(button("", "", () => touch(number)));
  }
  now.forEach((door, index) => {
    const made = grid.children[index];
    const kind = door.open ? "open" : door.latched ? "locked" : "unlocked";
    made.className = `door ${kind} size-${door.size}${door.coil ? " coil" : ""}`;
    made.setAttribute("aria-label", `door ${index + 1}, ${words(door)}`);
    const number = document.createElement("b");
    const state = document.createElement("span");
    const size = document.createElement("small");
    size.textContent = door.size;
    number.append(`${index + 1}`, size);
    state.textContent = words(door);
    made.replaceChildren(number, state);
  });
}

function drawUpdate(update) {
  element("release").textContent = update.release;
  const status = update.wanted ? `Update to ${update.wanted}: ${update.status}` : "No update yet.";
  element("update").textContent = update.making || status;
  element("update").classList.toggle("busy", Boolean(update.making || update.active));
  element("new").querySelector("button").disabled = Boolean(update.making);
  element("history").replaceChildren(...update.lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

function addLines(lines) {
  const log = element("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  for (const line of lines) {
    const row = document.createElement("span");
    row.className = `says-${line.split(/\W/, 1)[0]}`;
    row.textContent = `${line}\n`;
    log.append(row);
  }
  while (log.children.length > MOST_LINES) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function explain(about) {
  for (const list of element("help").querySelectorAll("ul")) {
    list.hidden = !list.classList.contains(about.mode);
  }
  for (const role of ["service", "courier"]) {
    for (const place of element("help").querySelectorAll(`b.${role}`)) place.textContent = about[role];
  }
}

function show(now) {
  if (now.fresh) element("log").replaceChildren();
  if ("keypad" in now || "keys" in now) makeKeypad(now.keypad ?? [], now.keys ?? 0);
  if ("about" in now) explain(now.about);
  if ("display" in now) drawDisplay(now.display);
  if ("doors" in now) drawDoors(now.doors);
  if ("state" in now) element("state").textContent = now.state;
  if ("power" in now) element("power").setAttribute("aria-checked", now.power);
  if ("wifi" in now) element("wifi").setAttribute("aria-checked", now.wifi);
  if ("online" in now) element("wifi").classList.toggle("online", now.online);
  if ("slot" in now) element("slot").textContent = now.slot || "–";
  if ("starts" in now) element("starts").textContent = now.starts;
  if ("buzzer" in now) element("buzzer").classList.toggle("sounds", now.buzzer);
  if ("update" in now) drawUpdate(now.update);
  if ("lines" in now) addLines(now.lines);
  for (const key of "down" in now ? document.querySelectorAll("[data-key]") : []) {
    key.classList.toggle("down", now.down.includes(key.dataset.key));
  }
}

function typed(event) {
  const inside = event.target.closest("button, input, a");
  const isText = inside && inside.matches("input:not([type=radio])");
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isText) return;
  if (inside && event.key === "Enter") return;
  const key = KEYS[event.key] ?? event.key.toUpperCase();
  if (!document.querySelector(`[data-key="${CSS.escape(key)}"]`)) return;
  event.preventDefault();
  press(key);
}

const flip = (id) => act({ do: id, on: element(id).getAttribute("aria-checked") !== "true" });
element("power").addEventListener("click", () => flip("power"));
element("wifi").addEventListener("click", () => flip("wifi"));
element("reset").addEventListener("click", () => act({ do: "reset" }));
element("new").addEventListener("submit", (event) => {
  event.preventDefault();
  act({ do: "release", greeting: element("greeting").value });
});
document.addEventListener("keydown", typed);

const live = new EventSource("/live");
live.addEventListener("message", (event) => show(JSON.parse(event.data)));
live.addEventListener("error", () => {
  element("state").textContent = "not there";
  complain("The cabinet does not answer: is make run still running?");
});
