// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Policies, their rules and how often each has held.

import { blob, get, post } from "./api.js";
import { duration, percent, plain, text } from "./format.js";
import { bar, el, facts, one, route, table, tell } from "./page.js";

// The plots that have been asked for, by policy: kept while the page is redrawn.
const plots = new Map();

async function plot(name, place) {
  try {
    const address = URL.createObjectURL(await blob(`/v1/policies/${encodeURIComponent(name)}/plot`));
    if (plots.has(name)) URL.revokeObjectURL(plots.get(name));
    plots.set(name, address);
    place.replaceChildren(el("img", { class: "plot", src: address, alt: `Accuracy against escalation of ${name}, by the last tune` }));
  } catch (error) {
    place.replaceChildren(el("p", { class: "muted" }, error.message));
  }
}

function card(plan) {
  const total = plan.rules.reduce((sum, rule) => sum + rule.hits, 0);
  const place = el("div", {}, plots.has(plan.name) ? el("img", { class: "plot", src: plots.get(plan.name), alt: `Accuracy against escalation of ${plan.name}` }) : null);
  return el("article", { class: "panel" },
    el("div", { class: "heading" }, el("h2", {}, plan.name),
      el("button", { type: "button", onclick: () => plot(plan.name, place) }, "Plot of the last tune")),
    facts([
      ["Version", el("code", {}, plan.version.slice(0, 12))], ["Model", plan.model ?? "none"],
      ["Endpoints", plan.endpoints.length ? plan.endpoints.join(", ") : "none"],
      ["Deadline", plan.deadline_ms === undefined ? "none" : text(duration(plan.deadline_ms / 1000))],
      ["Threshold", plan.threshold === undefined ? undefined : `${plain(plan.threshold)}${plan.tuned ? `, tuned ${plan.tuned}` : ", not tuned"}`],
      ["Bound", plan.bound === undefined ? undefined : `at most ${text(percent(plan.bound))} of the kept answers differ`],
    ]),
    el("div", { class: "scroll" }, table([["Rule, in the order tried"], ["When"], ["Route"], ["Held", "number"], ["Share"]],
      plan.rules.map((rule) => [
        rule.name, rule.when ? el("code", {}, rule.when) : el("span", { class: "muted" }, "no rule before held"), route(rule.route),
        `${plain(rule.hits)}×`, el("div", {}, `${total ? plain((rule.hits / total) * 100) : 0} %`, bar(total ? rule.hits / total : 0)),
      ]), "It has no rules.")),
    place);
}

export async function show() {
  const { policies } = await get("/v1/policies");
  one("plans").replaceChildren(...(policies.length ? policies.map(card)
    : [el("p", { class: "muted" }, "No policy is in force.")]));
  return policies.map((plan) => plan.name);
}

export function start() {
  one("reload").addEventListener("click", async () => {
    try {
      const { taken, findings } = await post("/v1/reload");
      if (!taken) tell(`Refused; the former ones stay in force: ${findings.join("\n")}`, "bad");
      else if (findings.length) tell(`In force, with findings: ${findings.join("\n")}`, "bad");
      else tell("The policies were read again and are in force.");
      await show();
    } catch (error) {
      tell(`Refused: ${error.message}`, "bad");
    }
  });
}
