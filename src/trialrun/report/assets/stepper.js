// The stepper: source beside values, forwards and backwards through the events of one trace. One per page; it is built
// into an element that it is given. Only rows in sight exist, so that long sources and many calls stay quick.

const TALL = 21; // height of a row in pixels, as in the style sheet
const WIDEST = 2000; // characters of one source line that are shown
const DEEPEST = 40; // calls of the stack that are shown
const TIMES = 100; // entries of a history that are shown on each side

// A list of many rows of one height, of which those in sight exist. `make(number)` returns a row.
class Rows {
  constructor(box, count_, make) {
    this.box = box;
    this.make = make;
    this.inner = el('div.st-rows');
    this.shown = new Map();
    box.append(this.inner);
    box.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(box);
    this.resize(count_);
  }

  resize(count_) {
    this.count = count_;
    this.inner.style.height = `${count_ * TALL}px`;
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / TALL) - 10);
    const last = Math.min(this.count, Math.ceil((this.box.scrollTop + this.box.clientHeight) / TALL) + 10);
    for (const [number, row] of this.shown) {
      if (number >= first && number < last) continue;
      row.remove();
      this.shown.delete(number);
    }
    for (let number = first; number < last; number += 1) {
      if (this.shown.has(number)) continue;
      const row = this.make(number);
      row.style.top = `${number * TALL}px`;
      this.shown.set(number, row);
      this.inner.append(row);
    }
  }

  again() {
    for (const row of this.shown.values()) row.remove();
    this.shown.clear();
    this.draw();
  }

  reveal(number) {
    const top = number * TALL;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop + TALL || top > scrollTop + clientHeight - 3 * TALL) {
      this.box.scrollTop = Math.max(0, top - clientHeight / 2);
      this.draw();
    }
  }

  at(event) {
    return Math.floor((event.clientY - this.inner.getBoundingClientRect().top) / TALL);
  }
}

class Stepper {
  constructor(root, data, { onMove = () => {} } = {}) {
    this.model = new TraceModel(data);
    this.data = data;
    this.onMove = onMove;
    this.event = 0;
    this.line = 0;
    this.watched = null;
    this.source = highlighted(data.source, 'python');
    this.#build(root);
    this.go(0);
  }

