// One candidate: its checks with what they found, what was asked, and its source.

const LINES = 1500; // lines shown before one asks for the rest
const WIDTH = 2000; // characters of one line that are shown

// Where two texts begin and cease to differ, if they have something in common worth marking.
function differing(one, two) {
  const shorter = Math.min(one.length, two.length);
  let start = 0;
  while (start < shorter && one[start] === two[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one[one.length - 1 - end] === two[two.length - 1 - end]) end += 1;
  return start + end >= 2 ? [start, end] : null;
}

function marked(text, difference) {
  if (!difference) return el('pre', text);
  const [start, end] = difference;
  const middle = text.slice(start, text.length - end);
  return el('pre', text.slice(0, start), middle && el('mark', middle), text.slice(text.length - end));
}

function evidence(case_) {
  const input = case_.input ?? '';
  const expected = case_.expected ?? '';
  const got = case_.got ?? '';
  const statement = /^\s*(assert\b|check\()/.test(expected);
  const difference = case_.outcome === 'returned' && expected && got && !statement ? differing(expected, got) : null;
  const rows = [
    ['input', input && el('pre', input)],
    [statement ? 'assertion' : 'expected', expected && marked(expected, difference)],
    ['got', got && marked(got, difference)],
    ['message', case_.message && el('pre', case_.message)],
  ].filter(([, shown]) => shown);
  return el('div.case', el('p.case-head', `case ${count(case_.case)}`, el('span.soft', ` · ${case_.outcome}`)),
    el('dl.values', ...rows.flatMap(([name, shown]) => [el('dt', name), el('dd', shown)])));
}

const STATUS = { pass: 'passed', fail: 'failed', unknown: 'unknown' };

function check(judgement) {
  const status = STATUS[judgement.verdict];
  const told = [
    judgement.strength === 'weak' ? 'weak: judged in the candidate’s own process' : 'strong',
    `${plural(judgement.cases, 'case')} completed`,
    `${seconds(judgement.cpu_s)} CPU`,
    judgement.tester_cpu_s > 0 && `tester ${seconds(judgement.tester_cpu_s)}`,
    judgement.peak_mb > 0 && `peak ${count(Math.round(judgement.peak_mb))} MiB`,
    `by ${judgement.judge}`,
  ].filter(Boolean).join(' · ');
  return el(`section.check.${status}`,
    el('h3', sign(status), judgement.check, el(`span.verdict.${status}`, status),
      status !== 'passed' && judgement.outcome !== 'returned' && el('span.soft', judgement.outcome)),
    el('p.told', told), ...(judgement.evidence ?? []).map(evidence));
}

function source(candidate) {
  if (candidate.source === null) return el('p.soft', 'The source is not in this report.');
  const { text, language, characters } = DATA.sources[candidate.source];
  const lines = highlighted(text, language);
  const code = labelled(el('div.code'), { tabindex: '0', role: 'region', 'aria-label': 'Source of the candidate' });
  const put = (from, to) => {
    for (let number = from; number < to; number += 1) code.append(codeLine(lines[number], number + 1));
  };
  put(0, Math.min(LINES, lines.length));
  const parts = [code];
  if (lines.length > LINES) {
    parts.push(button('link', `Show all ${count(lines.length)} lines`, (event) => {
      put(LINES, lines.length);
      event.currentTarget.remove();
    }));
  }
  if (characters > text.length) {
    parts.push(el('p.soft', `Cut here: the program has ${count(characters)} characters; programs.jsonl has them all.`));
  }
  const copy = button('plain', 'Copy', async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(code);
      copy.textContent = 'Selected';
    }
    setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
  });
  return [el('div.source-head', el('h2', 'Source'), el('span.soft', `${plural(lines.length, 'line')} · ${language}`),
    el('span.grow'), copy), ...parts];
}

function codeLine(pieces, number) {
  const line = labelled(el('div.ln'), { 'data-n': String(number) });
  let room = WIDTH;
  let cut = 0;
  for (const [kind, text] of pieces) {
    const shown = text.slice(0, room);
    cut += text.length - shown.length;
    room -= shown.length;
    if (shown) line.append(el(kind ? `span.${kind}` : 'span', shown));
  }
  if (cut) line.append(el('span.cut', `… ${count(cut)} more characters`));
  if (!pieces.length) line.append('\n');
  return line;
}

