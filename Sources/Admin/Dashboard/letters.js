// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Dead letters: what was set aside for a person, and the way back.

import { get, post } from "./api.js";
import { bytes, moment, plain, text } from "./format.js";
import { el, facts, notice, one, tell } from "./page.js";

const page = 50;
let chosen = new Set();
let after = [0];

function update() {
  one("requeue").disabled = chosen.size === 0;
  one("requeue").textContent = chosen.size ? `Send ${plain(chosen.size)} again` : "Send chosen again";
}

async function open(letter) {
  const body = one("story-body");
  const dialog = one("story");
  body.replaceChildren(el("p", { class: "muted" }, "Looking it up…"));
  dialog.showModal();
  try {
    const whole = await get(`/v1/spool/dead/${letter.id}`);
    const payload = whole.payload ?? whole.payload_hex ?? "";
    body.replaceChildren(
      facts([["Letter", plain(whole.id)], ["Since", moment(whole.time)], ["Code", el("code", {}, whole.code)], ["Reason", whole.reason],
        ["Input", whole.input], ["Topic", whole.topic], ["Policy", whole.policy], ["Device", whole.device], ["Attempts", whole.attempts],
        ["Payload", text(bytes(whole.payload_bytes))]]),
      el("pre", { class: "scroll" }, el("code", {}, payload.length > 20000 ? `${payload.slice(0, 20000)}…` : payload)));
  } catch (error) {
    body.replaceChildren(notice(error.message, "bad"));
  }
}

function row(letter) {
  const box = el("input", { type: "checkbox", "aria-label": `Choose letter ${letter.id}` });
  box.checked = chosen.has(letter.id);
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(letter.id);
    else chosen.delete(letter.id);
    update();
  });
  return el("tr", {}, el("td", {}, box),
    el("td", {}, el("button", { type: "button", class: "link", onclick: () => open(letter) }, plain(letter.id))),
    el("td", {}, moment(letter.time)), el("td", {}, el("code", {}, letter.code)), el("td", {}, letter.reason),
    el("td", {}, letter.policy ?? "–"), el("td", {}, letter.device ?? letter.topic),
    el("td", { class: "number" }, text(bytes(letter.payload_bytes))));
}

export async function show() {
  const cursor = after[after.length - 1];
  const letters = await get("/v1/spool/dead", { after: cursor, limit: page });
  const box = one("dead");
  if (!letters.length && after.length === 1) {
    box.replaceChildren(el("p", { class: "muted" }, "None. What cannot be read, asked or done ends here, with its reason."));
    return;
  }
  const all = el("input", { type: "checkbox", "aria-label": "Choose all of this page" });
  all.addEventListener("change", () => {
    for (const letter of letters) if (all.checked) chosen.add(letter.id); else chosen.delete(letter.id);
    for (const one of box.querySelectorAll("tbody input")) one.checked = all.checked;
    update();
  });
  const headings = ["Letter", "Since", "Code", "Reason", "Policy", "Device or topic", "Payload"];
  box.replaceChildren(
    el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, all), headings.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, letters.map(row))),
    el("div", { class: "buttons" },
      el("button", { type: "button", disabled: after.length === 1, onclick: () => { after.pop(); show(); } }, "Earlier"),
      el("button", { type: "button", disabled: letters.length < page, onclick: () => { after.push(letters[letters.length - 1].id); show(); } }, "Later")));
}

export function start() {
  one("refresh-letters").addEventListener("click", () => show().catch((error) => tell(error.message, "bad")));
  one("requeue").addEventListener("click", async () => {
    try {
      const answer = await post("/v1/spool/requeue", { ids: [...chosen].slice(0, 500).join(",") });
      const refused = answer.refused.map((letter) => `${letter.id}: ${letter.reason}`).join("; ");
      tell(`${plain(answer.requeued)} sent again.${refused ? ` Not: ${refused}` : ""}`, refused ? "bad" : "good");
      chosen = new Set();
      after = [0];
      update();
      await show();
    } catch (error) {
      tell(`Refused: ${error.message}`, "bad");
    }
  });
}
