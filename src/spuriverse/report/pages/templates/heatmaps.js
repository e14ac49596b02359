const form = document.querySelector("form");
const articles = Array.from(document.querySelectorAll("article"));
function filter() {
  let shown = 0;
  for (const article of articles) {
    const fits = ["model", "type", "outcome"].every(
      (key) => form.elements[key].value === "" || form.elements[key].value === article.dataset[key]
    );
    article.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  document.querySelector("output").textContent = shown + " of " + articles.length + " shown";
}
form.addEventListener("change", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(filter));
filter();
