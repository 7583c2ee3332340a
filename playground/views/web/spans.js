// A passage token by token: above each how likely an answer starts there, below how likely it ends. And a text with marks.
(() => {
  const { el } = PG;
  const WORDS = {
    start: { en: 'starts here', zh: '从这里开始' }, end: { en: 'ends here', zh: '到这里结束' },
    how: { en: 'Above each piece: how likely the answer starts there. Below: how likely it ends there.', zh: '每个词元上方：答案从这里开始的概率；下方：到这里结束的概率。' },
    first: { en: 'no answer', zh: '没有答案' },
  };
  const HEIGHT = 1.75; // rem, of a probability of 1

  // tokens: payload of views/tokens.py; said: {start, end: [token], none}; span: {start, end} in tokens, or null
  PG.spans = (tokens, said, span) => {
    const bar = (share, cls) => el('span', { class: `span-bar ${cls}`, style: { height: `${Math.max(share, 0) * HEIGHT}rem` } });
    const column = (at, name, inside, cls = '') => el('span', {
      class: `span-token${inside ? ' inside' : ''}${cls}`, tabindex: '-1',
      onmousemove: (event) => PG.tip(event, el('b', { class: 'mono', text: PG.t(name) }),
        el('span', {}, WORDS.start, `: ${said.start[at].toFixed(4)}`), el('span', {}, WORDS.end, `: ${said.end[at].toFixed(4)}`)),
      onmouseleave: PG.untip,
    }, el('span', { class: 'span-above' }, bar(said.start[at], 'from')), el('span', { class: 'span-name mono', dir: 'auto' }, name),
      el('span', { class: 'span-below' }, bar(said.end[at], 'to')));
    const inside = (at) => Boolean(span) && at >= span.start && at <= span.end;
    const passage = tokens.texts.map((_, at) => at).filter((at) => tokens.segments[at] === 1 && !tokens.special[at]);
    const name = (at) => tokens.surfaces[at] || tokens.texts[at];
    return el('div', { class: 'spans' },
      el('p', { class: 'read' }, WORDS.how),
      el('div', { class: 'span-board' },
        said.none ? column(said.none.start, WORDS.first, !span, ' none') : null,
        passage.map((at) => column(at, name(at), inside(at), tokens.texts[at].startsWith('##') ? ' goes-on' : ''))));
  };

  // The second text, the span marked in it.
  PG.passage = (tokens, span) => {
    const own = (positions) => positions.some((at) => tokens.segments[at] === 1 && !tokens.special[at]);
    const first = tokens.runs.findIndex(([, positions]) => own(positions)), runs = tokens.runs.slice(first);
    const inside = ([, positions]) => Boolean(span) && positions.length > 0 && positions.every((at) => at >= span.start && at <= span.end);
    const from = runs.findIndex(inside), to = runs.findLastIndex(inside), said = (part) => part.map(([text]) => text).join('');
    if (from < 0) return [said(runs)];
    return [said(runs.slice(0, from)), el('mark', { text: said(runs.slice(from, to + 1)) }), said(runs.slice(to + 1))];
  };

  // ---- a text whose marked stretches say what they are
  const COLOURS = 10;
  const colours = () => PG.token('--classes').split(',').map((one) => one.trim());

  // said: {runs: [text, unit], units, entities, kinds}; options: {kind(name) -> text}
  PG.marked = (said, { kind = (name) => name } = {}) => {
    const paint = (name) => ({ '--mark': `var(--mark-${Math.max(0, said.kinds.indexOf(name)) % COLOURS})` });
    const tell = (unit) => (event) => PG.tip(event, el('b', { text: unit.text }),
      unit.best.map(([tag, chance]) => el('span', {}, el('span', { class: 'mono', text: tag }), ` ${chance.toFixed(4)}`)));
    const word = ([text, unit]) => (unit === null ? text : el('span', {
      class: 'mark-word', onmousemove: tell(said.units[unit]), onmouseleave: PG.untip,
    }, text));
    const out = [];
    let open = null;
    said.runs.forEach((run, i) => {
      const own = run[1] === null ? null : said.units[run[1]].entity, next = said.runs[i + 1];
      const between = run[1] === null && open !== null && next && said.units[next[1]]?.entity === open.at;
      if (own === null && !between) { open = null; out.push(word(run)); return; }
      if (own !== null && own !== open?.at) {
        const entity = said.entities[own];
        open = { at: own, body: el('span', { class: 'mark-text' }) };
        out.push(el('span', { class: 'mark-entity', style: paint(entity.kind) }, open.body, el('span', { class: 'mark-kind' }, kind(entity.kind))));
      }
      open.body.append(word(run));
    });
    const box = el('p', { class: 'marked', dir: 'auto' }, out);
    const dress = () => colours().forEach((colour, i) => box.style.setProperty(`--mark-${i}`, colour));
    dress();
    PG.follow(box, 'theme', dress);
    return box;
  };
})();
