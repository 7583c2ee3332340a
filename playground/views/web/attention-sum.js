// One attention weight, opened: query times key, divided, compared with every other key.
(() => {
  const { el, icon } = PG;
  const MOST = 16;    // bars of the softmax; the rest share one
  const LARGE = 9;    // exponents beyond this are taken relative to the largest

  const short = (v) => {
    const size = Math.abs(v);
    const text = size !== 0 && (size < .01 || size >= 1e6) ? size.toExponential(2) : size.toFixed(size < 10 ? 3 : 2);
    return (v < 0 ? '\u2212' : '') + text;
  };

  const strip = (values, scale, width) => {
    const canvas = el('canvas', { class: 'vec' }), h = 1.125 * PG.rem(), g = PG.size(canvas, width, h), ramp = PG.ramp('--signed'), w = width / values.length;
    values.forEach((x, i) => {
      g.fillStyle = PG.str(ramp(.5 + (.5 * x) / scale));
      g.fillRect(i * w, 0, Math.ceil(w) - .5, h);
    });
    g.strokeStyle = PG.token('--c-line');
    g.strokeRect(.5, .5, width - 1, h - 1);
    canvas.addEventListener('mousemove', (event) => {
      const i = Math.floor(event.offsetX / w);
      if (values[i] !== undefined) PG.tip(event, el('span', { class: 'mono', text: `[${i + 1}]  ${PG.minus(values[i], 4)}` }));
    });
    canvas.addEventListener('mouseleave', PG.untip);
    return canvas;
  };

  const name = (cls, role, token) => el('span', { class: cls }, el('b', { text: role }), el('span', { class: 'mono', text: ` ${token}` }));

  const multiply = ({ query, key, products, total, texts, at, width }) => {
    const rem = PG.rem(), letters = 7 + Math.max([...texts[at.query]].length, [...texts[at.key]].length);
    const w = Math.max(96, Math.min(width - (3 + .54 * letters) * rem, 32 * rem));
    const scale = Math.max(...query.map(Math.abs), ...key.map(Math.abs)) || 1, most = Math.max(...products.map(Math.abs)) || 1;
    const sum = { en: `sum of ${products.length} products = `, zh: `${products.length} 个乘积之和 = ` };
    return el('li', {},
      el('div', { class: 'step-say', text: { en: 'Multiply query and key number by number, and add up.', zh: '查询与键逐个数相乘，再相加。' } }),
      el('div', { class: 'vecs' },
        name('c-query', { en: 'query', zh: '查询' }, texts[at.query]), strip(query, scale, w),
        name('c-key', { en: 'key', zh: '键' }, texts[at.key]), strip(key, scale, w),
        el('span', { class: 'c-ink2', text: { en: 'products', zh: '乘积' } }), strip(products, most, w)),
      el('span', { class: 'eq mono' }, sum, el('b', { text: short(total) })));
  };

  const divide = ({ products, total, root, scores, at }) => {
    const whole = Number.isInteger(root), written = whole ? String(root) : root.toFixed(3);
    const say = { en: `Divide by √${products.length}, so that long vectors do not shout.`, zh: `除以 √${products.length}，免得长向量的分数过大。` };
    return el('li', {}, el('div', { class: 'step-say', text: say }),
      el('span', { class: 'eq mono' }, `${short(total)} ÷ ${written} = `, el('b', { text: short(scores[at.key]) })));
  };

  const bars = ({ weights, texts, at }) => {
    const order = weights.map((w, j) => [w, j]).sort((a, b) => b[0] - a[0]), few = weights.length <= MOST;
    const kept = new Set(few ? weights.keys() : order.slice(0, MOST - 1).map(([, j]) => j).concat(at.key));
    const rest = weights.reduce((sum, w, j) => (kept.has(j) ? sum : sum + w), 0), most = Math.max(order[0][0], rest);
    const tell = (event, text, w) => PG.tip(event, el('b', { class: 'mono', text }), el('span', { class: 'mono', text: w.toFixed(4) }));
    const column = (text, w, cls) => el('div', { class: `soft-col${cls}`, onmousemove: (event) => tell(event, text, w), onmouseleave: PG.untip },
      el('span', { class: 'soft-bar', style: { height: `${Math.max(1, (72 * w) / most)}%` } }),
      el('span', { class: 'soft-name mono', text }));
    return el('div', { class: 'soft' }, [...kept].sort((a, b) => a - b).map((j) => column(texts[j], weights[j], j === at.key ? ' on' : '')),
      few ? null : column(`+${weights.length - kept.size}`, rest, ' rest'));
  };

  const compare = (parts) => {
    const { scores, weights, at } = parts, s = scores[at.key], largest = Math.max(...scores), shift = Math.abs(largest) > LARGE ? largest : 0;
    const power = Math.exp(s - shift), sum = scores.reduce((total, x) => total + Math.exp(x - shift), 0);
    const exponent = shift ? `(${short(s)} − ${shift < 0 ? `(${short(shift)})` : short(shift)})` : short(s);
    const say = { en: 'Compare with every other key (softmax).', zh: '与其他所有键比较（softmax）。' };
    return el('li', {}, el('div', { class: 'step-say', text: say }), bars(parts), el('span', { class: 'eq mono' },
      `e^${exponent} = ${short(power)};  ${short(power)} ÷ ${short(sum)} = `, el('b', { text: weights[at.key].toFixed(4) })));
  };

  // parts: {query, key, products, total, root, scores, weights, texts, at: {query, key}, weight, width, onClose}
  PG.attentionSum = (host, parts) => {
    const { texts, at, weight, onClose } = parts;
    const title = el('h4', { class: 'sub-title' }, { en: 'How ', zh: '' }, PG.b(texts[at.query], 'c-query mono'), { en: ' and ', zh: ' 与 ' },
      PG.b(texts[at.key], 'c-key mono'), { en: ` make ${weight.toFixed(4)}`, zh: ` 怎样得出 ${weight.toFixed(4)}` });
    const close = el('button', { class: 'btn ghost', type: 'button', onclick: onClose }, icon('x'), { en: 'Close', zh: '收起' });
    PG.fill(host, el('div', { class: 'arith-head' }, title, close), el('ol', { class: 'steps' }, multiply(parts), divide(parts), compare(parts)));
  };
})();