  #build(root) {
    const { data, model } = this;
    const part = (kind, label, inside = {}) => labelled(el(kind), { 'aria-label': label, ...inside });
    this.slider = labelled(el('input.st-slider'), {
      type: 'range', min: '0', max: String(Math.max(0, model.size - 1)), 'aria-label': 'Event',
    });
    this.slider.addEventListener('input', () => this.go(Number(this.slider.value)));
    this.counter = el('span.st-counter');
    this.sentence = labelled(el('p.st-sentence'), { role: 'status', 'aria-live': 'polite' });
    this.goto = labelled(el('input.st-goto'), { type: 'number', min: '1', placeholder: 'Line', 'aria-label': 'Go to line' });
    this.goto.addEventListener('change', () => this.goto.value && this.toLine(Number(this.goto.value), 1));
    const controls = STEPS.map(([, sign_, label, act]) => labelled(button('plain', sign_, () => act(this)), {
      'aria-label': label, title: label,
    }));
    this.lines = part('div.st-source', 'Source', { role: 'region', tabindex: '0' });
    this.values = part('div.st-values', 'Variables', { role: 'region', tabindex: '0' });
    this.stack = part('ol.st-stack', 'Calls under way');
    this.calls = part('div.st-calls', 'All calls', { role: 'region', tabindex: '0' });
    root.append(el('div.stepper',
      el('div.st-told', data.told.map((one) => el(one.startsWith('flag') || one.startsWith('missing')
        ? 'p.st-flag' : 'p.soft', one))),
      el('div.st-bar', el('span.st-controls', ...controls), this.slider, this.counter, this.goto),
      this.sentence,
      el('div.st-panes', this.lines, el('div.st-side', el('h2', 'Variables'), this.values,
        el('h2', 'Calls under way'), this.stack, el('h2', `All calls (${count(model.called.length)})`), this.calls))));
    if (data.dropped) this.slider.title = `${count(data.dropped)} events are missing after the first ${count(data.gap)}`;
    this.lines.addEventListener('click', (event) => {
      const row = this.sourceRows.at(event);
      if (row >= 0 && row < this.source.length) this.toLine(row + 1, event.shiftKey ? -1 : 1);
    });
    this.calls.addEventListener('click', (event) => {
      const frame = model.called[this.callRows.at(event)];
      if (frame !== undefined) this.go(model.order[model.starts[frame]]);
    });
    this.sourceRows = new Rows(this.lines, this.source.length, (number) => this.#sourceRow(number));
    let widest = 0;
    for (const pieces of this.source) widest = Math.max(widest, pieces.reduce((sum, [, text]) => sum + text.length, 0));
    this.sourceRows.inner.style.minWidth = `${Math.min(widest, WIDEST) + 16}ch`;
    this.callRows = new Rows(this.calls, model.called.length, (number) => this.#callRow(number));
  }

  #sourceRow(number) {
    const times = this.model.ran.get(number + 1)?.length ?? 0;
    const row = el('div.st-line', labelled(el('span.st-times', times ? count(times) : ''), { title: 'Times that it began to run' }), el('span.st-number', String(number + 1)));
    let room = WIDEST;
    for (const [kind, text] of this.source[number]) {
      const shown = text.slice(0, room);
      room -= shown.length;
      if (shown) row.append(el(kind ? `span.${kind}` : 'span', shown));
    }
    if (room <= 0) row.append(el('span.cut', '… the line goes on'));
    row.classList.toggle('now', number + 1 === this.line);
    row.classList.toggle('never', !times);
    return row;
  }