function siblings(candidate) {
  const { first, all } = tallies[candidate.task];
  if (all < 2) return null;
  const row = labelled(el('div.siblings'), { role: 'group', 'aria-label': 'Samples of this task' });
  for (let number = first; number < Math.min(first + all, first + 200); number += 1) {
    const other = DATA.candidates[number];
    const chip = button(`sibling.${other.status}`, [sign(other.status), String(other.sample)], () => open(number));
    if (other === candidate) chip.setAttribute('aria-current', 'true');
    row.append(labelled(chip, { 'aria-label': `sample ${other.sample}, ${other.status}` }));
  }
  return row;
}

// Where a candidate comes from: its program, what was asked for it, its judgements, what it was made of, and so on.
function origin(number) {
  const found = (DATA.origins ?? []).find((one) => one.candidate === number);
  if (!found) return null;
  return el('details.origin', el('summary', 'Where it comes from'), el('ul.tree', programNode(found.tree, '')));
}

function programNode(node, how) {
  const size = node.characters < 0 ? 'not kept' : plural(node.characters, 'character');
  const told = [node.maker && `by ${node.maker}`, size, node.files > 1 && plural(node.files, 'file'),
    node.cases > 0 && `run on ${plural(node.cases, 'case')}`, node.note !== size && node.note].filter(Boolean).join(' · ');
  const left = node.calls_left > 0 && el('li', el('span.soft', `${count(node.calls_left)} more requests`));
  return el('li.node', el('p.node-head', how, `program ${node.program} `, el('span.soft', told)),
    el('ul', node.calls.map(callNode), left, node.judgements.map(judgementNode),
      node.parents.map((parent) => programNode(parent, 'made of '))));
}

function callNode(call) {
  const cost = `${count(call.prompt_tokens)} + ${count(call.output_tokens)} tokens`;
  return el('li', el('details', el('summary', `request ${call.key.slice(0, 12)} `, el('span.soft', cost)),
    call.asked && el('pre', call.asked), call.answers.map((text) => el('pre.answer', text))));
}

function judgementNode(found) {
  const status = STATUS[found.verdict];
  return el('li', sign(status), `${found.check} `, el(`span.verdict.${status}`, status),
    el('span.soft', ` ${found.visibility} · ${found.judge}`));
}

let stepping = null; // the stepper, while it is what is shown

// What leads to the trace of a candidate, where the report has one.
function towardsTrace(number) {
  const found = (DATA.traces ?? []).find((one) => one.candidate === number);
  if (!found) return null;
  if (!found.data) return el('p.told', `No trace: ${found.reason}.`);
  return el('p.trace', button('plain', 'Step through the failing case', () => openTrace(number, found)), ' ',
    el('span.soft', found.case));
}

function candidatePage(number) {
  const one = DATA.candidates[number];
  const task = DATA.tasks[one.task];
  const made = one.source === null ? '' : DATA.sources[one.source].maker;
  const statement = task.text && el('details.statement', el('summary', 'Task'), el('pre', task.text));
  const steps = el('div.steps', labelled(button('icon', '↑', () => move(-1)), { 'aria-label': 'Previous', title: 'Previous (k)' }),
    labelled(button('icon', '↓', () => move(1)), { 'aria-label': 'Next', title: 'Next (j)' }));
  return el('article.page',
    el('div.over', button('link.back', '← All candidates', () => document.body.classList.remove('opened')), el('p.eyebrow', `sample ${one.sample}`), el('span.grow'), steps),
    el('h2.title', task.id),
    el('p.badges', el(`span.badge.${one.status}`, sign(one.status), one.status),
      one.status === 'failed' && el('span.badge', one.outcome),
      one.weak && labelled(el('span.badge', 'weak'), { title: 'Judged in the candidate’s own process' }),
      el('span.soft', [`${seconds(one.cpu_s)} CPU`, `${seconds(one.wall_s)} elapsed`, made && `by ${made}`,
        `program ${one.program}`, `isolation ${one.tier}`].filter(Boolean).join(' · '))),
    siblings(one),
    one.unscored !== null && el('section.check.unscored', el('h3', sign('unscored'), 'No verdict'),
      el('p.told', 'The machine failed, not the candidate. This sample is in no score.'), el('pre', one.unscored)),
    towardsTrace(number),
    el('div.checks', one.checks.map(check)),
    origin(number),
    statement,
    el('section.source', source(one)));
}
