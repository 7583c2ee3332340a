// The prompt as the model gets it: its parts with their names, the cuts between tokens, the answer written in its place.
(() => {
  const { el } = PG;
  const W = {
    task: { en: 'task', zh: '任务' },
    example: (i) => ({ en: `example ${i}`, zh: `例 ${i}` }),
    question: { en: 'question', zh: '问题' },
    out: { en: 'left out: no room', zh: '放不下，未读入' },
    place: (at, id) => ({ en: `token ${at}, id ${id}`, zh: `第 ${at} 个词元，编号 ${id}` }),
    foretold: (p) => ({ en: `foretold with ${p}`, zh: `预测概率 ${p}` }),
    answer: { en: 'the model’s answer', zh: '模型的回答' },
    nothing: { en: '(nothing: the line ends at once)', zh: '（什么也没有：直接换行）' },
  };
  const blocks = (parts) => {
    const out = new Map();
    for (const part of parts) out.set(part.block, [...(out.get(part.block) || []), part]);
    return [...out];
  };
  const name = (block, last) => (block < 0 ? W.task : block === last ? W.question : W.example(block + 1));

  // A line's end shows as a sign where tokens are shown; the one that ends a block breaks no line.
  const broken = (text, ends) => text.split(/(\n+)/).flatMap((piece, i, all) => {
    if (!piece.startsWith('\n')) return piece;
    const lines = ends && i >= all.length - 2 && !all.slice(i + 1).join('') ? '' : piece;
    return [el('span', { class: 'line-end', 'aria-hidden': 'true', text: '↵'.repeat(piece.length) }), lines];
  });
  const run = ([text, positions], kind, ends) => el('span', {
    class: `tok is-${kind}${positions.length && positions[0] % 2 ? ' odd' : ''}`, 'data-at': positions.length ? positions[0] : null,
  }, broken(text, ends));
  const lost = (text) => (text ? el('s', { class: 'left-out', title: W.out, text }) : null);

  const block = ([at, parts], last, said) => {
    const runs = parts.flatMap((part) => part.runs.map((one) => [one, part.kind]));
    const out = !parts.some((part) => part.tokens[1] > part.tokens[0]) && parts.some((part) => part.lost);
    const kind = at < 0 ? 'task' : at === last ? 'question' : 'example';
    return el('div', { class: `part part-${kind}${out ? ' part-out' : ''}`, 'data-block': at },
      el('span', { class: 'part-name' }, name(at, last)),
      el('div', { class: 'part-text mono', dir: 'auto' },
        lost(parts.map((part) => part.lost).join('').replace(/\n+$/, out ? '' : '$&')),
        runs.map(([one, role], i) => run(one, role, i === runs.length - 1 && at !== last)),
        at === last ? said : null));
  };

  // said: {text, tokens?: [], chances?: []} or null while nobody was asked
  const answer = (said) => {
    if (!said) return el('mark', { class: 'said waiting', text: ' …' });
    if (!said.text) return el('mark', { class: 'said nothing' }, ' ', W.nothing);
    return el('mark', { class: 'said', title: W.answer, text: ` ${said.text}` });
  };

  // shown: {parts, ids, texts?, chances?}; -> element
  PG.shotsSheet = (shown, said, cuts) => {
    const all = blocks(shown.parts), last = all.at(-1)[0];
    const sheet = el('div', { class: `sheet shots-sheet${cuts ? ' cuts' : ''}` }, all.map((one) => block(one, last, answer(said))));
    const tell = (event) => {
      const at = event.target.closest?.('.tok[data-at]')?.dataset.at;
      if (at === undefined || !sheet.classList.contains('cuts')) return PG.untip();
      const chance = shown.chances?.[at];
      PG.tip(event, el('b', { class: 'mono', text: shown.texts?.[at] ?? event.target.textContent }), el('span', {}, W.place(at, shown.ids[at])),
        chance !== undefined && Number(at) ? el('span', {}, W.foretold(PG.chance(chance))) : null);
    };
    sheet.addEventListener('mousemove', tell);
    sheet.addEventListener('mouseleave', PG.untip);
    return sheet;
  };
  PG.shotsBlockName = name;
})();
