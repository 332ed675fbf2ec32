// A trace as typed arrays, and the questions that the stepper asks of it. Nothing here touches the page.

const KIND = { call: 0, raise: 1, leave: 2, catch: 3, block: 4, return: 5, line: 6 };
const FAR = 200_000; // events of one call that are looked through for its variables

// Columns come as [bytes a number, base64 text], little-endian as machines with browsers are.
function column([width, text]) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new ({ 1: Int8Array, 2: Int16Array, 4: Int32Array }[width])(bytes.buffer);
}

class TraceModel {
  constructor(data) {
    this.data = data;
    for (const which of ['kind', 'code', 'place', 'frame', 'first', 'name', 'value', 'parents']) {
      this[which] = column(data.columns[which]);
    }
    this.size = this.kind.length;
    this.frames = this.parents.length;
    this.#byFrame();
    this.#lines();
  }

  // Events of each call in order: those of call f are order[starts[f]] to order[starts[f + 1] - 1].
  #byFrame() {
    const { frame, frames, size } = this;
    this.starts = new Int32Array(frames + 1);
    for (const one of frame) if (one >= 0) this.starts[one + 1] += 1;
    for (let one = 0; one < frames; one += 1) this.starts[one + 1] += this.starts[one];
    this.order = new Int32Array(this.starts[frames]);
    const next = this.starts.slice();
    this.rank = new Int32Array(size).fill(-1); // an event's place in `order`
    for (let event = 0; event < size; event += 1) {
      if (frame[event] < 0) continue;
      this.rank[event] = next[frame[event]];
      this.order[next[frame[event]]++] = event;
    }
    this.codeOf = new Int32Array(frames).fill(-1);
    this.depth = new Int32Array(frames);
    for (let one = 0; one < frames; one += 1) {
      const parent = this.parents[one];
      if (parent >= 0 && parent < one) this.depth[one] = this.depth[parent] + 1;
      for (let place = this.starts[one]; place < this.starts[one + 1]; place += 1) {
        if (this.kind[this.order[place]] === KIND.line) continue;
        this.codeOf[one] = this.code[this.order[place]];
        break;
      }
    }
    this.called = []; // calls that have events, in order
    for (let one = 0; one < frames; one += 1) if (this.starts[one] < this.starts[one + 1]) this.called.push(one);
  }

  // When each line began to run.
  #lines() {
    this.ran = new Map();
    for (let event = 0; event < this.size; event += 1) {
      if (this.kind[event] !== KIND.line) continue;
      const line = this.place[event];
      if (!this.ran.has(line)) this.ran.set(line, []);
      this.ran.get(line).push(event);
    }
  }

  blockOf(event) {
    const kind = this.kind[event];
    return kind === KIND.block || kind === KIND.return ? this.data.blocks[this.place[event]] ?? null : null;
  }

  // The line that an event is about; 0 where there is none.
  lineOf(event) {
    if (this.kind[event] === KIND.leave) return 0;
    const block = this.blockOf(event);
    if (this.kind[event] !== KIND.block && this.kind[event] !== KIND.return) return this.place[event];
    return block?.length ? block.at(-1)[1] : this.lineBefore(event);
  }

  // The line that the same call ran last.
  lineBefore(event) {
    for (let at = this.rank[event] - 1; at >= 0 && this.frame[this.order[at]] === this.frame[event]; at -= 1) {
      if (this.kind[this.order[at]] === KIND.line) return this.place[this.order[at]];
    }
    return 0;
  }

  *bindings(event) {
    for (let row = this.first[event]; row < this.first[event + 1]; row += 1) {
      if (this.value[row] >= 0) yield row;
    }
  }

  nameOf(row) {
    return this.data.names[this.name[row]] ?? '?';
  }

  text(row) {
    return this.data.texts[this.value[row]] ?? '?';
  }

  result(event, wanted) {
    for (const row of this.bindings(event)) if (this.nameOf(row) === wanted) return this.text(row);
    return null;
  }

  // Variables of a call after an event, as {name, row, event, before}: `before` is the row of the value that this
  // event changed, or null. In the order in which they were first written.
  variables(event, frame = this.frame[event]) {
    const found = new Map();
    if (frame < 0) return [];
    let at = this.lastPlace(frame, event);
    for (let seen = 0; at >= this.starts[frame] && seen < FAR; at -= 1, seen += 1) {
      const here = this.order[at];
      for (const row of this.bindings(here)) {
        const name = this.name[row];
        const known = found.get(name);
        if (this.data.results.includes(name)) continue;
        if (!known) found.set(name, { name: this.nameOf(row), row, event: here, before: null, since: here });
        else {
          if (known.event === event && known.before === null) known.before = row;
          known.since = here;
        }
      }
    }
    return [...found.values()].sort((one, two) => one.since - two.since || one.row - two.row);
  }

  // The place in `order` of the last event of a call that is not after an event.
  lastPlace(frame, event) {
    let low = this.starts[frame];
    let high = this.starts[frame + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.order[middle] <= event) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  // Events at which a call's variable was written, in order.
  writes(frame, name) {
    const found = [];
    for (let at = this.starts[frame]; at < this.starts[frame + 1]; at += 1) {
      for (const row of this.bindings(this.order[at])) {
        if (this.nameOf(row) === name) found.push({ event: this.order[at], row });
      }
    }
    return found;
  }

  // The calls that were under way, the innermost first.
  stack(event) {
    const found = [];
    for (let one = this.frame[event]; one >= 0 && one < this.frames; one = this.parents[one]) {
      found.push(one);
      if (this.parents[one] >= one) break;
    }
    return found;
  }

  arguments(frame) {
    const event = this.order[this.starts[frame]];
    if (event === undefined || this.kind[event] !== KIND.call) return '';
    return [...this.bindings(event)].map((row) => `${this.nameOf(row)}=${this.text(row)}`).join(', ');
  }

  title(frame) {
    return this.data.codes[this.codeOf[frame]]?.[0] ?? '?';
  }

  // The next event of the same call, or of the one that made it when it is over; backwards with step -1.
  over(event, step) {
    for (let frame = this.frame[event]; frame >= 0 && frame < this.frames; frame = this.parents[frame]) {
      const at = this.lastPlace(frame, step > 0 ? event : event - 1) + (step > 0 ? 1 : 0);
      if (at >= this.starts[frame] && at < this.starts[frame + 1]) return this.order[at];
      if (this.parents[frame] >= frame) break;
    }
    return Math.min(Math.max(event + step, 0), this.size - 1);
  }

  // The first event after a call is over.
  out(event) {
    const frame = this.frame[event];
    if (frame < 0) return Math.min(event + 1, this.size - 1);
    return Math.min(this.order[this.starts[frame + 1] - 1] + 1, this.size - 1);
  }

  // The next time that a line begins to run, or with step -1 the time before; the other end when there is none.
  run(line, event, step) {
    const times = this.ran.get(line);
    if (!times) return -1;
    if (step > 0) return times.find((one) => one > event) ?? times[0];
    return times.findLast((one) => one < event) ?? times.at(-1);
  }

  // What an event says, as one sentence.
  sentence(event) {
    const frame = this.frame[event];
    const who = frame >= 0 ? this.title(frame) : this.data.codes[this.code[event]]?.[0] ?? 'the program';
    const block = this.blockOf(event);
    const lines = !block?.length ? 'the end' : block[0][0] === block.at(-1)[1] ? `line ${block[0][0]}`
      : `lines ${block[0][0]}–${block.at(-1)[1]}`;
    switch (this.kind[event]) {
      case KIND.line: return `line ${this.place[event]} is about to run`;
      case KIND.call: return `${who}(${frame >= 0 ? this.arguments(frame) : ''}) is called`;
      case KIND.block: return `${lines} of ${who} ${lines.startsWith('lines') ? 'have' : 'has'} run`;
      case KIND.return: return `${who} returns ${this.result(event, 'return') ?? 'None'}`;
      case KIND.raise: return `${who} raises ${this.result(event, 'exception') ?? 'an exception'} at line ${this.place[event]}`;
      case KIND.catch: return `${who} catches ${this.result(event, 'exception') ?? 'an exception'} from line ${this.place[event]}`;
      default: return `${who} is left`;
    }
  }
}
