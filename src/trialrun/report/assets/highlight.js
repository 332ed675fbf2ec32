// Python source → lines of coloured tokens. One pass, each character looked at a bounded number of times, so that
// hostile text costs no more than its length. Soft keywords (match, case, type) and what is inside an f-string's
// braces are not told apart. Text stays text: a token is a slice of the source.

const KEYWORDS = new Set(('and as assert async await break class continue def del elif else except finally for '
  + 'from global if import in is lambda nonlocal not or pass raise return try while with yield').split(' '));
const CONSTANTS = new Set('None True False self cls Ellipsis NotImplemented'.split(' '));
const BUILTINS = new Set(('abs all any bin bool bytes bytearray chr complex dict divmod enumerate eval exec filter '
  + 'float format frozenset getattr hasattr hash hex id input int isinstance issubclass iter len list map max min '
  + 'next object oct open ord pow print property range repr reversed round set setattr slice sorted str sum super '
  + 'tuple type zip Exception ValueError TypeError KeyError IndexError RuntimeError StopIteration').split(' '));

const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER = /0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?/y;
const PREFIX = /^(?:[rbuft]|[rb][rb]|[rft][rft])$/i;

// Where a string that opens at `at` ends; a short one ends at its line's end at the latest.
function stringEnd(text, at) {
  const quote = text[at];
  const long = text.startsWith(quote.repeat(3), at);
  let place = at + (long ? 3 : 1);
  while (place < text.length) {
    if (text[place] === '\\') place += 2;
    else if (!long && text[place] === '\n') return place;
    else if (text[place] !== quote) place += 1;
    else if (!long) return place + 1;
    else if (text.startsWith(quote.repeat(3), place)) return place + 3;
    else place += 1;
  }
  return Math.min(place, text.length);
}

// All tokens worth a colour, as [class, start, end].
function tokens(text) {
  const found = [];
  let at = 0;
  let naming = false; // after def or class
  let fresh = true; // nothing but space since the line began
  while (at < text.length) {
    const char = text[at];
    const opened = fresh;
    if (char === '\n') fresh = true;
    else if (char !== ' ' && char !== '\t') fresh = false;
    if (char === '#') {
      const end = text.indexOf('\n', at);
      found.push(['m', at, end < 0 ? text.length : end]);
      at = found.at(-1)[2];
      continue;
    }
    if (char === '"' || char === "'") {
      const end = stringEnd(text, at);
      found.push(['s', at, end]);
      at = end;
      continue;
    }
    if ((char >= '0' && char <= '9') || (char === '.' && text[at + 1] >= '0' && text[at + 1] <= '9')) {
      NUMBER.lastIndex = at;
      const end = at + Math.max(1, NUMBER.exec(text)?.[0].length ?? 1);
      found.push(['n', at, end]);
      at = end;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0];
    if (word === undefined) {
      if (char === '@' && opened) found.push(['a', at, at + 1]);
      at += 1;
      continue;
    }
    const next = text[at + word.length];
    if ((next === '"' || next === "'") && word.length < 3 && PREFIX.test(word)) {
      const end = stringEnd(text, at + word.length);
      found.push(['s', at, end]);
      at = end;
      continue;
    }
    const member = text[at - 1] === '.';
    if (naming) found.push(['d', at, at + word.length]);
    else if (KEYWORDS.has(word) && !member) found.push(['k', at, at + word.length]);
    else if (CONSTANTS.has(word) && !member) found.push(['c', at, at + word.length]);
    else if (BUILTINS.has(word) && !member) found.push(['b', at, at + word.length]);
    naming = word === 'def' || word === 'class';
    at += word.length;
  }
  return found;
}

// Source as lines, each a list of [class or '', text].
function highlighted(text, language) {
  const found = language === 'python' ? tokens(text) : [];
  const lines = [[]];
  const put = (kind, piece) => {
    const parts = piece.split('\n');
    parts.forEach((part, number) => {
      if (number) lines.push([]);
      if (part) lines.at(-1).push([kind, part]);
    });
  };
  let at = 0;
  for (const [kind, start, end] of found) {
    put('', text.slice(at, start));
    put(kind, text.slice(start, end));
    at = end;
  }
  put('', text.slice(at));
  if (lines.length > 1 && !lines.at(-1).length) lines.pop();
  return lines;
}
