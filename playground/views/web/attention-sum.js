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

  const multiply = ({ query, key, products, total, texts, at, width, query_plain: askedPlain, key_plain: keyPlain, turned, normed }) => {
    const rem = PG.rem(), letters = 7 + Math.max([...texts[at.query]].length, [...texts[at.key]].length);
    const w = Math.max(96, Math.min(width - (3 + .54 * letters) * rem, 32 * rem));
    const scale = Math.max(...query.map(Math.abs), ...key.map(Math.abs)) || 1, most = Math.max(...products.map(Math.abs)) || 1;
    const sum = { en: `sum of ${products.length} products = `, zh: `${products.length} 个乘积之和 = ` };
    const was = turned ? { en: 'Turn query and key by their places', zh: '把查询和键按各自的位置旋转' } : { en: 'Normalise query and key', zh: '把查询和键归一化' };
    const first = normed && turned ? { en: 'Normalise query and key, turn them by their places', zh: '把查询和键归一化，再按各自的位置旋转' } : was;
    const say = askedPlain ? { en: `${first.en}, multiply them number by number, and add up.`, zh: `${first.zh}，逐个数相乘，再相加。` }
      : { en: 'Multiply query and key number by number, and add up.', zh: '查询与键逐个数相乘，再相加。' };
    const plain = askedPlain ? [askedPlain, keyPlain].map((values) => strip(values, Math.max(...values.map(Math.abs)) || 1, w)) : null;
    const place = (i) => (turned ? { en: ` at ${i}`, zh: `，位置 ${i}` } : '');
    return el('li', {},
      el('div', { class: 'step-say', text: say }),
      el('div', { class: 'vecs' },
        plain ? [name('c-query', { en: 'query', zh: '查询' }, texts[at.query]), plain[0], name('c-key', { en: 'key', zh: '键' }, texts[at.key]), plain[1]] : null,
        plain ? [el('span', { class: 'c-query' }, el('b', {}, turned ? { en: 'turned', zh: '旋转后' } : { en: 'normalised', zh: '归一化' }, place(at.query))), strip(query, scale, w),
          el('span', { class: 'c-key' }, el('b', {}, turned ? { en: 'turned', zh: '旋转后' } : { en: 'normalised', zh: '归一化' }, place(at.key))), strip(key, scale, w)] : [
          name('c-query', { en: 'query', zh: '查询' }, texts[at.query]), strip(query, scale, w),
          name('c-key', { en: 'key', zh: '键' }, texts[at.key]), strip(key, scale, w)],
        el('span', { class: 'c-ink2', text: { en: 'products', zh: '乘积' } }), strip(products, most, w)),
      el('span', { class: 'eq mono' }, sum, el('b', { text: short(total) })));
  };

  const divide = ({ products, total, root, scores, at, slope, hidden }) => {
    const whole = Math.abs(root - Math.round(root)) < 1e-9, written = whole ? String(Math.round(root)) : root.toFixed(3);
    const plain = Math.abs(root - Math.sqrt(products.length)) < 1e-6;
    const bonus = slope ? { en: ` Then add ${Number(slope.toPrecision(3))} times the key’s place: what is near is favoured (ALiBi).`,
      zh: `再加上 ${Number(slope.toPrecision(3))} 乘以键的位置，使近处占优（ALiBi）。` } : null;
    const score = hidden ? short(total / root + (slope ? slope * at.key : 0)) : short(scores[at.key]);
    const eq = el('span', { class: 'eq mono' }, `${short(total)}${root === 1 ? '' : ` ÷ ${written}`}${slope ? ` + ${short(slope)} · ${at.key}` : ''} = `, el('b', { text: score }));
    if (root === 1) {
      return el('li', {}, el('div', { class: 'step-say' }, { en: 'This model does not divide by √d.', zh: '这个模型不除以 √d。' }, bonus), eq);
    }
    const say = plain ? { en: `Divide by √${products.length}, so that long vectors do not shout.`, zh: `除以 √${products.length}，免得长向量的分数过大。` }
      : { en: `Divide by ${written}, so that the scores stay small.`, zh: `除以 ${written}，免得分数过大。` };
    return el('li', {}, el('div', { class: 'step-say' }, say, bonus), eq);
  };

  const bars = ({ weights: all, scores, texts, at }) => {
    const seen = all.map((_, j) => j).filter((j) => scores[j] !== null), weights = all;
    const order = seen.map((j) => [weights[j], j]).sort((a, b) => b[0] - a[0]), few = seen.length <= MOST;
    const kept = new Set(few ? seen : order.slice(0, MOST - 1).map(([, j]) => j).concat(at.key));
    const rest = weights.reduce((sum, w, j) => (kept.has(j) ? sum : sum + w), 0), most = Math.max(order[0][0], rest);
    const tell = (event, text, w) => PG.tip(event, el('b', { class: 'mono', text }), el('span', { class: 'mono', text: w.toFixed(4) }));
    const column = (text, w, cls) => el('div', { class: `soft-col${cls}`, onmousemove: (event) => tell(event, text, w), onmouseleave: PG.untip },
      el('span', { class: 'soft-bar', style: { height: `${Math.max(1, (72 * w) / most)}%` } }),
      el('span', { class: 'soft-name mono', text }));
    return el('div', { class: 'soft' }, [...kept].sort((a, b) => a - b).map((j) => column(texts[j], weights[j], j === at.key ? ' on' : '')),
      few ? null : column(`+${seen.length - kept.size}`, rest, ' rest'));
  };

  const compare = (parts) => {
    const { weights, at } = parts, scores = parts.scores.filter((x) => x !== null), s = parts.scores[at.key];
    if (parts.hidden) {
      return el('li', {}, el('div', { class: 'step-say' }, at.key > at.query ? {
        en: 'Mask: this key stands after the query. Its score counts as −∞, and the softmax leaves it nothing.',
        zh: '掩码：这个键在查询之后，分数按 −∞ 计，softmax 不给它任何份额。' } : {
        en: `Mask: this layer sees only the last ${parts.window} tokens. The score counts as −∞, and the softmax leaves it nothing.`,
        zh: `掩码：这一层只看最近 ${parts.window} 个词元，分数按 −∞ 计，softmax 不给它任何份额。` }),
      el('span', { class: 'eq mono' }, 'e^(−∞) = 0;  ', el('b', { text: '0' })));
    }
    const largest = Math.max(...scores), shift = Math.abs(largest) > LARGE ? largest : 0;
    const power = Math.exp(s - shift), sum = scores.reduce((total, x) => total + Math.exp(x - shift), 0);
    const exponent = shift ? `(${short(s)} − ${shift < 0 ? `(${short(shift)})` : short(shift)})` : short(s);
    const some = scores.length < weights.length;
    const say = some ? { en: 'Compare with every other key that may be seen (softmax).', zh: '与其他所有可见的键比较（softmax）。' }
      : { en: 'Compare with every other key (softmax).', zh: '与其他所有键比较（softmax）。' };
    return el('li', {}, el('div', { class: 'step-say', text: say }), bars(parts), el('span', { class: 'eq mono' },
      `e^${exponent} = ${short(power)};  ${short(power)} ÷ ${short(sum)} = `, el('b', { text: weights[at.key].toFixed(4) })));
  };

  // parts: {query, key, products, total, root, scores, weights, slope (ALiBi), window, sharing [first, stop), texts, at: {query, key},
  // weight, width, onClose, hidden}; scores null where hidden; query_plain and key_plain where they are normalised or turned
  PG.attentionSum = (host, parts) => {
    const { texts, at, weight, onClose } = parts;
    const title = el('h4', { class: 'sub-title' }, { en: 'How ', zh: '' }, PG.b(texts[at.query], 'c-query mono'), { en: ' and ', zh: ' 与 ' },
      PG.b(texts[at.key], 'c-key mono'), { en: ` make ${weight.toFixed(4)}`, zh: ` 怎样得出 ${weight.toFixed(4)}` });
    const close = el('button', { class: 'btn ghost', type: 'button', onclick: onClose }, icon('x'), { en: 'Close', zh: '收起' });
    const [first, stop] = parts.sharing;
    const shared = stop - first > 1 ? el('p', { class: 'read' }, {
      en: `Heads ${first + 1} to ${stop} share this key (grouped-query attention): one key head for ${stop - first} query heads.`,
      zh: `第 ${first + 1} 到 ${stop} 个头共用这个键（分组查询注意力）：${stop - first} 个查询头合用一个键头。`,
    }) : null;
    PG.fill(host, el('div', { class: 'arith-head' }, title, close), shared, el('ol', { class: 'steps' }, multiply(parts), divide(parts), compare(parts)));
  };
})();
