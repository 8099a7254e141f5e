// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// The live list of decisions, and the story of one.

import { get, stream } from "./api.js";
import { chance, clock, duration, moment, plain, text } from "./format.js";
import { cell, el, facts, notice, one, route, table } from "./page.js";

const most = 200; // rows shown
let waiting = [];
let lost = 0;
let held = false;
let current = null;

function row(decision) {
  const open = () => explain(decision);
  return el("tr", { onclick: open },
    cell(["Time", "when"], el("button", { type: "button", class: "link", onclick: (event) => { event.stopPropagation(); open(); } }, clock(decision.logged ?? decision.time))),
    cell(["Route"], route(decision.route), decision.revision ? ` ${decision.standing}` : ""),
    cell(["Policy"], decision.policy), cell(["Device"], decision.device), cell(["Rule"], decision.rule),
    cell(["Label"], decision.label ?? "–"),
    cell(["Confidence", "number"], chance(decision.confidence)),
    cell(["Latency", "number"], text(duration(decision.latency_ms / 1000))));
}

// Rows must not go away under the keys of who walks through them.
const isWalked = () => one("list").querySelector(":focus-visible") !== null;

// Drawn some times a second, however many come.
function draw() {
  if (!waiting.length) return;
  if (held || isWalked()) {
    note();
    return;
  }
  const list = one("list");
  const rows = waiting.splice(0).slice(-most).reverse().map(row);
  list.prepend(...rows);
  while (list.childElementCount > most) list.lastElementChild.remove();
  note();
}

function note() {
  const missed = lost ? ` ${plain(lost)} more were not shown: they came faster than they are sent; filter to see all of a device.` : "";
  const words = held ? `Held; ${plain(waiting.length)} newer wait.`
    : isWalked() ? `Held while the keyboard is in the list; ${plain(waiting.length)} newer wait.`
      : "Newest first. Choose one to see why it was made.";
  one("list-note").textContent = words + missed;
}

const status = (text, grade = "") => {
  const box = one("stream");
  box.textContent = text;
  box.className = `chip ${grade}`;
};

async function listen(filter) {
  current?.abort();
  const control = new AbortController();
  current = control;
  waiting = [];
  lost = 0;
  one("list").replaceChildren();
  for (;;) {
    try {
      await stream("/v1/decisions/stream", filter, control.signal, (name, data) => {
        if (name === "open") status("live", "good");
        else if (name === "lost") { lost += data.lines; note(); }
        else if (name === "decision") {
          waiting.push(data);
          if (waiting.length > 2000) { waiting.shift(); lost += 1; }
        }
      });
      status("the gateway is stopping", "warn");
    } catch (error) {
      if (control.signal.aborted) return;
      status(error.status === 503 ? "too many look on" : "connection lost, trying again", "warn");
    }
    await new Promise((resolve) => setTimeout(resolve, 3000));
    if (control.signal.aborted) return;
  }
}

const outcomes = {
  held: ["held, and decided", "holds"], not_held: ["did not hold", "fails"], failed: ["could not be evaluated", "bad"],
  would_hold: ["not reached; would have held", "fails"], would_not_hold: ["not reached; would not have held", "fails"],
};

function conditions(story) {
  return table([["Rule"], ["When", "long"], ["Came out", "long"]],
    (story.conditions ?? []).map((condition) => {
      const [words, grade] = outcomes[condition.outcome] ?? [condition.outcome, ""];
      return [
        condition.kind === "stage" ? `stage ${condition.name}` : condition.name,
        condition.when ? el("code", {}, condition.when) : el("span", { class: "muted" }, "no rule before held"),
        el("div", {}, el("span", { class: grade }, condition.error ? `${words}: ${condition.error}` : words),
          condition.ways?.length ? el("div", { class: "muted" }, "It would turn if ", condition.ways[0].map((change) => change.words).join(" and ")) : null),
      ];
    }),
    "The conditions cannot be shown: the policy has changed since, or the values were not logged.");
}

const values = (pairs) => table([["Variable"], ["Value"]],
  Object.entries(pairs ?? {}).map(([name, value]) => [el("code", {}, name), el("code", {}, String(value))]), "None were read.");

