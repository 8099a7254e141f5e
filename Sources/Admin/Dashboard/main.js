// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import { forget, get, hasToken } from "./api.js";
import { showEndpoints, showModels } from "./cloud.js";
import * as decisions from "./decisions.js";
import * as letters from "./letters.js";
import * as overview from "./overview.js";
import { notice, one } from "./page.js";
import * as policies from "./policies.js";

const pause = 2000;
const rarely = 15000;

const shown = 12; // boxes about the state
let alarm = null;
let wasShown = "";

// Boxes about the state are only made anew when they say something else, so that they can be read.
function showWarnings(status) {
  const boxes = overview.warnings(status);
  const words = boxes.map((box) => box.textContent).join("\n");
  if (words === wasShown) return;
  wasShown = words;
  document.querySelectorAll("#notices [data-lasting]").forEach((box) => box.remove());
  const more = boxes.length - shown;
  if (more > 0) boxes.splice(shown, more, notice(`${more} more warnings: \`sluice status\` says them all.`, "warn"));
  for (const box of boxes) {
    box.dataset.lasting = "";
    one("notices").append(box);
  }
}

async function look() {
  try {
    const status = await get("/v1/status");
    alarm?.remove();
    alarm = null;
    overview.take(status);
    overview.showState(status);
    showWarnings(status);
    overview.show(status);
    showEndpoints(status);
    showModels(status);
  } catch (error) {
    // Said once and not with every look, so that a screen reader does not say it again and again.
    if (!alarm) {
      alarm = notice(`The gateway does not answer (${error.message}). What is shown is old; it is asked again. What to do: look whether \`sluice run\` runs, and at its log.`, "bad");
      one("notices").prepend(alarm);
    }
    one("state").textContent = "no answer";
    one("state").className = "chip bad";
  }
}

async function lookRarely() {
  try {
    decisions.policies((await policies.show()).toSorted());
    await letters.show();
  } catch { /* the status says that nothing answers */ }
}

// Nobody looks at a page that is hidden, so nothing is asked for it.
function every(milliseconds, work) {
  const turn = async () => {
    if (!document.hidden) await work();
    setTimeout(turn, milliseconds);
  };
  return turn();
}

function followSections() {
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      const link = links.get(entry.target.id);
      link?.setAttribute("aria-current", "true");
      // On a narrow screen the row of links is wider than the screen.
      if (link) link.parentElement.scrollLeft = link.offsetLeft - 24;
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  document.querySelectorAll("main section").forEach((section) => observer.observe(section));
}

overview.start();
policies.start();
letters.start();
followSections();
one("leave").addEventListener("click", forget);
await every(pause, look);
one("leave").hidden = !hasToken();
decisions.start();
every(rarely, lookRarely);
