// Pictures of the key/value cache: what every layer and head keeps, one head's keys and values, what is computed for one token.
(() => {
  const { el } = PG;
  const MOST_ROWS = 48;    // beyond, one row per layer
  const MOST_TOKENS = 24;  // rows of one head's keys and values
  const SIDE = 9;          // rem, of a square of queries and keys
  const count = (n) => Math.round(n).toLocaleString('en');
  const size = (bytes) => (bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(bytes < 1e5 ? 1 : 0)} KB` : `${(bytes / 2 ** 20).toFixed(bytes < 1e7 ? 2 : 1)} MB`);
  PG.cacheWords = { count, size };

  // Whether token j is still kept once `at` tokens are read; sliding layers drop what no later token can see.
  const kept = ({ bounds }, layer, j, at) => j < at && (!bounds[layer] || j >= at - bounds[layer]);

  // Lengths of all keys and values, a row per layer and key head, a column per token.
  PG.cacheMap = (view, pick) => {
    const places = () => {
      const { layers, key_heads: heads } = view.data.head, all = layers * heads <= MOST_ROWS;
      return Array.from({ length: layers }, (_, layer) => (all ? Array.from({ length: heads }, (_, head) => [layer, head]) : [[layer, view.head]])).flat();
    };
    const value = (name, [layer, head], j) => {
      const { [name]: array } = view.data.arrays, [, heads, tokens] = array.shape;
      return array[(layer * heads + head) * tokens + j];
    };
    const block = (name, title, cls) => {
      const rows = places(), array = view.data.arrays[name], most = PG.headMost(array);
      return {
        key: name, columns: array.shape[2], group: 'tokens', ramp: '--amount', most, title, cls,
        sub: { en: `a column per token · length up to ${most.toPrecision(2)}`, zh: `每列一个词元 · 长度最大 ${most.toPrecision(2)}` },
        at: (i, j) => (kept(view.data.head, rows[i][0], j, view.at) ? value(name, rows[i], j) : NaN),
        barred: (i, j) => j < view.at && !kept(view.data.head, rows[i][0], j, view.at),
      };
    };
    return PG.headBoard({
      label: { en: 'Lengths of all keys and values kept. Arrow keys move, Enter opens a head.', zh: '所有保留的键和值的长度。方向键移动，回车打开一个头。' },
      narrow: 1,
      rows: () => {
        const all = places(), h = all.length > 12 ? .5 : 1;
        return all.map(([layer, head], i) => ({
          text: !i || all[i - 1][0] !== layer ? { en: `layer ${layer + 1}`, zh: `第 ${layer + 1} 层` } : '', mono: false, h, font: .6875,
          gap: i && all[i - 1][0] !== layer && h < 1 ? .25 : 0, cls: layer === view.layer && head === view.head ? 'accent' : '',
        }));
      },
      blocks: () => [
        block('key_sizes', { en: 'keys', zh: '键' }, 'key'), block('value_sizes', { en: 'values', zh: '值' }, 'value'),
      ],
      bands: () => {
        const row = places().findIndex(([layer, head]) => layer === view.layer && head === view.head);
        return row < 0 ? [] : [{ row, cls: 'accent' }];
      },
      lines: () => [{ column: view.at - 1, cls: 'query', group: 'tokens' }],
      tip: (event, { block: name, row, column }) => {
        const [layer, head] = places()[row], gone = !kept(view.data.head, layer, column, view.at);
        PG.tip(event, el('b', {}, { en: `Layer ${layer + 1}, key head ${head + 1}: `, zh: `第 ${layer + 1} 层，第 ${head + 1} 个键头：` }, view.texts[column]),
          el('span', { class: 'mono' }, column >= view.at ? { en: 'not read yet', zh: '还没有读到' } : gone ? { en: 'dropped again', zh: '已经丢弃' }
            : PG.fixed(value(name, [layer, head], column), 3)));
      },
      pick: ({ row }) => pick(...places()[row]),
    });
  };

  // The chosen head's keys and values, a row per token.
  PG.cacheStrips = (view) => {
    const stretch = () => {
      const all = view.texts.length, start = Math.max(0, Math.min(view.at - MOST_TOKENS + 2, all - MOST_TOKENS));
      return [start, Math.min(all, start + MOST_TOKENS)];
    };
    const block = (name, title, cls) => {
      const array = view.data.arrays[name], width = array.shape[1], [start] = stretch(), most = PG.headMost(array);
      return {
        key: name, columns: width, most, title, cls, sub: { en: `${width} numbers · ±${most.toPrecision(2)}`, zh: `${width} 个数 · ±${most.toPrecision(2)}` },
        at: (i, j) => (kept(view.data.head, view.layer, start + i, view.at) ? array[(start + i) * width + j] : NaN),
      };
    };
    return PG.headBoard({
      label: { en: 'Keys and values of one head, a row per token.', zh: '一个头的键和值，每行一个词元。' },
      narrow: 1,
      rows: () => {
        const [start, stop] = stretch();
        return Array.from({ length: stop - start }, (_, i) => ({
          text: view.texts[start + i], bold: start + i === view.at - 1,
          cls: start + i === view.at - 1 ? 'query' : start + i < view.at ? '' : 'line',
        }));
      },
      blocks: () => [block('keys', { en: 'keys', zh: '键' }, 'key'), block('values', { en: 'values', zh: '值' }, 'value')],
      bands: () => [{ row: view.at - 1 - stretch()[0], cls: 'query' }],
      tip: (event, { block: name, row, column }) => {
        const at = stretch()[0] + row, array = view.data.arrays[name];
        PG.tip(event, el('b', { class: 'mono', text: view.texts[at] }), el('span', { class: 'mono' }, kept(view.data.head, view.layer, at, view.at)
          ? `[${column + 1}]  ${PG.minus(array[at * array.shape[1] + column], 4)}` : { en: 'not in the cache', zh: '不在缓存里' }));
      },
    });
  };

  // Queries by keys of one head: what is computed for the newest token, in violet; what was computed before, in grey.
  PG.cacheSquare = (view, anew) => {
    const canvas = el('canvas', {}), said = el('figcaption', {});
    const draw = () => {
      const n = view.texts.length, side = SIDE * PG.rem(), cell = side / n, g = PG.size(canvas, side, side), [violet, grey] = ['--c-accent', '--c-line'].map(PG.token);
      const gap = cell > 4 ? 1 : 0;
      for (let i = 0; i < view.at; i += 1) {
        g.fillStyle = anew || i === view.at - 1 ? violet : grey;
        for (let j = 0; j <= i; j += 1) g.fillRect(j * cell, i * cell, Math.max(.5, cell - gap), Math.max(.5, cell - gap));
      }
      g.strokeStyle = grey;
      g.strokeRect(.5, .5, side - 1, side - 1);
      const work = view.data.head[anew ? 'plain' : 'cached'][view.at - 1], keys = view.at;
      PG.fill(said, el('b', {}, anew ? { en: 'Without the cache', zh: '没有缓存' } : { en: 'With the cache', zh: '有缓存' }), el('br'), anew
        ? { en: `${keys} queries, ${keys} keys and values per head`, zh: `每个头 ${keys} 个查询、${keys} 个键和值` }
        : { en: '1 query, 1 key and value per head', zh: '每个头 1 个查询、1 个键和值' }, el('br'),
      el('span', { class: 'mono' }, { en: `${count(work)} multiplications`, zh: `${count(work)} 次乘法` }));
    };
    return { root: el('figure', { class: 'cache-square' }, canvas, said), draw };
  };
})();
