// Asks the local Daraja for news, over and over, and hands it to the phones and to the log.

import { LogView } from "/simulator/log.js";
import { openMenu } from "/simulator/menu.js";
import { PhonesView } from "/simulator/phones.js";

const find = (id) => document.getElementById(id);
const preselected = new URLSearchParams(location.search).get("phone") || "";

let last = 0;
let started = "";
let aheadOfUs = null; // the simulator's time of day, less ours
let problemTimer = 0;

export async function press(button, params = {}) {
  try {
    const answer = await fetch(`/simulator/${button}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(params),
    });
    const said = await answer.json();
    if (!answer.ok) complain(said.error || said.errorMessage);
    return said;
  } catch {
    complain("The simulator does not answer; is it still running?");
    return {};
  }
}

function complain(words) {
  find("problem").textContent = words;
  find("problem").hidden = false;
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => (find("problem").hidden = true), 8000);
}

const phones = new PhonesView(press, preselected);
const log = new LogView(press);
openMenu(press);

function show(state) {
  if (started !== state.started) log.clear();
  started = state.started;
  last = state.last;
  aheadOfUs = Date.parse(state.now) - Date.now();
  phones.show(state);
  log.add(state.events);
  find("hold").setAttribute("aria-pressed", String(state.held));
  find("hold").textContent = state.held ? "Let callbacks go" : "Hold callbacks";
  find("deliver").hidden = !state.held;
  tick();
}

function live(isLive) {
  find("live").dataset.state = isLive ? "live" : "lost";
  const words = isLive ? "Live" : "Not connected";
  if (find("live-text").textContent !== words) find("live-text").textContent = words;
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function listen() {
  let wait = 0; // the first answer comes at once
  for (;;) {
    try {
      const query = new URLSearchParams({ since: last, wait, phone: preselected });
      const answer = await fetch(`/simulator/state?${query}`);
      const state = await answer.json();
      if (!answer.ok) {
        complain(state.error);
        await pause(2);
        continue;
      }
      show(state);
      live(true);
      wait = 20;
    } catch {
      live(false);
      wait = 0;
      await pause(1);
    }
  }
}

async function listNumbers() {
  try {
    const { scenarios } = await (await fetch("/simulator/scenarios")).json();
    for (const { number, name, about } of scenarios) {
      const row = find("scenarios").insertRow();
      row.insertCell().append(Object.assign(document.createElement("code"), { textContent: number, title: name }));
      row.insertCell().textContent = about;
    }
  } catch {
    // Without them the usual numbers still stand there, and what is wrong shows at the top.
  }
}

function tick() {
  phones.tick();
  if (aheadOfUs === null) return;
  const now = new Date(Date.now() + aheadOfUs);
  find("clock").textContent = now.toLocaleTimeString("en-GB", { timeZone: "Africa/Nairobi" });
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => press("advance", { seconds: Number(button.dataset.advance) }));
}
find("hold").addEventListener("click", () => press("hold", { held: find("hold").ariaPressed !== "true" }));
find("deliver").addEventListener("click", () => press("deliver", { times: 3, shuffled: true }));
find("revoke").addEventListener("click", () => press("revoke"));
find("settings").textContent = `export MPESA_ENVIRONMENT=simulator
export MPESA_BASE_URL=${location.origin}
export MPESA_CONSUMER_KEY=any-key
export MPESA_CONSUMER_SECRET=any-secret
export MPESA_BUSINESS_SHORTCODE=174379
export MPESA_PASSKEY=bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919
export MPESA_CALLBACK_URL=http://127.0.0.1:8000/payments/callback/`;
find("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(find("settings").textContent);
    find("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(find("settings")); // for the person to copy
    find("copy").textContent = "Selected: press Ctrl-C";
  }
});

setInterval(tick, 250);
listNumbers();
listen();