function finding(found) {
  return facts([
    ["Model", found.model], ["Label", found.label], ["Confidence", found.confidence === undefined ? undefined : chance(found.confidence)],
    ["Score", found.score === undefined ? undefined : chance(found.score)], ["Margin", found.margin === undefined ? undefined : plain(found.margin)],
    ["Value", found.value === undefined ? undefined : plain(found.value)], ["Ran for", found.latency_ms === undefined ? undefined : text(duration(found.latency_ms / 1000))],
    ["Failed", found.failed], ["Skipped", found.skipped],
    ["Calibration", found.calibration ? `${found.calibration.map} of ${found.calibration.score}, ${found.calibration.date}` : undefined],
  ]);
}

function word(said) {
  const parts = [said.logged ? moment(said.logged) : null, said.standing, said.label, said.confidence === undefined ? null : `confidence ${chance(said.confidence)}`,
    said.latency_ms === undefined ? null : `after ${text(duration(said.latency_ms / 1000))}`, said.answer ? `${said.answer.endpoint} (${said.answer.model}) said ${said.answer.label}` : null];
  const actions = (said.actions ?? []).map((action) => `${action.name} → ${action.target}`);
  const kept = (said.held_back ?? []).map((name) => `${name} held back`);
  return el("p", {}, parts.filter(Boolean).join(" · "), [...actions, ...kept].map((line) => el("div", { class: "muted" }, line)));
}

function tell(story) {
  const link = story.cloud;
  const found = story.findings ?? (story.finding ? [story.finding] : []);
  return [
    el("p", {}, route(story.route), ` by rule “${story.rule}” of `, el("strong", {}, story.policy), ` about `, el("strong", {}, story.device)),
    facts([
      ["Decision", el("code", {}, story.decision_id ?? "")], ["Reading's time", moment(story.time)], ["Sequence", story.sequence],
      ["Without an answer", story.fallback], ["Policy's version", story.policy_version ? el("code", {}, story.policy_version.slice(0, 12)) : undefined],
      ["Threshold", story.threshold ? `${chance(story.threshold.value)}${story.threshold.tuned ? `, tuned ${story.threshold.tuned}` : ", not tuned"}` : undefined],
      ["Deadline", story.deadline ? `${plain(story.deadline.left_ms)} ms of ${plain(story.deadline.total_ms)} ms were left` : undefined],
      ["Cloud", link ? `${link.up ? "up" : "not up"}, breaker ${link.breaker}, p95 ${plain(link.p95_ms)} ms, ${plain(link.budget_left * 100)} % of the budget left` : undefined],
      ["Bound", story.bound ? `${plain(story.bound.estimate * 100)} % differ, at most ${plain(story.bound.upper * 100)} %, ${plain(story.bound.samples)} audits` : undefined],
    ]),
    el("h3", {}, "Rules tried"), conditions(story),
    el("h3", {}, "Values read"), values(story.observed),
    found.length ? [el("h3", {}, "What the models said"), found.map(finding)].flat() : [],
    story.words?.length ? [el("h3", {}, "What was said and done"), story.words.map(word)].flat() : [],
    story.labels?.length ? [el("h3", {}, "What others said since"), story.labels.map((label) => el("p", {}, Object.values(label).join(" · ")))].flat() : [],
    (story.notes ?? []).map((text) => notice(text, "warn")),
  ].flat();
}

async function explain(decision) {
  const dialog = one("story");
  const body = one("story-body");
  one("story-title").textContent = "Why";
  body.replaceChildren(el("p", { class: "muted" }, "Looking it up…"));
  if (!dialog.open) dialog.showModal();
  try {
    body.replaceChildren(...tell(await get(`/v1/decisions/${encodeURIComponent(decision.decision_id)}`)));
  } catch (error) {
    body.replaceChildren(...tell(decision), notice(`This is what the live line says. ${error.message}`, "warn"));
  }
}

export function policies(names) {
  const select = one("filter").elements.policy;
  const known = [...select.options].slice(1).map((option) => option.value);
  if (known.join("\n") === names.join("\n")) return;
  const chosen = select.value;
  select.replaceChildren(el("option", { value: "" }, "any"), ...names.map((name) => el("option", { value: name }, name)));
  select.value = names.includes(chosen) ? chosen : "";
}

export function start() {
  const form = one("filter");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    listen(Object.fromEntries(new FormData(form)));
  });
  one("hold").addEventListener("click", () => {
    held = !held;
    one("hold").setAttribute("aria-pressed", String(held));
    one("hold").textContent = held ? "Go on" : "Hold";
    note();
    draw();
  });
  one("story").querySelector(".close").addEventListener("click", () => one("story").close());
  setInterval(draw, 300);
  listen({});
}

