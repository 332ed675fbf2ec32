// The list of candidates: filters, search, and rows that exist only while they are in sight.

const ROW = 34; // height of a row in pixels, as in the style sheet
const SPARE = 12; // rows kept beyond the edge

const several = DATA.candidates.length > DATA.tasks.length; // some task has several samples

const FILTERS = [
  ['all', 'All', () => true],
  ['failed', 'Failed', (one) => one.status === 'failed'],
  ['passed', 'Passed', (one) => one.status === 'passed'],
  ['unknown', 'Unknown', (one) => one.status === 'unknown'],
  ['weak', 'Weak', (one) => one.weak],
  ['unscored', 'Unscored', (one) => one.status === 'unscored'],
];

const state = { filter: 'all', outcome: '', query: '', current: -1, rows: [], places: new Map(), ranks: new Map(), shown: 0 };

// Lower-case text that the search looks through, made when first needed.
const lowered = { own: [], source: [] };

function ownText(number) {
  return lowered.own[number] ??= (() => {
    const one = DATA.candidates[number];
    const told = one.checks.flatMap((check) => (check.evidence ?? []).flatMap(
      (case_) => [case_.input, case_.expected, case_.got, case_.message]));
    return [one.link, one.outcome, one.unscored, one.program, ...told].filter(Boolean).join('\n').toLowerCase();
  })();
}

function matches(number, query) {
  if (!query || ownText(number).includes(query)) return true;
  const source = DATA.candidates[number].source;
  if (source === null) return false;
  return (lowered.source[source] ??= DATA.sources[source].text.toLowerCase()).includes(query);
}

// Fill `state.rows` (task headings are -1 - task, candidates their number) by the filters in force.
function choose() {
  const wanted = FILTERS.find(([name]) => name === state.filter)[2];
  const query = state.query.trim().toLowerCase();
  state.rows = [];
  state.places = new Map();
  state.ranks = new Map();
  state.shown = 0;
  let heading = -1;
  DATA.candidates.forEach((one, number) => {
    if (!wanted(one) || (state.outcome && one.outcome !== state.outcome) || !matches(number, query)) return;
    if (several && one.task !== heading) {
      heading = one.task;
      state.rows.push(-1 - heading);
    }
    state.places.set(number, state.rows.length);
    state.rows.push(number);
    state.shown += 1;
    state.ranks.set(number, state.shown);
  });
}

function filtersChanged() {
  choose();
  for (const chip of byId('filters').children) {
    chip.setAttribute('aria-pressed', String(chip.dataset.filter === state.filter));
  }
  byId('outcome').value = state.outcome;
  byId('count').textContent = state.shown === DATA.candidates.length
    ? plural(state.shown, 'candidate') : `${count(state.shown)} of ${count(DATA.candidates.length)}`;
  byId('rows').style.height = `${Math.max(state.rows.length, 1) * ROW}px`;
  byId('list').scrollTop = 0;
  if (state.places.has(state.current)) reveal(state.current);
  drawRows();
}

function setFilter(filter, outcome = '') {
  state.filter = filter;
  state.outcome = outcome;
  filtersChanged();
}

const drawn = new Map(); // number in `state.rows` → its element, while in sight

