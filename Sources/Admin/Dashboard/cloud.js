// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Endpoints and models.

import { post } from "./api.js";
import { curve, interval } from "./charts.js";
import { bytes, chance, duration, moment, percent, plain, text } from "./format.js";
import { bar, chip, confirm, el, facts, marked, notice, one, redraw, table, tell } from "./page.js";

const breakers = {
  closed: ["closed", "good", "Calls go through."],
  half_open: ["half open", "warn", "A few calls try whether it is back."],
  open: ["open", "bad", "It is not called. Look whether it can be reached and answers; it is tried again by itself."],
};
const uplinks = { online: "good", slow: "warn", probing: "warn", offline: "bad" };
// What the breaker does not say: it may be closed while nobody answers the probes.
const advices = {
  offline: "It does not answer, so nothing is asked of it. Look whether it runs and can be reached; it is tried again by itself.",
  probing: "It is being tried whether it is back.",
  slow: "Answers take long: only what can wait so long is asked. Look at its load and the way to it.",
};

const amount = (kind, value) => (kind === "bytes" ? text(bytes(value)) : `${plain(value)} calls`);
// Money is counted in whatever `price_per_call` is in.
const used = (line) => (line.kind === "money"
  ? `Money, in the currency of the price: ${line.used.toFixed(2)} of ${line.limit.toFixed(2)} a ${line.window} used`
  : `${amount(line.kind, line.used)} of ${amount(line.kind, line.limit)} a ${line.window} used`);

export function showEndpoints(status) {
  const cards = Object.entries(status.cloud).sort().map(([name, endpoint]) => {
    const [word, grade, advice] = breakers[endpoint.breaker] ?? [endpoint.breaker, "", ""];
    const budget = (endpoint.budget ?? []).map((line) => el("div", {},
      el("p", {}, `${used(line)}, ${text(percent(line.left))} left`),
      bar(1 - line.left, line.left <= 0 ? "bad" : line.left < 0.2 ? "warn" : ""),
      line.left <= 0 ? notice(`Spent: it is asked again in the next ${line.window}, or when \`budget\` is raised.`, "warn") : null));
    return el("article", { class: "card", "data-about": name },
      el("div", { class: "heading" }, el("h3", {}, name),
        chip(endpoint.uplink, uplinks[endpoint.uplink]), chip(`breaker ${word}`, grade)),
      el("p", { class: "muted" }, endpoint.breaker === "closed" ? advices[endpoint.uplink] ?? advice : advice),
      endpoint.trouble ? notice(endpoint.trouble, "warn") : null,
      budget.length ? budget : el("p", { class: "muted" }, "No budget is set."),
      el("div", { class: "scroll" }, table(
        [["Policy"], ["p50", "number"], ["p95", "number"], ["In flight", "number"], ["Calls", "number"], ["Failed", "number"]],
        Object.entries(endpoint.models).sort().map(([policy, model]) => [
          policy, model.samples ? text(duration(model.p50_ms / 1000)) : "–", model.samples ? text(duration(model.p95_ms / 1000)) : "–",
          plain(model.in_flight), plain(model.calls ?? 0), plain(model.failed_calls ?? 0)]),
        "No policy asks it.")));
  });
  redraw(one("cloud"), cards.length ? cards
    : el("p", { class: "muted" }, "No endpoint is configured: every decision is made here."));
}

async function change(verb, model, version, question) {
  if (!(await confirm(question))) return;
  try {
    const answer = await post(`/v1/models/${verb}`, { model, version });
    const refused = answer.refused ?? answer.reason;
    tell(answer.refused ? `Refused: ${refused}` : `Done: ${model}.`, answer.refused ? "bad" : "good");
  } catch (error) {
    tell(`Refused: ${error.message}`, "bad");
  }
}

