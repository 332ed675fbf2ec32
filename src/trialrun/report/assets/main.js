// Puts it together: what is open, deep links, keys, light and dark.

const links = new Map(DATA.candidates.map((one, number) => [one.link, number]));

// Fragments keep slashes readable; a lone surrogate, which no URL can hold, becomes U+FFFD.
const fragment = (link) => '#' + encodeURIComponent(link.toWellFormed?.() ?? link).replaceAll('%2F', '/');
const fragments = new Map(DATA.candidates.map((one, number) => [fragmentOf(one.link), number]));

function fragmentOf(link) {
  try {
    return fragment(link);
  } catch {
    return '#';
  }
}

function show(content, opened) {
  stepping = null;
  byId('main').replaceChildren(content);
  byId('main').scrollTop = 0;
  document.body.classList.toggle('opened', opened);
  drawRows();
}

// Open a candidate. `quiet` replaces the place in the browser's history, so that stepping does not fill it.
function open(number, { quiet = false, silent = false } = {}) {
  state.current = number;
  if (state.places.has(number)) reveal(number);
  show(candidatePage(number), true);
  document.title = plain(`${DATA.candidates[number].link} · ${DATA.name}`);
  const target = fragmentOf(DATA.candidates[number].link);
  if (silent || target === location.hash) return;
  if (quiet) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
}

// Show the overview; on a narrow screen it gives way to the list unless it was `asked` for.
function overviewAgain({ silent = false, asked = false } = {}) {
  state.current = -1;
  show(overview(), asked);
  document.title = plain(`${DATA.summary.data_set.name} · ${DATA.name}`);
  if (!silent && location.hash) history.pushState(null, '', location.pathname + location.search);
}

// Show what the address says.
function follow() {
  let named = location.hash;
  let number = fragments.get(named);
  if (number === undefined) {
    try {
      named = decodeURIComponent(location.hash.slice(1));
    } catch {
      named = '';
    }
    number = links.get(named);
  }
  if (number === undefined) return overviewAgain({ silent: true });
  if (!state.places.has(number)) {
    Object.assign(state, { filter: 'all', outcome: '', query: '' });
    byId('search').value = '';
    filtersChanged();
  }
  return open(number, { silent: true });
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  try {
    if (theme) localStorage.setItem('trialrun-theme', theme);
    else document.documentElement.dataset.theme = localStorage.getItem('trialrun-theme') ?? '';
  } catch {
    // No storage for this page: the choice lasts until it is closed.
  }
}

function switchTheme() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  setTheme(dark ? 'light' : 'dark');
}

function escape() {
  if (stepping && document.activeElement !== byId('search')) {
    open(state.current, { silent: true });
    return;
  }
  if (document.activeElement === byId('search')) {
    if (byId('search').value) {
      byId('search').value = state.query = '';
      filtersChanged();
    } else byId('list').focus();
  } else overviewAgain();
}

function into() {
  if (state.current < 0) move(1);
  byId('main').focus();
}

const KEYS = [
  [['j', 'ArrowDown'], 'j ↓', 'Next candidate', () => move(1)],
  [['k', 'ArrowUp'], 'k ↑', 'Previous candidate', () => move(-1)],
  [['Enter'], 'Enter', 'Read the candidate', into],
  [['/'], '/', 'Search', () => { byId('search').focus(); byId('search').select(); }],
  [['f'], 'f', 'Failed only, or all', () => setFilter(state.filter === 'failed' ? 'all' : 'failed', state.outcome)],
  [['o'], 'o', 'Overview', () => overviewAgain({ asked: true })],
  [['t'], 't', 'Light or dark', switchTheme],
  [['Escape'], 'Esc', 'Clear the search, or back to the overview', escape],
  [['?'], '?', 'This help', () => byId('help').showModal()],
];

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return;
  const target = event.target;
  const arrow = event.key.startsWith('Arrow');
  if (target === byId('search')) {
    if (!['Escape', 'Enter', 'ArrowDown'].includes(event.key)) return;
    if (event.key === 'Enter') byId('list').focus();
  } else if (target.matches?.('select')) return;
  else if (target.matches?.('button, summary') && event.key === 'Enter') return;
  else if (target.matches?.('input[type=number]')) {
    if (event.key === 'Escape') target.blur();
    return;
  } else if (stepping && stepping.press(event.key)) {
    event.preventDefault();
    return;
  } else if (arrow && byId('main').contains(target)) return; // scrolls what one is reading
  const found = KEYS.find(([keys]) => keys.includes(event.key));
  if (!found) return;
  event.preventDefault();
  found[3]();
}

function start() {
  setTheme('');
  say(byId('title'), DATA.name);
  for (const [, shown, what] of KEYS) byId('keys').append(el('div', el('dt', el('kbd', shown)), el('dd', what)));
  setUpList();
  filtersChanged();
  byId('home').addEventListener('click', () => overviewAgain({ asked: true }));
  byId('theme').addEventListener('click', switchTheme);
  byId('ask').addEventListener('click', () => byId('help').showModal());
  document.addEventListener('keydown', pressed);
  addEventListener('popstate', follow);
  follow();
}

start();
