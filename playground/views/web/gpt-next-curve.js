// The whole vocabulary at once: probability by place, both logarithmic, or added up; what stays in the draw is marked.
(() => {
  const { el, svg, t } = PG;
  const W = {
    place: { en: 'place', zh: '名次' },
    chance: { en: 'probability', zh: '概率' },
    sum: { en: 'added up', zh: '累加' },
    kept: { en: 'kept', zh: '保留' },
    first: { en: 'together with all before it', zh: '连同之前的合计' },
  };
  const LEAST = -9;  // powers of ten below are cut from the picture
  const raised = (power) => [...String(power)].map((c) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]).join('');
  const tenth = (power) => (power >= -3 ? `${100 * 10 ** power} %` : `10${raised(power)}`);

  const scales = ({ places, before }, mode, w, h) => {
    const rem = PG.rem(), left = 2.75 * rem, right = w - .5 * rem, top = .75 * rem, bottom = h - 2 * rem;
    const lastX = Math.log10(places.at(-1)) || 1, floor = Math.max(LEAST, Math.floor(Math.log10(Math.max(Math.min(...before), 1e-30))));
    const x = (place) => left + Math.log10(Math.max(1, place)) / lastX * (right - left);
    const y = mode === 'sum' ? (v) => bottom - v * (bottom - top)
      : (v) => top + Math.min(1, Math.log10(Math.max(v, 1e-30)) / floor) * (bottom - top);
    const ups = mode === 'sum' ? [0, .25, .5, .75, 1].map((v) => [v, `${100 * v} %`])
      : Array.from({ length: -floor + 1 }, (_, i) => -i).filter((p) => p % Math.ceil(-floor / 5) === 0).map((p) => [10 ** p, tenth(p)]);
    const across = Array.from({ length: Math.floor(lastX + 1e-9) + 1 }, (_, i) => 10 ** i);
    return { x, y, ups, across, left, right, top, bottom };
  };
  const path = (places, values, { x, y }) => `M${places.map((place, i) => `${x(place).toFixed(1)} ${y(values[i]).toFixed(1)}`).join('L')}`;

  // () => {root, draw(said, mode)}
  PG.gptNextCurve = () => {
    const host = el('div', { class: 'next-curve' });
    let now = null, width = 0;
    const paint = () => {
      if (!now || !width) return;
      const { said, mode } = now, { curve, band: [first, last] } = said, h = 13 * PG.rem(), s = scales(curve, mode, width, h);
      const values = mode === 'sum' ? curve.sums : curve.before, cut = said.kept < said.vocabulary, id = `next-band-${host.dataset.n}`;
      const from = s.x(Math.max(1, first - .5)), to = last === said.vocabulary ? s.right : s.x(last + .5);
      const line = path(curve.places, values, s), rule = svg('line', { class: 'chart-rule', y1: s.top, y2: s.bottom, visibility: 'hidden' });
      const read = (event) => {
        const at = event.clientX - host.getBoundingClientRect().left;
        const near = curve.places.reduce((best, place, i) => (Math.abs(s.x(place) - at) < Math.abs(s.x(curve.places[best]) - at) ? i : best), 0);
        const place = s.x(curve.places[near]);
        Object.entries({ x1: place, x2: place, visibility: 'visible' }).forEach(([k, v]) => rule.setAttribute(k, v));
        PG.tip(event, el('span', {}, `${t(W.place)} `, el('b', { class: 'mono', text: PG.countText(curve.places[near]) })),
          el('span', {}, `${t(W.chance)} `, el('b', { class: 'mono', text: PG.four(curve.before[near]) })),
          el('span', {}, `${t(W.first)} `, el('b', { class: 'mono', text: PG.share(curve.sums[near]) })));
      };
      const leave = () => { rule.setAttribute('visibility', 'hidden'); PG.untip(); };
      PG.fill(host, svg('svg', {
        width, height: h, viewBox: `0 0 ${width} ${h}`, role: 'img', 'aria-label': () => `${t(mode === 'sum' ? W.sum : W.chance)}, ${t(W.place)}`,
        onpointermove: read, onpointerleave: leave,
      },
      svg('defs', {}, svg('clipPath', { id }, svg('rect', { x: from, y: 0, width: Math.max(1, to - from), height: h }))),
      cut ? svg('rect', { class: 'next-band', x: from, y: s.top, width: Math.max(2, to - from), height: s.bottom - s.top }) : null,
      s.ups.map(([v, text]) => [
        svg('line', { class: 'chart-grid', x1: s.left, x2: s.right, y1: s.y(v), y2: s.y(v) }),
        svg('text', { class: 'chart-tick', x: s.left - 6, y: s.y(v) + 4, 'text-anchor': 'end', text }),
      ]),
      s.across.map((v) => svg('text', { class: 'chart-tick', x: s.x(v), y: s.bottom + 1.1 * PG.rem(), 'text-anchor': 'middle', text: PG.countText(v) })),
      svg('path', { class: 'next-whole', d: line, fill: 'none' }),
      svg('path', { class: 'next-kept', d: line, fill: 'none', 'clip-path': `url(#${id})` }),
      cut ? svg('text', {
        class: 'chart-name next-kept-name', x: Math.min(to + 4, s.right - 2), y: s.top + 10, 'text-anchor': to > s.right - 40 ? 'end' : 'start',
        text: () => `${t(W.kept)} ${PG.countText(said.kept)}` }) : null,
      svg('text', { class: 'chart-axis', x: s.right, y: h - 2, 'text-anchor': 'end', text: W.place }),
      rule));
    };
    host.dataset.n = String(Math.random()).slice(2);
    host.pgDraw = paint;
    PG.watchWidth(host, (w) => { width = w; paint(); });
    return { root: host, draw: (said, mode) => { now = { said, mode }; paint(); } };
  };
  PG.on('theme', () => document.querySelectorAll('.next-curve').forEach((one) => one.pgDraw?.()));
})();