function version(model, entry) {
  const seen = entry.seen;
  const calibration = entry.calibration;
  const judged = seen?.verdicts ? 1 - seen.disagreements / seen.verdicts : undefined;
  const buttons = entry.role === "canary" ? el("div", { class: "buttons" },
    el("button", { type: "button", onclick: () => change("rollback", model, undefined, `End the canary ${model}/${entry.version}? Its devices go back to the active version.`) }, "Roll back"),
    el("button", { type: "button", class: "primary", onclick: () => change("promote", model, entry.version, `Have ${model}/${entry.version} speak for every device?`) }, "Promote")) : null;
  return el("div", { "data-about": entry.version },
    el("div", { class: "heading" }, el("strong", {}, `Version ${entry.version}`),
      chip(entry.role ?? "on disk", entry.role === "active" ? "good" : entry.role === "canary" ? "warn" : "")),
    facts([
      ["Speaks for", entry.role === "canary" ? `${text(percent(entry.share))} of the devices, since ${moment(entry.since)}` : undefined],
      ["Findings", seen ? `${plain(seen.findings)}, ${plain(seen.failures)} failed` : undefined],
      ["Run", seen?.findings ? `${text(duration(seen.mean_ms / 1000))} on average, ${text(duration(seen.longest_ms / 1000))} at most` : undefined],
      ["Agrees with the cloud", judged === undefined ? undefined : `${text(percent(judged))} of ${plain(seen.verdicts)} verdicts`],
      ["Calibration", calibration ? `${calibration.map} of ${calibration.score}, ${plain(calibration.samples)} rows, ${calibration.date}` : entry.role ? "none: confidences are the model's own" : undefined],
      ["Signature", entry.signature],
    ]),
    entry.problem ? notice(entry.problem, "bad") : null,
    calibration?.curve?.length ? curve(calibration.curve) : null,
    buttons);
}

const bounds = { holding: ["the bound holds", "good"], broken: ["the bound is broken", "bad"], unverified: ["too little evidence", "warn"] };

function agreement(policy) {
  const bound = policy.bound;
  const [word, grade] = bounds[bound.state] ?? [bound.state, ""];
  return el("article", { class: "card", "data-about": `bound of ${policy.name}` },
    el("div", { class: "heading" }, el("h3", {}, policy.name), chip(word, grade)),
    el("p", { class: "muted" }, "Share of the answers kept here that differ from the cloud's, by live audits"),
    bound.samples ? interval(bound.estimate, bound.lower, bound.upper, bound.bound) : null,
    facts([
      ["Estimate", bound.samples ? `${text(percent(bound.estimate))}, between ${text(percent(bound.lower))} and ${text(percent(bound.upper))}` : "no audit yet"],
      ["Promised", bound.bound !== undefined ? `${text(percent(bound.bound))} at most, ${text(percent(bound.certainty))} sure` : "no bound is stated"],
      ["Audits", `${plain(bound.samples)} so far; ${text(percent(bound.audit))} of the kept readings are audited`],
      ["Threshold", bound.threshold !== undefined ? chance(bound.threshold) : bound.inapplicable],
      ["Unverified", bound.unverified_reason ? `${bound.unverified_reason}, since ${moment(bound.unverified_since)}` : undefined],
    ]),
    bound.state === "broken" ? notice("What to do: tune the policy again (`sluice tune`), with a trace that has the cloud's answers.", "bad") : null);
}

export function showModels(status) {
  const models = (status.models ?? []).map((model) => el("article", { class: "card", "data-about": model.name },
    el("div", { class: "heading" }, el("h3", {}, model.name),
      model.choice ? el("button", { type: "button", onclick: () => change("reset", model.name, undefined, `Take back what was chosen for ${model.name} at run time? sluice.yaml alone holds then.`) }, "Take choices back") : null),
    model.choice ? el("p", { class: "muted" }, `${model.choice.reason} (${model.choice.by}, ${moment(model.choice.time)})`) : null,
    model.versions.map((entry) => version(model.name, entry))));
  const tested = status.policies.filter(({ bound }) => bound && (bound.bound !== undefined || bound.audit > 0));
  const others = status.policies.filter(({ bound }) => bound && !(bound.bound !== undefined || bound.audit > 0));
  const cards = [...models, ...tested.map(agreement),
    others.length ? el("p", { class: "muted" }, marked(`No bound is promised and nothing audited by ${others.map(({ name }) => name).join(", ")}: \`sluice tune\` states one.`)) : null,
  ].filter(Boolean);
  redraw(one("versions"), cards.length ? cards
    : el("p", { class: "muted" }, "No model repository is configured."));
}
