// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Policies, their rules and how often each has held.

import { blob, get, post } from "./api.js";
import { chance, duration, moment, percent, plain, text } from "./format.js";
import { bar, el, facts, marked, one, redraw, route, table, tell } from "./page.js";

// The plots that were drawn, by policy: when, and where the page has it.
const plots = new Map();

async function fetchPlot(plan) {
  if (plots.get(plan.name)?.drawn === plan.plotted) return;
  const former = plots.get(plan.name)?.address;
  if (former) URL.revokeObjectURL(former);
  plots.delete(plan.name);
  if (plan.plotted === undefined) return;
  const address = URL.createObjectURL(await blob(`/v1/policies/${encodeURIComponent(plan.name)}/plot`));
  plots.set(plan.name, { drawn: plan.plotted, address });
}

function plot(plan) {
  const kept = plots.get(plan.name);
  if (!kept) {
    return plan.threshold === undefined || !plan.endpoints.length ? null : el("p", { class: "muted" },
      marked(`Accuracy against escalation: \`sluice tune --plot tune.svg\`, written into the policy's folder, is shown here.`));
  }
  return [el("h3", {}, `Accuracy against escalation, by the tune of ${moment(plan.plotted * 1000)}`),
    el("img", { class: "plot", src: kept.address, alt: `Accuracy against escalation of ${plan.name}, by the last tune` })];
}

function card(plan) {
  const total = plan.rules.reduce((sum, rule) => sum + rule.hits, 0);
  return el("article", { class: "panel", "data-about": plan.name },
    el("h2", {}, plan.name),
    facts([
      ["Version", el("code", {}, plan.version.slice(0, 12))], ["Model", plan.model ?? "none"],
      ["Endpoints", plan.endpoints.length ? plan.endpoints.join(", ") : "none"],
      ["Deadline", plan.deadline_ms === undefined ? "none" : text(duration(plan.deadline_ms / 1000))],
      ["Threshold", plan.threshold === undefined ? undefined : `${chance(plan.threshold)}${plan.tuned ? `, tuned ${plan.tuned}` : ", not tuned"}`],
      ["Bound", plan.bound === undefined ? undefined : `at most ${text(percent(plan.bound))} of the kept answers differ`],
    ]),
    el("div", { class: "scroll" }, table([["Rule, in the order tried", "long"], ["When", "long"], ["Route"], ["Held", "number"], ["Share"]],
      plan.rules.map((rule) => [
        rule.name, rule.when ? el("code", {}, rule.when) : el("span", { class: "muted" }, "no rule before held"), route(rule.route),
        `${plain(rule.hits)}×`, el("div", {}, `${total ? plain((rule.hits / total) * 100) : 0} %`, bar(total ? rule.hits / total : 0)),
      ]), "It has no rules.")),
    plot(plan));
}

export async function show() {
  const { policies } = await get("/v1/policies");
  // One that cannot be had now is asked for again with the next look.
  await Promise.allSettled(policies.map(fetchPlot));
  redraw(one("plans"), policies.length ? policies.map(card)
    : el("p", { class: "muted" }, "No policy is in force."));
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
