const pick = id => document.getElementById(id).value;
function show() {
  const kind = pick('kind'), model = pick('model'), kept = pick('kept');
  let shown = 0;
  for (const sheet of document.querySelectorAll('article')) {
    const by = JSON.parse(sheet.dataset.kept), paper = JSON.parse(sheet.dataset.paper);
    const asked = JSON.parse(sheet.dataset.models);
    const holds = list => model && asked.includes(model) ? list.includes(model) : list.length > 0;
    const yes = holds(by);
    const fits = {all: true, kept: yes, dropped: !yes, paper: holds(paper) && !yes};
    sheet.hidden = !(fits[kept] && (!kind || sheet.dataset.kind === kind));
    if (!sheet.hidden) shown += 1;
  }
  for (const line of document.querySelectorAll('li[data-model]'))
    line.hidden = model !== '' && line.dataset.model !== model;
  document.getElementById('shown').textContent = shown;
}
for (const choice of document.querySelectorAll('select')) choice.addEventListener('change', show);
show();
