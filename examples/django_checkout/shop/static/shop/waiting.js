// The waiting page: asks how far the payment is until it is decided, for a minute; what is shown the server renders.

import { ask, load, occupy } from "./api.js";

const EVERY = 5_000; // milliseconds
const AT_MOST = 60_000;

const section = document.querySelector("#payment");
const fault = document.querySelector("#fault");
const asked = document.querySelector("#asked");
const print = document.querySelector("#print");
const { stillTitle, stillOpen, nothingNew } = section.dataset; // in the language of the page

const watchedSince = Date.now();
let timer;
let stopped = false;
let promptEnds = 0;

const isOpen = () => "open" in section.dataset;

function tell(words) {
  fault.textContent = words;
  fault.hidden = !words;
}

function later(work, milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(work, milliseconds);
}

/** Put what the server says now in the place of what is here; give whether that could be done. */
async function redraw() {
  clearTimeout(timer); // what it counts may be gone
  asked.textContent = "";
  const page = await load(location.href);
  const fresh = page?.querySelector("#payment");
  if (!fresh) return false;
  for (const id of ["news", "next", "facts"]) {
    const part = document.getElementById(id);
    part.textContent = ""; // what phones of before 2020 know of `replaceChildren`
    part.append(...page.getElementById(id).childNodes);
  }
  document.title = page.title;
  for (const name of Object.keys(section.dataset)) delete section.dataset[name];
  Object.assign(section.dataset, fresh.dataset);
  begin();
  return true;
}

/** Look at what is there now: how long the prompt lasts, and whether there is a receipt to print. */
function begin() {
  const left = document.querySelector("#left");
  promptEnds = left ? Date.now() + 1000 * left.textContent : 0;
  print.hidden = section.dataset.status !== "success";
}

/** Count the prompt's seconds down. */
function tick() {
  const left = document.querySelector("#left");
  if (!left) return;
  const seconds = Math.max(0, Math.ceil((promptEnds - Date.now()) / 1000));
  left.textContent = seconds;
  document.querySelector("#waiting progress").value = seconds;
  document.querySelector("#counting").hidden = seconds === 0;
  document.querySelector("#ended").hidden = seconds > 0;
}

/** Go on as the page that is shown demands. */
function proceed() {
  if (isOpen()) {
    stopped = stopped || Date.now() - watchedSince >= AT_MOST;
    document.querySelector("#waiting").hidden = stopped;
    document.querySelector("#stopped").hidden = !stopped;
    if (stopped) {
      document.querySelector("#news h1").textContent = stillTitle;
      document.querySelector("#message").textContent = stillOpen;
    } else {
      later(look, EVERY);
    }
  } else if (document.querySelector("#seconds")) {
    countDown(Date.now() + 1000 * document.querySelector("#seconds").textContent);
  }
}

async function look() {
  const { ok, answer } = await ask(section.dataset.api);
  tell(ok ? "" : answer.detail);
  if (ok && answer.status !== section.dataset.status) await redraw();
  proceed();
}

function countDown(end) {
  const seconds = Math.ceil((end - Date.now()) / 1000);
  document.querySelector("#seconds").textContent = Math.max(seconds, 0);
  if (seconds > 0) later(() => countDown(end), 1000);
  else later(document.querySelector("#next > form.check") ? check : renew, 1000);
}

/** Have M-Pesa asked, not oftener than is due. */
async function check() {
  const { status } = section.dataset;
  const { ok, answer } = await ask(section.dataset.check, {});
  tell(ok ? "" : answer.detail);
  if (!ok || !(await redraw())) return;
  if (section.dataset.status === status) asked.textContent = `${nothingNew} ${hourAndMinute(new Date())}.`;
  proceed();
}

/** Show what waiting alone has changed, as nothing is left to ask. */
async function renew() {
  const { ok, answer } = await ask(section.dataset.api);
  tell(ok ? "" : answer.detail);
  if (ok && (await redraw())) proceed();
  else later(renew, EVERY);
}

function hourAndMinute(time) {
  return time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

section.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  occupy(button, true);
  await check();
  if (button.isConnected) occupy(button, false);
  document.querySelector("#news").focus();
});

// Whoever comes back from the M-Pesa prompt to this page hears at once.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && isOpen()) later(look, 0);
});

print.addEventListener("click", () => globalThis.print());
setInterval(tick, 1000);
begin();
proceed();
