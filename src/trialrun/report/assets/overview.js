// The first page: figures with their intervals, outcomes, tasks at a glance, and what the verdicts are worth.

const SQUARES = 3000; // tasks that are drawn as squares

// A track from 0 to 1 with the interval as a band and the value as a point.
function track(estimate) {
  const [low, high] = estimate.ci;
  const band = el('span.band');
  band.style.left = `${low * 100}%`;
  band.style.width = `${Math.max(high - low, 0.003) * 100}%`;
  const point = el('span.point');
  point.style.left = `${estimate.value * 100}%`;
  return labelled(el('span.track', band, point), { 'aria-hidden': 'true' });
}

function figures(summary) {
  const rows = summary.checks.map((check) => [check.name, check.passed, check.samples, check['pass@k']]);
  rows.push([rows.length ? 'all checks' : 'pass', summary.passed, summary.samples, summary['pass@k']]);
  const body = el('tbody');
  for (const [name, passed, samples, estimates] of rows) {
    estimates.forEach((estimate, place) => {
      const first = place === 0;
      body.append(el(first ? 'tr' : 'tr.more', labelled(el('th', el(first ? 'span' : 'span.aside', name)), { scope: 'row' }),
        el('td', `pass@${estimate.k}`),
        el('td.value', estimate.value.toFixed(3)),
        el('td', `${estimate.ci[0].toFixed(3)}–${estimate.ci[1].toFixed(3)}`),
        el('td.wide', track(estimate)), el('td', count(estimate.tasks)),
        el('td', first && `${count(passed)} / ${count(samples)}`)));
    });
  }
  const head = el('tr', ...['check', 'score', 'value', '95 % interval', '', 'tasks', 'samples passed'].map(
    (name) => labelled(el('th', name), { scope: 'col' })));
  return el('div.scroller', el('table.figures', el('thead', head), body));
}

// The one number people look for, with its interval beside it.
function headline(summary) {
  if (summary['pass@1'] === null) return el('p.headline', el('span.big', '–'), el('span.beside', 'nothing was scored'));
  const [low, high] = summary['pass@1_ci'];
  return el('p.headline', el('span.big', (summary['pass@1'] * 100).toFixed(1), el('span.unit', '%')),
    el('span.beside', el('b', 'pass@1'), el('span', `95 % interval ${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %`),
      el('span', `${count(summary.passed)} of ${plural(summary.samples, 'sample')} passed, ${plural(summary.tasks, 'task')}`)));
}

function outcomes(summary) {
  const names = Object.entries(summary.outcomes);
  if (summary.unscored.count) names.push(['unscored', summary.unscored.count]);
  const total = names.reduce((sum, [, size]) => sum + size, 0);
  const bar = labelled(el('div.bar'), { 'aria-hidden': 'true' });
  const legend = el('div.legend');
  names.forEach(([name, size], place) => {
    const kind = ['passed', 'unknown', 'unscored'].includes(name) ? name : `bad${Math.min(place, 5)}`;
    const part = el(`span.part.${kind}`);
    part.style.flexGrow = String(size);
    part.title = `${name} ${count(size)}`;
    bar.append(part);
    legend.append(button('key', [el(`i.${kind}`), el('span', name), el('b', count(size)),
      el('span.soft', percent(size / total))], () => setFilter('all', name)));
  });
  return el('section', el('h2', 'Outcomes'), bar, legend);
}

function squares() {
  if (!DATA.tasks.length || DATA.tasks.length > SQUARES) return null;
  const grid = labelled(el('div.squares'), { 'aria-hidden': 'true' });
  DATA.tasks.forEach((task, place) => {
    const { passed, scored, first } = tallies[place];
    const step = scored ? (passed === scored ? 4 : Math.ceil((passed / scored) * 3)) : 'none';
    const square = el(`i.q${step}`);
    square.title = plain(`${task.id}: ${passed} of ${scored} passed`);
    square.dataset.first = String(first);
    grid.append(square);
  });
  grid.addEventListener('click', (event) => {
    if (event.target.dataset.first) open(Number(event.target.dataset.first));
  });
  const key = several ? ['none passed', 'some', 'all'] : ['failed', null, 'passed'];
  return el('section', el('h2', 'Tasks'), grid, el('p.squares-key', el('i.q0'), key[0], key[1] && el('i.q2'), key[1],
    el('i.q4'), key[2], tallies.some(({ scored }) => !scored) && [el('i.qnone'), 'unscored']));
}

// What a reader must know before believing the figures; a calm line where there is nothing to warn of.
function worth(summary) {
  const list = el('ul.worth');
  const say_ = (kind, ...text) => list.append(el(`li.${kind}`, ...text));
  DATA.notes.forEach((note) => say_('warn', note));
  if (summary.unscored.count) {
    say_('warn', `${plural(summary.unscored.count, 'sample')} could not be judged, left out of every score. `,
      button('link', 'Show them', () => setFilter('unscored')));
  } else say_('calm', 'Every sample was scored.');
  if (summary.weak.count) {
    say_('warn', `${count(summary.weak.count)} (${percent(summary.weak.share)}) of the verdicts are weak: the check ran `
      + 'in the candidate’s own process, where a hostile candidate could forge it. ',
    button('link', 'Show them', () => setFilter('weak')));
  } else say_('calm', 'Every verdict is strong: formed where the candidate cannot reach.');
  if (summary.without_samples.length) {
    const some = summary.without_samples.slice(0, 8).join(', ');
    const more = summary.without_samples.length > 8 ? ', …' : '';
    say_('warn', `${plural(summary.without_samples.length, 'task')} had no sample: ${some}${more}`);
  }
  return el('section', el('h2', 'What these verdicts are worth'), list);
}

function facts(pairs) {
  const list = el('dl.facts');
  for (const [name, value] of pairs) {
    if (value !== '' && value !== null) list.append(el('div', el('dt', name), el('dd', value)));
  }
  return list;
}

function about(summary) {
  const { limits, machine } = summary;
  const guard = limits.wall_s ?? 10 * limits.cpu_s + 2;
  return el('section', el('h2', 'About this run'), facts([
    ['task set', `${summary.data_set.name} ${summary.data_set.version}`],
    ['comparator', summary.comparator],
    ['isolation', summary.tier || 'none used'],
    ['CPU limit', `${limits.cpu_s} s a case`],
    ['wall guard', `${guard} s`],
    ['memory limit', `${count(limits.memory_mb)} MiB`],
    ['CPU spent', seconds(summary.cpu_s)],
    ['time', seconds(summary.wall_s)],
    ['seed', summary.seed],
    ['trialrun', summary.version],
    ['Python', machine.python],
    ['machine', machine.cores ? `${machine.cores} × ${machine.cpu}` : machine.cpu],
    ['kernel', machine.kernel],
    ['data sha256', summary.data_set.sha256.slice(0, 16)],
  ]), el('details', el('summary', 'All settings'), facts(DATA.settings)));
}

function overview() {
  const { summary } = DATA;
  return el('div.page', el('div.over', button('link.back', 'Candidates →', () => document.body.classList.remove('opened'))),
    el('h2.title', summary.data_set.name, el('span.edition', summary.data_set.version)), headline(summary),
    summary.samples > 0 && figures(summary), outcomes(summary), squares(), worth(summary), about(summary));
}
