// The menu of a phone: a customer pays a pay bill or a till, though no shop asked for it.
// A shop may link to it: /?phone=254712345678&number=174379&account=12345678&amount=500

const STATUS = { paid: "Paid", waiting: "The shop has not validated it yet", rejected: "The shop rejected it" };

export function openMenu(press) {
  const form = document.getElementById("menu");
  const { phone, number, account, amount, way } = form.elements;
  const isTill = () => way.value === "buy_goods";

  const asked = new URLSearchParams(location.search);
  if (asked.has("account")) {
    for (const field of [phone, number, account, amount]) field.value = asked.get(field.name) || field.value;
    form.closest("details").open = true;
    form.querySelector("button").focus();
  }

  form.addEventListener("change", () => {
    document.getElementById("menu-account").hidden = isTill();
    document.getElementById("menu-number").textContent = isTill() ? "Till number" : "Business number";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const whom = isTill() ? { till: number.value } : { shortcode: number.value, account: account.value };
    const paid = await press(way.value, { phone: phone.value, ...whom, amount: Number(amount.value) });
    const words = paid.status ? [STATUS[paid.status], paid.code, paid.receipt] : [];
    document.getElementById("menu-outcome").textContent = words.filter(Boolean).join(" \u00b7 ");
  });
}
