// The page's data, and making elements. Text from outside reaches the page through `say` and `child` alone,
// which make text nodes; no markup is ever parsed.

const DATA = JSON.parse(document.getElementById('data').textContent);

const byId = (id) => document.getElementById(id);

// What would be invisible, reorder its neighbours or paint over them: shown as a visible escape.
const ODD = /(?![\n\t ])[\p{C}\p{Z}]|\p{M}{5,}/gu;

function escaped(odd) {
  if (/^\p{M}/u.test(odd)) return `${[...odd].length} marks`;
  const code = odd.codePointAt(0);
  const short = { 13: '\\r' }[code];
  if (short) return short;
  const hex = code.toString(16);
  if (code < 0x100) return '\\x' + hex.padStart(2, '0');
  return code < 0x10000 ? '\\u' + hex.padStart(4, '0') : '\\U' + hex.padStart(8, '0');
}

// Append hostile text to an element, literally.
function say(element, text) {
  let at = 0;
  for (const found of text.matchAll(ODD)) {
    if (found.index > at) element.append(text.slice(at, found.index));
    const chip = document.createElement('span');
    chip.className = 'odd';
    chip.textContent = escaped(found[0]);
    chip.title = 'A character that cannot be shown as itself';
    element.append(chip);
    at = found.index + found[0].length;
  }
  if (at < text.length) element.append(text.slice(at));
  return element;
}

// The same as one string, for attributes and titles.
const plain = (text) => text.replace(ODD, escaped);

// Make an element: el('p.note', 'text', child, …). Strings become text nodes, by way of `say`.
function el(kind, ...children) {
  const [tag, ...classes] = kind.split('.');
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(' ');
  return child(element, ...children);
}

function child(element, ...children) {
  for (const one of children) {
    if (one === null || one === undefined || one === false) continue;
    if (Array.isArray(one)) child(element, ...one);
    else if (one instanceof Node) element.append(one);
    else say(element, String(one));
  }
  return element;
}

function button(kind, label, act) {
  const made = el(`button.${kind}`, label);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

function labelled(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// Shapes, so that colour is never the only sign.
const SIGNS = { passed: '✓', failed: '✗', unknown: '?', unscored: '–' };

const sign = (status) => labelled(el(`span.sign.${status}`, SIGNS[status] ?? '·'), { 'aria-hidden': 'true' });

const count = (number) => number.toLocaleString('en');

function seconds(value) {
  if (value >= 100) return `${count(Math.round(value))} s`;
  if (value >= 1) return `${value.toFixed(1)} s`;
  return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;

const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
