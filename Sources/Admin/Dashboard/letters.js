// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Dead letters: what was set aside for a person, and the way back.

import { get, post } from "./api.js";
import { bytes, moment, plain, text } from "./format.js";
import { cell, el, facts, marked, notice, one, redraw, tell } from "./page.js";

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
  one("story-title").textContent = "Dead letter";
  body.replaceChildren(el("p", { class: "muted" }, "Looking it up…"));
  dialog.showModal();
  try {
    const whole = await get(`/v1/spool/dead/${letter.id}`);
    const payload = whole.payload ?? whole.payload_hex ?? "";
    body.replaceChildren(
      facts([["Letter", String(whole.id)], ["Since", moment(whole.time)], ["Code", el("code", {}, whole.code)], ["Reason", whole.reason],
        ["Input", whole.input], ["Topic", whole.topic], ["Policy", whole.policy], ["Device", whole.device], ["Attempts", whole.attempts],
        ["Payload", text(bytes(whole.payload_bytes))]]),
      el("pre", { class: "scroll" }, el("code", {}, payload.length > 20000 ? `${payload.slice(0, 20000)}…` : payload)));
  } catch (error) {
    body.replaceChildren(notice(error.message, "bad"));
  }
}

function row(letter) {
  const box = el("input", { type: "checkbox", value: letter.id, "aria-label": `Choose letter ${letter.id}` });
  box.checked = chosen.has(letter.id);
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(letter.id);
    else chosen.delete(letter.id);
    update();
  });
  return el("tr", { "data-about": letter.id }, cell(["Choose"], box),
    cell(["Letter"], el("button", { type: "button", class: "link", onclick: () => open(letter) }, String(letter.id))),
    cell(["Since", "when"], moment(letter.time)), cell(["Code", "when"], el("code", {}, letter.code)), cell(["Reason", "long"], letter.reason),
    cell(["Policy"], letter.policy ?? "–"), cell(["Device or topic", "long"], letter.device ?? letter.topic),
    cell(["Payload", "number"], text(bytes(letter.payload_bytes))));
}

export async function show() {
  const cursor = after[after.length - 1];
  const letters = await get("/v1/spool/dead", { after: cursor, limit: page });
  const box = one("dead");
  if (!letters.length && after.length === 1) {
    redraw(box, el("p", { class: "muted" }, "None. What cannot be read, asked or done ends here, with its reason."));
    return;
  }
  const last = letters.length ? letters[letters.length - 1].id : cursor;
  const turn = (step) => () => {
    step();
    show().catch((error) => tell(error.message, "bad"));
  };
  const all = el("input", { type: "checkbox", "aria-label": "Choose all of this page" });
  all.addEventListener("change", () => {
    for (const one of box.querySelectorAll("tbody input")) {
      if (one.checked !== all.checked) one.click();
    }
  });
  const headings = ["Letter", "Since", "Code", "Reason", "Policy", "Device or topic", "Payload"];
  redraw(box,
    el("table", {}, el("thead", { "data-about": cursor }, el("tr", {}, el("th", {}, all), headings.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, letters.map(row))),
    el("p", { class: "muted" }, marked("What to do: mend the cause, then send them again; they are taken as if they had just come. `sluice spool edit` changes a payload first.")),
    el("div", { class: "buttons", "data-about": `${after.length} ${last}` },
      el("button", { type: "button", disabled: after.length === 1, onclick: turn(() => after.pop()) }, "Earlier"),
      el("button", { type: "button", disabled: letters.length < page, onclick: turn(() => after.push(last)) }, "Later")));
}

// All that were chosen, as many at a time as the gateway takes; those it refused, with why.
async function sendAgain() {
  const ids = [...chosen];
  let sent = 0;
  const refused = [];
  while (ids.length) {
    const answer = await post("/v1/spool/requeue", { ids: ids.splice(0, 500).join(",") });
    sent += answer.requeued;
    refused.push(...answer.refused.map((letter) => `${letter.id}: ${letter.reason}`));
  }
  return [sent, refused];
}

export function start() {
  one("refresh-letters").addEventListener("click", () => show().catch((error) => tell(error.message, "bad")));
  one("requeue").addEventListener("click", async () => {
    try {
      const [sent, refused] = await sendAgain();
      tell(`${plain(sent)} sent again.${refused.length ? ` Not: ${refused.join("; ")}` : ""}`, refused.length ? "bad" : "good");
      chosen = new Set();
      after = [0];
      update();
      await show();
    } catch (error) {
      tell(`Refused: ${error.message}`, "bad");
    }
  });
}