  #callRow(number) {
    const frame = this.model.called[number];
    const row = el('div.st-call', `${this.model.title(frame)}(${this.model.arguments(frame)})`.slice(0, 300));
    row.style.paddingLeft = `${8 + 12 * Math.min(this.model.depth[frame], 20)}px`;
    if (this.model.depth[frame] > 20) row.prepend(el('span.soft', `depth ${this.model.depth[frame]} `));
    row.classList.toggle('now', frame === this.model.frame[this.event]);
    return row;
  }

  // Show an event.
  go(event) {
    const { model } = this;
    if (!model.size) {
      this.sentence.append('This trace has no events.');
      return;
    }
    this.event = Math.min(Math.max(event, 0), model.size - 1);
    this.slider.value = String(this.event);
    this.slider.setAttribute('aria-valuetext', `event ${this.event + 1} of ${model.size}`);
    this.counter.textContent = `${count(this.event + 1)} / ${count(model.size)}`;
    const missing = this.data.dropped && this.event === this.data.gap
      ? ` — ${count(this.data.dropped)} events are missing before this one` : '';
    this.sentence.replaceChildren();
    say(this.sentence, model.sentence(this.event) + missing);
    this.line = model.lineOf(this.event);
    this.sourceRows.shown.forEach((row, number) => row.classList.toggle('now', number + 1 === this.line));
    if (this.line > 0 && this.line <= this.source.length) this.sourceRows.reveal(this.line - 1);
    this.#drawValues();
    this.#drawStack();
    const frame = model.frame[this.event];
    if (frame >= 0) this.callRows.reveal(this.#placeOf(frame));
    this.callRows.shown.forEach((row, number) => row.classList.toggle('now', model.called[number] === frame));
    this.onMove(this.event);
  }

  #placeOf(frame) {
    const { called } = this.model;
    let low = 0;
    let high = called.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (called[middle] < frame) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #drawValues() {
    const { model, event } = this;
    const rows = [];
    for (const one of model.variables(event)) {
      const changed = one.event === event;
      const name = button('st-name', one.name, () => this.watch(one.name));
      name.title = 'Show all values of this variable';
      rows.push(el(changed ? 'dt.changed' : 'dt', name), el(changed ? 'dd.changed' : 'dd', model.text(one.row),
        changed && one.before !== null && model.value[one.before] !== model.value[one.row]
          && el('span.st-before', `was ${model.text(one.before)}`)));
      if (this.watched === one.name) rows.push(el('dd.st-history', this.#history(one.name)));
    }
    const result = model.result(event, 'return');
    if (result !== null) rows.unshift(el('dt.changed', el('i', 'returned')), el('dd.changed', result));
    this.values.replaceChildren(rows.length ? el('dl', ...rows) : el('p.soft',
      this.data.has_values ? 'Nothing is known here.' : 'This trace was recorded without values.'));
  }

  #history(name) {
    const { model, event } = this;
    const writes = model.writes(model.frame[event], name);
    const here = writes.findLastIndex((one) => one.event <= event);
    const first = Math.max(0, here - TIMES);
    const shown = writes.slice(first, here + TIMES + 1);
    const list = el('ol', shown.map((one, place) => {
      const item = el('li', button('link', model.text(one.row), () => this.go(one.event)),
        el('span.soft', ` event ${count(one.event + 1)}`));
      item.classList.toggle('now', first + place === here);
      return item;
    }));
    return [el('p.soft', `${plural(writes.length, 'value')} in this call`), list];
  }

  watch(name) {
    this.watched = this.watched === name ? null : name;
    this.#drawValues();
  }

  #drawStack() {
    const { model, event } = this;
    const frames = model.stack(event);
    this.stack.replaceChildren(...frames.slice(0, DEEPEST).map((frame, place) => {
      const title = `${model.title(frame)}(${model.arguments(frame)})`.slice(0, 300);
      const item = el('li', button('link', title, () => this.go(model.order[model.lastPlace(frame, event)])));
      if (!place) item.setAttribute('aria-current', 'true');
      return item;
    }));
    if (frames.length > DEEPEST) this.stack.append(el('li.soft', `… ${count(frames.length - DEEPEST)} more`));
  }

  // Go to the next time that a line runs, or to the time before.
  toLine(line, step) {
    const event = this.model.run(line, this.event, step);
    if (event >= 0) this.go(event);
    else {
      this.sentence.replaceChildren(`line ${line} does not begin to run in this trace`);
      if (line > 0 && line <= this.source.length) this.sourceRows.reveal(line - 1);
    }
  }

  // Do what a key says; return whether it says something.
  press(key) {
    const found = STEPS.find(([keys]) => keys.includes(key));
    if (found) found[3](this);
    else if (key === '/') {
      this.goto.focus();
      this.goto.select();
    }
    return Boolean(found) || key === '/';
  }
}

// [keys, sign, label, act] of every way to move.
const STEPS = [
  [['Home', 'g'], '«', 'First event (Home)', (one) => one.go(0)],
  [['ArrowUp', 'k'], '↑', 'Back, over calls (↑ k)', (one) => one.go(one.model.over(one.event, -1))],
  [['ArrowLeft', 'h'], '←', 'Back one event (← h)', (one) => one.go(one.event - 1)],
  [['ArrowRight', 'l'], '→', 'Forward one event (→ l)', (one) => one.go(one.event + 1)],
  [['ArrowDown', 'j'], '↓', 'Forward, over calls (↓ j)', (one) => one.go(one.model.over(one.event, 1))],
  [['u'], '↰', 'Out of this call (u)', (one) => one.go(one.model.out(one.event))],
  [['p'], '⇤', 'The time before that this line ran (p)', (one) => one.toLine(one.line, -1)],
  [['n'], '⇥', 'The next time that this line runs (n)', (one) => one.toLine(one.line, 1)],
  [['End', 'G'], '»', 'Last event (End)', (one) => one.go(one.model.size - 1)],
];
