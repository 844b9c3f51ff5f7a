// The checkout form: checks the number as it is typed, asks the phone once, then leads on to the waiting page.

import { ask, occupy } from "./api.js";
import { normalisePhone } from "./phone.js";

const WHOLE = 9; // digits without which a number is still being typed

const form = document.querySelector("#pay");
const { phone, send } = form.elements;
const fault = document.querySelector("#fault");
const faultOfPhone = document.querySelector("#phone-fault");

let left = false; // whether the field was left once: until then nobody is told off for what is half typed
let busy = false;

function judge(words = faultOfPhone.dataset.words) {
  const good = normalisePhone(phone.value) !== null;
  const unfinished = !left && phone.value.replace(/\D/g, "").length < WHOLE;
  const said = good || unfinished ? "" : words;
  if (faultOfPhone.textContent !== said) faultOfPhone.textContent = said;
  phone.setAttribute("aria-invalid", said !== "");
  phone.classList.toggle("good", good);
  return good;
}

function work(on) {
  busy = on;
  phone.readOnly = on;
  form.setAttribute("aria-busy", on);
  occupy(send, on);
}

function tell(words) {
  fault.textContent = words;
  fault.hidden = !words;
  if (words) fault.focus();
}

async function submit(event) {
  event.preventDefault();
  if (busy) return;
  left = true;
  if (!judge()) {
    phone.focus();
    return;
  }
  work(true);
  tell("");
  const { ok, answer } = await ask(form.dataset.api, {
    order_id: form.dataset.orderId,
    amount: form.dataset.amount,
    phone: phone.value,
  });
  if (ok) {
    location.assign(form.dataset.next); // the button stays as it is until that page is there
  } else {
    work(false);
    tell(answer.detail);
  }
}

form.noValidate = true; // the words are ours; without this script the browser says its own
phone.addEventListener("input", () => judge());
phone.addEventListener("blur", () => {
  left = left || phone.value !== "";
  judge();
});
form.addEventListener("submit", submit);
addEventListener("pageshow", ({ persisted }) => persisted && work(false));
judge();
