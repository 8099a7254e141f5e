// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Making elements. Text always goes in as text: nothing that came from a device is ever read as HTML.

export const one = (id) => document.getElementById(id);

export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return element;
}

// Makes a place show these children. What shows the same already stays as it is, and with it the focus, what is
// chosen and how far it is scrolled. Elements that do something about one thing carry its name as `data-about`.
export function redraw(place, ...children) {
  settle(place, children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

function settle(place, wanted) {
  const had = [...place.childNodes];
  wanted.forEach((fresh, index) => {
    const old = had[index];
    if (!old) place.append(fresh);
    else if (old.nodeName !== fresh.nodeName || old.dataset?.about !== fresh.dataset?.about) old.replaceWith(fresh);
    else if (!old.isEqualNode(fresh)) turn(old, fresh);
  });
  had.slice(wanted.length).forEach((old) => old.remove());
}

function turn(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    old.data = fresh.data;
    return;
  }
  for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) {
    // Set as an attribute a style would be refused: the page allows styles of its own file alone.
    if (name === "style") old.style.cssText = fresh.style.cssText;
    else old.setAttribute(name, fresh.getAttribute(name));
  }
  settle(old, [...fresh.childNodes]);
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children.flat());
  return element;
}

export function figure(name, [value, unit], note = "", grade = "") {
  return el("div", { class: `figure ${grade}` },
    el("div", { class: "name" }, name),
    el("div", { class: "value" }, value, unit ? el("span", { class: "unit" }, unit) : null),
    note ? el("div", { class: "note" }, note) : null);
}

// Words between backticks stand out, as the gateway means them to.
export const marked = (text) => String(text).split("`")
  .map((part, place) => (place % 2 ? el("code", {}, part) : part));

export const chip = (text, grade = "") => el("span", { class: `chip ${grade}` }, text);

export const route = (name) => {
  const known = ["act", "escalate", "defer", "drop"].includes(name) ? name : "";
  return el("span", { class: `route ${known}` }, name);
};

export function facts(pairs) {
  return el("dl", {}, pairs.filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat());
}

// A cell of a table, which says itself what it is of where a narrow screen has no room for the headings.
export const cell = ([name, kind], ...content) => el("td", { class: kind, "data-name": name }, content);

export function table(headings, rows, empty) {
  if (!rows.length) return el("p", { class: "muted" }, empty);
  return el("table", {},
    el("thead", {}, el("tr", {}, headings.map(([text, kind]) => el("th", { class: kind, scope: "col" }, text)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((content, index) =>
      cell(headings[index], content))))));
}

export function bar(share, grade = "") {
  const fill = el("div");
  fill.style.width = `${Math.max(0, Math.min(1, share || 0)) * 100}%`;
  return el("div", { class: `bar ${grade}` }, fill);
}

export function notice(text, grade, ...more) {
  return el("div", { class: `notice ${grade}` }, el("p", {}, marked(text)), more);
}

// A word at the top of the page that goes away by itself.
export function tell(text, grade = "good") {
  const box = notice(text, grade);
  one("notices").prepend(box);
  setTimeout(() => box.remove(), grade === "bad" ? 20000 : 8000);
}

export function confirm(text) {
  const dialog = one("confirm");
  one("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
