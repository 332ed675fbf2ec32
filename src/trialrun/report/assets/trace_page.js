// The stepper inside a report: in place of the candidate whose failing case it shows.

function openTrace(number, found) {
  const one = DATA.candidates[number];
  const root = el('div.st-inside');
  show(el('article.st-page',
    el('div.over', button('link', '← Back to the candidate', () => open(number, { silent: true })),
      el('p.eyebrow', DATA.candidates[number].link), el('span.grow'), el('span.soft', found.case)),
    root), true);
  document.title = plain(`${one.link} · trace`);
  stepping = new Stepper(root, found.data);
  byId('main').focus();
}
