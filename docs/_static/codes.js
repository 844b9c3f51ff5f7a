// The filter of the page of codes: it shows the lines that have all the words, and opens a code that is named exactly.
document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("find-code");
  const open = () => {
    const named = location.hash && document.getElementById(location.hash.slice(1));
    for (let one = named; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    if (named) named.scrollIntoView();
  };
  open();
  window.addEventListener("hashchange", open);
  const query = new URLSearchParams(location.search).get("q") || "";
  const results = document.getElementById("search-results");
  if (results && /^[a-z_]*\d[\d._]*$/i.test(query.trim())) {
    const link = document.createElement("a");
    link.href = `reference/result-codes.html?code=${encodeURIComponent(query.trim())}`;
    link.textContent = `What the code ${query.trim()} means`;
    results.before(link);
  }
  if (!field) return;
  const groups = [...document.querySelectorAll("details.codes")].map((group) => ({
    group, open: group.open, codes: [...group.querySelectorAll("details.code")],
  }));
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { group, open, codes } of groups) {
      let shown = 0;
      for (const code of codes) {
        const exact = words.includes(code.querySelector("code").textContent.toLowerCase());
        const text = code.textContent.toLowerCase();
        const number = words.length === 1 && /^[\d.]+$/.test(words[0]);
        code.hidden = !(number ? code.querySelector("code").textContent.startsWith(words[0]) : words.every((word) => text.includes(word)));
        code.open = exact;
        shown += !code.hidden;
      }
      group.hidden = shown === 0;
      group.open = words.length ? shown > 0 : open;
      found += shown;
    }
    document.querySelector(".find-code output").textContent = words.length ? `${found} found` : "";
  };
  field.addEventListener("input", filter);
  const asked = new URLSearchParams(location.search).get("code");
  if (asked) field.value = asked;
  if (asked) filter();
});
