// The page of one trace: the stepper, keys, light and dark, and the event in the address.

function switchTheme() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
}

const OTHER_KEYS = [['/', 'Go to a line'], ['t', 'Light or dark'], ['?', 'This help']];

let waiting = 0;

// The address follows with a pause: browsers refuse many changes a second.
function remember(event) {
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, '', `#event=${event + 1}`), 200);
}

const wanted = () => Number(/^#event=(\d{1,9})$/.exec(location.hash)?.[1] ?? 1) - 1;

function start() {
  say(byId('title'), DATA.title);
  document.title = plain(DATA.title);
  const stepper = new Stepper(byId('trace'), DATA, { onMove: remember });
  stepper.go(wanted());
  for (const [keys, , label] of STEPS) byId('keys').append(el('div', el('dt', el('kbd', keys[0])), el('dd', label)));
  for (const [key, label] of OTHER_KEYS) byId('keys').append(el('div', el('dt', el('kbd', key)), el('dd', label)));
  byId('theme').addEventListener('click', switchTheme);
  byId('ask').addEventListener('click', () => byId('help').showModal());
  addEventListener('hashchange', () => stepper.go(wanted()));
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return;
    if (event.target.matches?.('input[type=number]')) {
      if (event.key === 'Escape' || event.key === 'Enter') event.target.blur();
      return;
    }
    if (event.key === 't') switchTheme();
    else if (event.key === '?') byId('help').showModal();
    else if (!stepper.press(event.key)) return;
    event.preventDefault();
  });
}

start();