// Put the rows in sight into the page. An element stays as long as its row does: one that is replaced while the
// mouse is down on it would swallow the click.
function drawRows() {
  const list = byId('list');
  const rows = byId('rows');
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
  const last = Math.min(state.rows.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
  const wanted = new Set(state.rows.slice(first, last));
  for (const [number, row] of drawn) {
    if (wanted.has(number)) continue;
    row.remove();
    drawn.delete(number);
  }
  rows.querySelector('.none')?.remove();
  for (let place = first; place < last; place += 1) {
    const number = state.rows[place];
    if (!drawn.has(number)) drawn.set(number, number < 0 ? taskRow(-1 - number) : candidateRow(number));
    const row = drawn.get(number);
    row.style.top = `${place * ROW}px`;
    if (number >= 0) {
      labelled(row, {
        'aria-selected': String(number === state.current),
        'aria-setsize': String(state.shown),
        'aria-posinset': String(state.ranks.get(number)),
      });
    }
    if (rows.children[place - first] !== row) rows.insertBefore(row, rows.children[place - first] ?? null);
  }
  if (!state.rows.length) rows.append(el('div.none', DATA.candidates.length ? 'Nothing matches.' : 'No records yet.'));
  const active = drawn.get(state.current);
  if (active) list.setAttribute('aria-activedescendant', active.id);
  else list.removeAttribute('aria-activedescendant');
}

const tallies = DATA.tasks.map(() => ({ passed: 0, scored: 0, all: 0, first: -1 }));
DATA.candidates.forEach((one, number) => {
  const tally = tallies[one.task];
  if (tally.first < 0) tally.first = number;
  tally.all += 1;
  tally.scored += one.status !== 'unscored';
  tally.passed += one.status === 'passed';
});

function taskRow(task) {
  const { passed, scored } = tallies[task];
  const row = el('div.row.task', el('span.name', DATA.tasks[task].id), el('span.share', `${passed}/${scored}`));
  row.title = plain(DATA.tasks[task].id);
  return labelled(row, { role: 'presentation' });
}

function candidateRow(number) {
  const one = DATA.candidates[number];
  const name = several ? `sample ${one.sample}` : DATA.tasks[one.task].id;
  const row = el(`div.row${several ? '.inner' : ''}`, sign(one.status), el('span.name', name),
    one.weak && labelled(el('span.tag', 'weak'), { title: 'Judged in the candidate’s own process' }),
    el('span.how', one.outcome === 'passed' ? '' : one.outcome));
  row.title = plain(one.link);
  row.id = `row-${number}`;
  return labelled(row, {
    role: 'option',
    'aria-label': plain(`${one.link}, ${one.status}, ${one.outcome}`),
  });
}

// Scroll the list as little as needed for a candidate to be in sight.
function reveal(number) {
  const list = byId('list');
  const top = state.places.get(number) * ROW;
  if (top < list.scrollTop + ROW) list.scrollTop = Math.max(0, top - ROW);
  else if (top + 2 * ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + 2 * ROW - list.clientHeight;
}

// Open the candidate `step` places further down the list.
function move(step) {
  if (!state.shown) return;
  const here = state.places.get(state.current);
  let place = here === undefined ? (step > 0 ? 0 : state.rows.length - 1) : here + step;
  while (state.rows[place] < 0) place += Math.sign(step);
  const number = state.rows[Math.min(Math.max(place, 0), state.rows.length - 1)];
  if (number >= 0) open(number, { quiet: true });
}

function setUpList() {
  for (const [name, label, wanted] of FILTERS) {
    const size = DATA.candidates.filter(wanted).length;
    if (!size && ['unknown', 'weak', 'unscored'].includes(name)) continue;
    const chip = button('chip', [label, el('span.size', count(size))], () => setFilter(name, state.outcome));
    chip.dataset.filter = name;
    byId('filters').append(chip);
  }
  const outcomes = new Map();
  for (const one of DATA.candidates) outcomes.set(one.outcome, (outcomes.get(one.outcome) ?? 0) + 1);
  const choices = [['', 'Any outcome'], ...[...outcomes].sort((a, b) => b[1] - a[1]).map(
    ([name, size]) => [name, `${name} (${count(size)})`])];
  for (const [value, label] of choices) byId('outcome').append(labelled(el('option', label), { value }));
  byId('outcome').addEventListener('change', () => setFilter(state.filter, byId('outcome').value));
  let waiting = 0;
  byId('search').addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      state.query = byId('search').value;
      filtersChanged();
    }, DATA.candidates.length > 2000 ? 120 : 0);
  });
  // By place, not by element: rows may be drawn anew between pressing and releasing.
  byId('rows').addEventListener('click', (event) => {
    const number = state.rows[Math.floor((event.clientY - byId('rows').getBoundingClientRect().top) / ROW)];
    if (number >= 0) open(number);
  });
  let drawing = false;
  const draw = () => {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      drawRows();
    });
  };
  byId('list').addEventListener('scroll', draw, { passive: true });
  new ResizeObserver(draw).observe(byId('list'));
}
