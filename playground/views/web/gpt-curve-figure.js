// The shots figure: share of right answers by number of examples, with intervals. Lines are named at their ends.
(() => {
  const { svg, el, t } = PG;
  const W = () => PG.gptCurveWords;
  const NARROW = 34; // rem: below, names stand under the picture
  const HIT = 7; // px around a point: two that stand side by side can both be pointed at
  const ink = (line) => ({ told: '--c-accent', only: '--c-accent', plain: '--c-ink', order: '--c-faint' })[line.kind];
  const colour = (line) => (line.kind === 'kept' ? PG.token('--classes').split(',')[line.at % 10].trim() : PG.token(ink(line)));
  const percent = (v) => `${Math.round(100 * v)}%`;

  const frame = (width, rem, shots) => {
    const named = width > NARROW * rem, height = (named ? 16 : 14) * rem, left = 2.9 * rem, right = width - (named ? 9.5 : .75) * rem;
    const top = 1.6 * rem, bottom = height - 2.9 * rem, from = shots[0], to = Math.max(from + 1, shots.at(-1));
    return {
      named, height, left, right, top, bottom, rem,
      x: (k) => left + .8 * rem + ((k - from) / (to - from)) * (right - left - 1.6 * rem),
      y: (share) => bottom - share * (bottom - top),
    };
  };
  const axes = (f, shots) => [
    [0, .2, .4, .6, .8, 1].map((v) => [
      svg('line', { class: 'chart-grid', x1: f.left, x2: f.right, y1: f.y(v), y2: f.y(v) }),
      svg('text', { class: 'chart-tick', x: f.left - 8, y: f.y(v) + 4, 'text-anchor': 'end', text: percent(v) }),
    ]),
    svg('line', { class: 'curve-axis', x1: f.left, x2: f.right, y1: f.bottom, y2: f.bottom }),
    svg('line', { class: 'curve-axis', x1: f.left, x2: f.left, y1: f.top, y2: f.bottom }),
    shots.map((k) => [
      svg('line', { class: 'curve-axis', x1: f.x(k), x2: f.x(k), y1: f.bottom, y2: f.bottom + 4 }),
      svg('text', { class: 'chart-tick', x: f.x(k), y: f.bottom + 1.2 * f.rem, 'text-anchor': 'middle', text: String(k) }),
    ]),
    svg('text', { class: 'chart-axis', x: (f.left + f.right) / 2, y: f.bottom + 2.4 * f.rem, 'text-anchor': 'middle', text: W().x }),
    svg('text', { class: 'chart-axis', x: f.left - 2.4 * f.rem, y: f.top - .85 * f.rem, text: W().y }),
  ];
  const guess = (f, share) => [
    svg('line', { class: 'curve-guess', x1: f.left, x2: f.right, y1: f.y(share), y2: f.y(share) }),
    f.named ? null : svg('text', { class: 'chart-tick', x: f.right - 2, y: f.y(share) + 1.1 * f.rem, 'text-anchor': 'end', text: W().guess }),
  ];
  // Lines with intervals step aside a little, so that both can be seen.
  const aside = (line, lines) => {
    const main = lines.filter(({ kind }) => kind !== 'order' && kind !== 'kept');
    return main.length > 1 && main.includes(line) ? (main.indexOf(line) - .5) * 2 * HIT : 0;
  };
  const told = (line, p) => [
    el('b', {}, line.name),
    el('span', { text: t(W().many(p.shots)) }),
    el('span', { class: 'mono', text: `${p.right} / ${p.asked}  ${PG.pct(p.share)}` }),
    el('span', { class: 'mono', text: `95 %: ${PG.pct(p.low)} – ${PG.pct(p.high)}` }),
  ];
  const drawLine = (f, line, lines, pick, onPick) => {
    const off = aside(line, lines), main = line.kind !== 'order', points = line.points.filter(({ share }) => Number.isFinite(share));
    const at = (p) => [f.x(p.shots) + off, f.y(p.share)], path = points.map((p, i) => `${i ? 'L' : 'M'}${at(p).map((v) => v.toFixed(1)).join(' ')}`).join('');
    const dot = (p) => {
      const [x, y] = at(p), on = pick && pick.line === line.key && pick.shots === p.shots;
      return svg('g', {
        class: `curve-point${on ? ' on' : ''}${p.asked < p.of ? ' partial' : ''}`, tabindex: '0', role: 'button', 'data-line': line.key, 'data-shots': p.shots,
        'aria-label': () => `${t(line.name)}, ${t(W().many(p.shots))}: ${PG.pct(p.share)}`,
        onclick: () => onPick(line, p), onkeydown: (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); onPick(line, p); } },
        onmousemove: (event) => PG.tip(event, ...told(line, p)), onmouseleave: PG.untip,
      },
      svg('circle', { cx: x, cy: y, r: HIT, fill: 'transparent' }),
      line.kind === 'kept' ? null : svg('path', { class: 'curve-bar', stroke: colour(line),
        d: `M${x} ${f.y(p.low)}V${f.y(p.high)}M${x - 3} ${f.y(p.low)}h6M${x - 3} ${f.y(p.high)}h6` }),
      svg('circle', { cx: x, cy: y, r: line.kind === 'kept' ? 2.5 : 4.5, fill: colour(line), stroke: PG.token('--c-card'), 'stroke-width': on ? 0 : 1 }),
      on ? svg('circle', { class: 'curve-ring', cx: x, cy: y, r: 7.5 }) : null);
    };
    return svg('g', { class: `curve-line ${line.kind}`, 'data-key': line.key },
      svg('path', { d: path || 'M0 0', fill: 'none', stroke: colour(line), 'stroke-linejoin': 'round' }), main ? points.map(dot) : null);
  };
  // At the ends of the lines, moved apart where they end together; all other orders have one name.
  const names = (f, lines, chance) => {
    const last = (line) => line.points.filter(({ share }) => Number.isFinite(share)).at(-1);
    const orders = lines.filter((line) => line.kind === 'order' && last(line)), some = lines.filter((line) => last(line) && line.kind !== 'order');
    const end = (name, fill, share) => ({ name, fill, y: f.y(share) }), quiet = PG.token('--c-ink-3');
    const ends = some.map((line) => end(line.name, colour(line), last(line).share));
    if (orders.length) ends.push(end(W().orders, quiet, last(orders[0]).share));
    if (chance) ends.push(end(W().guess, quiet, chance));
    ends.sort((a, b) => a.y - b.y);
    ends.forEach((one, i) => { if (i) one.y = Math.max(one.y, ends[i - 1].y + 1.15 * f.rem); });
    const over = Math.max(0, (ends.at(-1)?.y ?? 0) - f.bottom);
    return ends.map(({ name, fill, y }) => svg('text', { class: 'chart-name', x: f.right + 6, y: y - over + 4, fill, text: name }));
  };
  const yours = (f, lines, { line: key, shots }) => {
    const line = lines.find((one) => one.key === key), p = line?.points.find((one) => one.shots === shots);
    if (!p || !Number.isFinite(p.share)) return null;
    const x = f.x(shots) + aside(line, lines), y = f.y(p.high) - 4, up = y - f.rem > f.top - .5 * f.rem;
    const text = { class: 'chart-tick', x, y: up ? y - .75 * f.rem : f.y(p.low) + 1.9 * f.rem, 'text-anchor': 'middle', text: W().yours };
    return [svg('line', { class: 'curve-call', x1: x, x2: x, y1: up ? y : f.y(p.low) + 4, y2: up ? y - .55 * f.rem : f.y(p.low) + .9 * f.rem }),
      svg('text', text)];
  };
  const legend = (lines) => {
    const some = lines.filter((line, i) => line.kind !== 'order' || lines.findIndex(({ kind }) => kind === 'order') === i);
    return el('ul', { class: 'curve-legend' }, some.map((line) => el('li', {},
      el('span', { class: 'curve-key', style: { background: colour(line) } }), line.kind === 'order' ? W().orders : line.name)));
  };

  // data: {shots, lines: [{key, kind: told|plain|only|order|kept, name, at, points}], guess, yours and pick: {line, shots} or null}
  PG.curveFigure = (onPick) => {
    const root = el('div', { class: 'curve-figure' });
    let data = null, width = 0;
    const draw = () => {
      if (!data || !width) return;
      const f = frame(width, PG.rem(), data.shots), order = { order: 0, kept: 1, plain: 2, told: 3, only: 3 };
      const lines = [...data.lines].sort((a, b) => order[a.kind] - order[b.kind]);
      PG.fill(root,
        svg('svg', { class: 'chart', width, height: f.height, viewBox: `0 0 ${width} ${f.height}`, role: 'group',
          'aria-label': () => `${t(W().right)}, ${t(W().x)}` },
          axes(f, data.shots), data.guess ? guess(f, data.guess) : null, lines.map((line) => drawLine(f, line, lines, data.pick, onPick)),
          f.named ? names(f, lines, data.guess) : null, data.yours ? yours(f, lines, data.yours) : null),
        f.named ? null : legend(lines));
    };
    PG.watchWidth(root, (w) => { width = w; draw(); });
    return { root, draw: (next) => { data = next; draw(); } };
  };
})();
