// The phones: what each customer sees, and the buttons and keys to answer with.

const KEYS = { p: "pay", w: "wrong pin", m: "no funds", c: "cancel", i: "ignore" };
const PRESSED = {
  pay: "PIN entered",
  "wrong pin": "Wrong PIN entered",
  "no funds": "PIN entered, with too little money",
  cancel: "Cancelled",
  ignore: "Ignored: it rings out by itself",
};
const shillings = new Intl.NumberFormat("en-KE");

export function spaced(phone) {
  return phone.replace(/^254(\d{3})(\d{3})(\d{3})$/, "0$1 $2 $3");
}

export class PhonesView {
  constructor(press, preselected) {
    this.press = press;
    this.preselected = this.inDarajasForm(preselected);
    this.list = document.getElementById("phones");
    this.cards = new Map();
    this.ends = new Map();
    this.silent = new Set(); // prompts that a person chose to ignore
    if (this.preselected) this.card(this.preselected).classList.add("chosen");
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("focusin", () => this.markKeyed());
  }

  inDarajasForm(number) {
    const found = /^(?:\+?254|0)?([17]\d{8})$/.exec(number.replace(/[\s().-]/g, ""));
    return found ? `254${found[1]}` : "";
  }

  show(state) {
    const now = performance.now();
    const byPhone = new Map(this.preselected ? [[this.preselected, []]] : []);
    for (const prompt of state.prompts) {
      if (!byPhone.has(prompt.phone)) byPhone.set(prompt.phone, []);
      byPhone.get(prompt.phone).push(prompt);
    }
    this.ends.clear();
    for (const [phone, card] of this.cards) {
      if (byPhone.has(phone)) continue;
      card.remove();
      this.cards.delete(phone);
    }
    for (const [phone, prompts] of [...byPhone].reverse()) {
      const card = this.card(phone);
      if (card.dataset.state !== "asked") this.place(card, prompts.some((prompt) => !prompt.result));
      this.fill(card, phone, prompts, now);
    }
    this.welcome(byPhone.size === 0);
    const open = state.open;
    const shown = state.prompts.filter((prompt) => !prompt.result).length;
    const words = open === 0 ? "" : open === 1 ? "1 prompt is open" : `${open} prompts are open`;
    document.getElementById("phones-note").textContent = shown < open ? `${words}; the newest are here` : words;
    document.title = open ? `(${open}) Phones - local Daraja` : "Phones - local Daraja";
    this.markKeyed();
    this.tick();
  }

  // The keys go to the phone that has the focus, and otherwise to the first that is asked.
  keyed() {
    const focused = document.activeElement.closest(".phone");
    return [focused, ...this.list.children].find((card) => card && card.dataset.state === "asked");
  }

  markKeyed() {
    const keyed = this.keyed();
    for (const card of this.cards.values()) card.classList.toggle("keyed", card === keyed);
  }

  // A phone with a prompt never moves, or a person would press the wrong phone's button: new ones come behind it.
  place(card, isAsked) {
    if (card.isConnected && (!isAsked || card.classList.contains("chosen"))) return;
    const before = [...this.list.children].filter(
      (other) => other !== card && (other.dataset.state === "asked" || other.classList.contains("chosen")),
    );
    if (before.length && !card.classList.contains("chosen")) before.at(-1).after(card);
    else this.list.prepend(card);
  }

  welcome(isEmpty) {
    const welcome = document.getElementById("welcome");
    if (isEmpty === !welcome.hidden) return;
    welcome.hidden = !isEmpty;
    document.getElementById("magic").open = isEmpty;
  }

  card(phone) {
    if (!this.cards.has(phone)) {
      const card = document.getElementById("phone-template").content.firstElementChild.cloneNode(true);
      card.dataset.phone = phone;
      card.querySelector("article").setAttribute("aria-label", `Phone ${spaced(phone)}`);
      card.querySelector(".number").textContent = spaced(phone);
      for (const key of card.querySelectorAll("[data-answer]")) {
        key.addEventListener("click", () => this.answer(phone, key.dataset.answer));
      }
      this.cards.set(phone, card);
    }
    return this.cards.get(phone);
  }

  fill(card, phone, prompts, now) {
    const open = prompts.filter((prompt) => !prompt.result).reverse(); // the oldest is answered first
    const part = (name) => card.querySelector(name);
    const [prompt] = open;
    const hadFocus = card.contains(document.activeElement);
    card.dataset.state = prompt ? "asked" : "idle";
    part(".prompt").hidden = !prompt;
    part(".idle").hidden = Boolean(prompt);
    part(".more").textContent = open.length > 1 ? `${open.length - 1} more waiting` : "";
    if (prompt) {
      if (card.dataset.id !== prompt.checkout_request_id) {
        card.dataset.id = prompt.checkout_request_id;
        this.tell(`${spaced(phone)} is asked for KES ${shillings.format(prompt.amount)}, ${prompt.reference}`);
      }
      part(".amount").textContent = `KES ${shillings.format(prompt.amount)}`;
      part(".to").textContent = `to business ${prompt.receiver}`;
      part(".reference").textContent = `Account ${prompt.reference}`;
      card.classList.toggle("ignored", this.silent.has(prompt.checkout_request_id));
      this.ends.set(card, { at: now + prompt.seconds_left * 1000, whole: prompt.seconds * 1000 });
      return;
    }
    card.classList.remove("ignored");
    const [newest] = prompts;
    card.dataset.result = newest ? (newest.paid ? "paid" : "unpaid") : "none";
    part(".sign").textContent = newest ? (newest.paid ? "✓" : "–") : "";
    part(".outcome").textContent = newest ? newest.result.title : "Waiting to be asked";
    part(".detail").textContent = newest
      ? `KES\u00a0${shillings.format(newest.amount)} · ${newest.reference}${newest.result.receipt && ` · ${newest.result.receipt}`}`
      : "The next prompt for this number appears here.";
    if (card.dataset.id && newest) {
      delete card.dataset.id;
      this.tell(`${spaced(phone)}: ${newest.result.title}`);
      if (hadFocus) document.getElementById("phones-title").focus();
    }
  }

  tick() {
    for (const [card, { at, whole }] of this.ends) {
      const left = Math.max(0, at - performance.now());
      const seconds = Math.ceil(left / 1000);
      card.querySelector("progress").value = whole ? left / whole : 0;
      const spare = seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
      const words = card.classList.contains("ignored") ? "rings out in" : "ends in";
      card.querySelector(".left").textContent = `${words} ${spare}`;
    }
  }

  answer(phone, answer) {
    const card = this.cards.get(phone);
    if (answer === "ignore") {
      this.silent.add(card.dataset.id);
      card.classList.add("ignored");
    }
    this.tell(`${spaced(phone)}: ${PRESSED[answer]}`);
    return this.press("answer", { phone, answer });
  }

  onKey(event) {
    if (event.target.closest("input:not([type=radio])")) return; // there a letter is a letter
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const answer = KEYS[event.key.toLowerCase()];
    const card = this.keyed();
    if (!answer || !card) return;
    event.preventDefault();
    this.answer(card.dataset.phone, answer);
  }

  tell(words) {
    document.getElementById("news").textContent = words;
  }
}
