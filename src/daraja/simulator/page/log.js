// The log: every request, answer and callback, explained, with a filter and a button to have it once more.

const KINDS = {
  requests: new Set(["token", "push", "request", "query", "refused"]),
  callbacks: new Set(["callback", "receiver"]),
  trouble: new Set(["refused", "fault"]),
};
const NAMES = {
  token: "Token", refused: "Refused", push: "Push", request: "Request", pressed: "Phone", decided: "Result", query: "Query",
  payment: "Payment", callback: "Callback", receiver: "Shop", control: "Control", fault: "Fault",
};
const KEPT = 500;

function isTrouble(event) {
  return KINDS.trouble.has(event.kind) || (event.kind === "receiver" && !/answered HTTP 2\d\d$/.test(event.text));
}

export class LogView {
  constructor(press) {
    this.press = press;
    this.list = document.getElementById("log");
    this.filter = document.getElementById("filter");
    this.filter.addEventListener("input", () => this.refilter());
    this.filter.addEventListener("submit", (event) => event.preventDefault());
    this.refilter();
  }

  clear() {
    this.list.replaceChildren();
    this.refilter();
  }

  add(events) {
    for (const event of events) {
      const entry = this.entry(event);
      entry.hidden = !this.wanted(entry);
      this.list.prepend(entry);
    }
    while (this.list.children.length > KEPT) this.list.lastElementChild.remove();
    this.count();
  }

  entry(event) {
    const entry = document.getElementById("entry-template").content.firstElementChild.cloneNode(true);
    const part = (name) => entry.querySelector(name);
    entry.dataset.kind = event.kind;
    entry.dataset.number = event.number;
    if (isTrouble(event)) entry.classList.add("trouble");
    part("time").textContent = event.time;
    part(".kind").textContent = NAMES[event.kind] || event.kind;
    part(".text").textContent = event.text;
    const { explanation, request, response, again } = event;
    if (explanation) {
      part(".explained").hidden = false;
      part(".explained").dataset.outcome = explanation.outcome;
      part(".title").textContent = explanation.code === "" ? explanation.title : `${explanation.code}: ${explanation.title}`;
      part(".hint").textContent = explanation.hint;
    }
    if (request) this.wire(part(".wire"), again === "callback" ? "Callback" : "Request", request);
    if (response) this.wire(part(".wire"), "Answer", response);
    if (again === "request" && !response) this.wire(part(".wire"), "Answer", { line: "The connection was dropped", body: "" });
    if (again) {
      part(".again").hidden = false;
      part(".again").textContent = again === "callback" ? "Send again" : "Replay";
      part(".again").addEventListener("click", () => this.press("again", { event: event.number }));
    }
    if (!again) entry.replaceChildren(this.plain(part("summary"))); // nothing to unfold
    entry.dataset.words = `${event.text} ${part(".kind").textContent} ${JSON.stringify([request, response, explanation])}`.toLowerCase();
    return entry;
  }

  plain(summary) {
    const line = document.createElement("div");
    line.className = "line";
    line.append(...summary.childNodes);
    return line;
  }

  wire(place, title, { line, body }) {
    place.hidden = false;
    const heading = document.createElement("p");
    heading.className = "wire-title";
    heading.append(Object.assign(document.createElement("b"), { textContent: title }), ` ${line}`);
    place.append(heading);
    if (body === "") return;
    const text = typeof body === "string" ? body : JSON.stringify(body, null, 2);
    place.append(Object.assign(document.createElement("pre"), { textContent: text, tabIndex: 0 }));
  }

  wanted(entry) {
    const kind = this.filter.elements.kind.value;
    const words = document.getElementById("search").value.trim().toLowerCase();
    const fits = kind === "" || (kind === "trouble" ? entry.classList.contains("trouble") : KINDS[kind].has(entry.dataset.kind));
    return fits && entry.dataset.words.includes(words);
  }

  refilter() {
    for (const entry of this.list.children) entry.hidden = !this.wanted(entry);
    this.count();
  }

  count() {
    const all = this.list.children.length;
    const shown = [...this.list.children].filter((entry) => !entry.hidden).length;
    document.getElementById("log-note").textContent = all === shown ? "" : `${shown} of ${all}`;
    document.getElementById("log-empty").hidden = shown > 0;
    document.getElementById("log-empty").textContent = all
      ? "Nothing here fits the filter."
      : "Nothing yet. Every request, answer and callback appears here.";
  }
}
