// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Asking the gateway. The token, where it wants one, is kept in this tab alone.

import { one } from "./page.js";

const place = "sluice-token";
let asking = null;

const headers = () => {
  const token = sessionStorage.getItem(place);
  return token ? { Authorization: `Bearer ${token}` } : {};
};

export const hasToken = () => sessionStorage.getItem(place) !== null;

export function forget() {
  sessionStorage.removeItem(place);
  location.reload();
}

// Asks the person for the token, once for all who want it.
function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = one("login");
    const form = one("login-form");
    const had = hasToken();
    one("login-error").textContent = had ? "That token is not the one." : "";
    dialog.showModal();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem(place, new FormData(form).get("token"));
      form.reset();
      dialog.close();
      asking = null;
      resolve();
    }, { once: true });
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  });
  return asking;
}

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, options = {}) {
  for (;;) {
    const response = await fetch(path, { method, headers: headers(), cache: "no-store", ...options });
    if (response.ok) return response;
    if (response.status === 401) {
      await askForToken();
      continue;
    }
    let message = `${response.status} ${response.statusText}`;
    try {
      message = (await response.json()).error.message;
    } catch { /* not ours: the status will do */ }
    throw new Refused(response.status, message);
  }
}

const query = (values) => {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
};

export const get = async (path, values = {}) => (await call("GET", path + query(values))).json();
export const post = async (path, values = {}) => (await call("POST", path + query(values))).json();
export const blob = async (path) => (await call("GET", path)).blob();

// Server-sent events over fetch, which, unlike EventSource, can bring a token.
export async function stream(path, values, signal, take) {
  const response = await call("GET", path + query(values), { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  take("open", null);
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const events = rest.split("\n\n");
    rest = events.pop();
    if (rest.length > 1 << 20) throw new Error("an event without an end");
    for (const event of events) {
      let name = "message";
      let data = "";
      for (const line of event.split("\n")) {
        if (line.startsWith("event: ")) name = line.slice(7);
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (data) take(name, JSON.parse(data));
    }
  }
}
