// The logit lens of one token: what every layer would say, and three curves down the layers that share its rows.
(() => {
  const { el, svg, t } = PG;
  const W = {
    input: { en: 'input', zh: '输入' },
    rank: { en: 'rank of', zh: '名次：' },
    chance: { en: 'probability of', zh: '概率：' },
    entropy: { en: 'entropy', zh: '熵' },
    bits: { en: 'bits', zh: '比特' },
    stood: { en: 'dashed: the word that stood here, ', zh: '虚线：这里原来的词 ' },
  };
  const HIGH = 2.5; // rem of a row
  const STACKED = 50, NARROW = 34; // rem of the panel, as in bert-layers.css
  const named = (row) => (row ? { en: `layer ${row}`, zh: `第 ${row} 层` } : W.input);
  const count = (n) => Math.round(n).toLocaleString('en');
  const bits = (v) => (v < .095 ? v.toFixed(2) : v.toFixed(1));

  const finding = ({ final, final_rank: rank }) => {
    const last = rank.length - 1, lost = rank.findLastIndex((place) => place > 1), from = lost + 1;
    if (!from) return { en: `“${final}” stands first from the input on`, zh: `从输入开始，“${final}” 一直排第一` };
    if (from === last) {
      return { en: `Only the last layer puts “${final}” first`, zh: `直到最后一层，“${final}” 才排到第一` };
    }
    return { en: `“${final}” comes first from layer ${from} of ${last} on`, zh: `共 ${last} 层，从第 ${from} 层起 “${final}” 排第一` };
  };

  // ---- the words of every layer: a row of cells, filled by probability
  const shade = () => PG.ramp('--amount');
  const cell = (seen, row, k, ramp) => {
    const { labels, scores, ids } = seen.rows[row], ink = ramp(Math.sqrt(scores[k]) * .75);
    const kind = `${ids[k] === seen.final_id ? ' final' : ''}${ids[k] === seen.truth_id ? ' truth' : ''}`;
    return el('span', {
      class: `lens-cell${kind}`, style: { background: PG.str(ink), color: PG.inkOn(ink) },
      title: () => `${t(named(row))}: ${labels[k]} ${scores[k].toFixed(4)}`,
    }, el('span', { class: 'lens-word mono', text: labels[k] }), el('span', { class: 'lens-share', text: PG.chance(scores[k]) }));
  };
  const words = (seen) => {
    const ramp = shade(), last = seen.rows.length - 1;
    const line = ({ labels }, row) => el('li', { class: `lens-row${row === last ? ' last' : ''}`, 'data-row': row },
      el('span', { class: 'lens-layer' }, named(row)), labels.map((_, k) => cell(seen, row, k, ramp)));
    return el('ol', { class: 'lens-words' }, el('li', { class: 'lens-head' }), seen.rows.map(line));
  };

  // ---- three curves that share the table's rows: down the layers, value to the right
  const curve = (seen, w, { name, word, values, other, share, text, ends }) => {
    const rem = PG.rem(), high = HIGH * rem, edge = .375 * rem, said = 2.625 * rem, rows = values.length;
    const x = (v) => edge + share(v) * (w - 2 * edge - said), y = (row) => (row + .5) * high;
    const path = (all) => `M${all.map((v, row) => `${x(v).toFixed(1)} ${y(row)}`).join('L')}`;
    const drawing = svg('svg', { class: 'lens-curve', width: w, height: rows * high, viewBox: `0 0 ${w} ${rows * high}`, role: 'img', 'aria-label': name },
      values.map((_, row) => svg('line', { class: 'lens-grid', x1: edge, x2: w - said - edge, y1: y(row), y2: y(row) })),
      other ? svg('path', { class: 'lens-line other', d: path(other), fill: 'none' }) : null,
      svg('path', { class: 'lens-line', d: path(values), fill: 'none' }),
      values.map((v, row) => [
        svg('circle', { class: 'lens-dot', cx: x(v), cy: y(row), r: 3.5 }),
        svg('text', { class: 'lens-value', x: x(v) + 9, y: y(row) + 4, text: text(v) }),
      ]));
    return el('div', { class: 'lens-column' },
      el('div', { class: 'lens-head', title: ends }, el('span', {}, name), word ? el('b', { class: 'mono', text: word }) : null), drawing);
  };
  const apart = ({ truth_id: truth, final_id: final }) => truth !== null && truth !== final;
  const dashed = ({ truth }, stood = W.stood) => el('p', { class: 'hint lens-dashed' }, stood, el('b', { class: 'mono', text: truth }));
  const curves = (seen, width) => {
    const rem = PG.rem(), side = width < NARROW * rem ? 3.75 * rem : 4.25 * rem;
    const w = width < STACKED * rem ? Math.min(9 * rem, (width - side) / 3 - 5) : 5.5 * rem;
    const top = Math.log(seen.vocabulary), two = apart(seen);
    const across = el('div', { class: 'lens-curves' },
      el('ol', { class: 'lens-names' }, el('li', { class: 'lens-head' }), seen.rows.map((_, row) => el('li', {}, named(row)))),
      curve(seen, w, {
        name: W.rank, word: seen.final, values: seen.final_rank, other: two && seen.truth_rank, share: (v) => 1 - Math.log(v) / top, text: count,
        ends: { en: 'first place at the right edge, the last at the left; each step is a factor', zh: '最右为第一名，最左为最后一名；对数刻度' },
      }),
      curve(seen, w, { name: W.chance, word: seen.final, values: seen.final_chance, other: two && seen.truth_chance, share: (v) => v, text: PG.chance }),
      curve(seen, w, {
        name: W.entropy, word: W.bits, values: seen.entropy, share: (v) => v * Math.LN2 / top, text: bits,
        ends: () => t({
          en: `0 bits: certain; ${bits(top / Math.LN2)} bits: knows nothing`, zh: `0 比特：确定；${bits(top / Math.LN2)} 比特：一无所知`,
        }),
      }));
    return across;
  };
  // One hovered row lights both halves.
  const joined = (host) => {
    const light = (row) => host.querySelectorAll('.lens-row').forEach((line) => line.classList.toggle('lit', line.dataset.row === row));
    host.addEventListener('pointermove', (event) => {
      const curveAt = event.target.closest?.('.lens-curve'), line = event.target.closest?.('.lens-row');
      const row = curveAt ? String(Math.floor((event.clientY - curveAt.getBoundingClientRect().top) / (HIGH * PG.rem()))) : line?.dataset.row;
      light(row);
    });
    host.addEventListener('pointerleave', () => light(null));
    return host;
  };

  const about = (seen, name) => ({
    en: `softmax over ${count(seen.vocabulary)} pieces of the head’s reading, float32 · ${name} · last row against the model’s own logits: `
      + `largest difference ${seen.difference.toExponential(1)}`,
    zh: `对词表 ${count(seen.vocabulary)} 个词元做 softmax，float32 · ${name} · 最后一行与模型自身 logits 的最大差：${seen.difference.toExponential(1)}`,
  });
  const table = (seen) => PG.csv([
    ['layer', 'rank', 'word', 'probability', 'entropy in bits', 'rank of the answer', 'probability of the answer'],
    ...seen.rows.flatMap(({ labels, scores }, row) => labels.map((word, k) => [
      row, k + 1, word, scores[k], seen.entropy[row], seen.final_rank[row], seen.final_chance[row],
    ])),
  ]);

  // seen: what views/layers.py tells of one token.
  PG.lens = { named, count, bits, finding, words, curves, joined, apart, dashed, about, table };
})();
