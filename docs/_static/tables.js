// On a phone a table is shown as a list, so each cell that has content gets the heading of its column.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.docutils")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr"))
      [...row.cells].forEach((cell, index) => (cell.dataset.label = (cell.textContent.trim() && heads[index]) || ""));
  }
});
