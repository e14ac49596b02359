for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[head.cellIndex].dataset.value;
    const order = (a, b) => {
      // A missing number stays at the end, whichever way the others go.
      if (a === "" || b === "") return (a === "") - (b === "");
      const numbers = !isNaN(a) && !isNaN(b);
      const way = numbers ? a - b : a.localeCompare(b);
      return down ? -way : way;
    };
    body.append(...Array.from(body.rows).sort((a, b) => order(value(a), value(b))));
  });
}
for (const row of document.querySelectorAll("tr[data-href]"))
  row.addEventListener("click", () => { location.href = row.dataset.href; });
