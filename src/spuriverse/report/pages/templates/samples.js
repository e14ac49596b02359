const content = JSON.parse(document.getElementById("content").textContent);
const form = document.querySelector("form");
const at = (id) => document.getElementById(id);
let fitting = [];
let place = 0;

function make(tag, text, name) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function fits(sample) {
  const want = form.elements;
  if (want.subset.value && sample.subset !== want.subset.value) return false;
  if (want.type.value && sample.attribute !== want.type.value) return false;
  const words = want.find.value.trim().toLowerCase();
  if (words && !(sample.id + "\n" + sample.question).toLowerCase().includes(words)) return false;
  const model = want.model.value, outcome = want.outcome.value;
  if (!model && !outcome) return true;
  return sample.replies.some(
    (reply) =>
      (!model || content.models[reply.model] === model) &&
      (!outcome || reply.outcome === outcome || (outcome === "wrong" && reply.outcome === "fooled"))
  );
}

function option(sample, index) {
  return index === null ? "" : sample.options[index];
}

function replyRow(sample, reply) {
  const row = document.createElement("tr");
  const model = content.models[reply.model];
  if (model === form.elements.model.value) row.className = "chosen";
  const signs = { right: " ✓", wrong: " ✗", fooled: " ✗ fooled", none: "" };
  const look = reply.outcome === "none" ? "" : reply.outcome;
  const answer = reply.choice === null ? reply.said : option(sample, reply.choice);
  const scores = make("td", "", "scores");
  reply.scores.forEach((score, index) => {
    if (index) scores.append(document.createElement("br"));
    scores.append(`${option(sample, index) ?? index + 1}: ${score ?? "–"}`);
  });
  row.append(
    make("td", model),
    make("td", content.strategies[reply.strategy]),
    make("td", answer + signs[reply.outcome], look),
    make("td", reply.reply, "reply"),
    scores,
    make("td", reply.tokens),
    make("td", reply.seconds)
  );
  return row;
}

function show() {
  const sample = fitting[place];
  at("sample").hidden = !sample;
  at("nothing").hidden = Boolean(sample);
  at("place").textContent = sample ? `${place + 1} of ${fitting.length}` : `0 of ${content.samples.length}`;
  at("previous").disabled = place <= 0;
  at("next").disabled = place >= fitting.length - 1;
  if (!sample) return;
  at("image").src = sample.image;
  at("question").textContent = sample.question;
  const about = [sample.subset, sample.attribute, sample.type, sample.id].filter(Boolean);
  at("where").textContent = about.join(" · ");
  at("options").replaceChildren(
    ...sample.options.map((text, index) =>
      make("li", text, index === sample.answer ? "right" : sample.misleading.includes(index) ? "fooled" : "")
    )
  );
  at("replies").replaceChildren(...sample.replies.map((reply) => replyRow(sample, reply)));
  const state = new URLSearchParams({ sample: sample.id });
  for (const name of ["model", "outcome", "subset", "type"])
    if (form.elements[name].value) state.set(name, form.elements[name].value);
  history.replaceState(null, "", "#" + state);
}

function filter() {
  const before = fitting[place];
  fitting = content.samples.filter(fits);
  place = Math.max(0, fitting.indexOf(before));
  show();
}

function go(steps) {
  place = Math.min(Math.max(place + steps, 0), fitting.length - 1);
  show();
}

function restore() {
  const state = new URLSearchParams(location.hash.slice(1));
  for (const name of ["model", "outcome", "subset", "type"]) {
    form.elements[name].value = state.get(name) ?? "";
    if (form.elements[name].selectedIndex < 0) form.elements[name].value = "";
  }
  const wanted = state.get("sample");
  place = 0;
  fitting = content.samples.filter(fits);
  const found = fitting.findIndex((sample) => sample.id === wanted);
  if (found > 0) place = found;
  show();
}

at("image").addEventListener("load", (event) => {
  event.target.classList.toggle("small", event.target.naturalWidth <= 256);
});
at("previous").addEventListener("click", () => go(-1));
at("next").addEventListener("click", () => go(1));
document.addEventListener("keydown", (event) => {
  if (["INPUT", "SELECT"].includes(event.target.tagName)) return;
  if (event.key === "ArrowLeft") go(-1);
  if (event.key === "ArrowRight") go(1);
});
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(filter));
window.addEventListener("hashchange", restore);
restore();
