// Asks the shop's API and its pages, in the name of the customer who is logged in.

const PATIENCE = 30_000; // milliseconds; longer than the shop takes to ask a phone

/** Give what ends a request after that time; phones of before 2022 have none, and wait as long as the network does. */
const patience = () => AbortSignal.timeout?.(PATIENCE);

const { noAnswer, loggedOut, tooOld } = document.body.dataset; // in the language of the page
const IN_WORDS = { 401: loggedOut, 403: tooOld };

/** Get what is at an address or, with a body, post it; give {ok, answer}, where answer.detail says what went wrong. */
export async function ask(address, body) {
  try {
    const request = { headers: { Accept: "application/json" }, signal: patience() };
    if (body) {
      request.method = "POST";
      request.body = JSON.stringify(body);
      request.headers["Content-Type"] = "application/json";
      request.headers["X-CSRFToken"] = document.querySelector("[name=csrfmiddlewaretoken]").value;
    }
    const response = await fetch(address, request);
    const answer = await response.json();
    return { ok: response.ok, answer: response.status in IN_WORDS ? { detail: IN_WORDS[response.status] } : answer };
  } catch {
    return { ok: false, answer: { detail: noAnswer } };
  }
}

/** Load one of our pages; give null where that fails. */
export async function load(address) {
  try {
    const response = await fetch(address, { signal: patience() });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const element of page.querySelectorAll("noscript")) element.remove();
    return page;
  } catch {
    return null;
  }
}

/** Show that a button is at work, and let nobody press it meanwhile. */
export function occupy(button, busy) {
  button.dataset.idle = button.dataset.idle ?? button.textContent;
  button.textContent = busy ? button.dataset.busy : button.dataset.idle;
  button.classList.toggle("busy", busy);
  button.disabled = busy;
}
