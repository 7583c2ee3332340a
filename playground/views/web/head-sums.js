// Two more steps of a head, both sums of strips: the values by their weights, and what every head adds to the token.
(() => {
  const { el } = PG;

  // ---- 3: the weighted sum of values
  PG.headMix = (head) => {
    const { row, full, token, stage, strongest } = PG.headParts;
    const spell = PG.headSpell();
    const rows = () => {
      const { shown, row_weights: weights } = head.data.arrays, { restCount, restWeight } = head.data.head;
      const line = (text, w, more) => ({ text, ...more, share: w });
      return [
        ...Array.from(shown, (at) => line(`${head.text(at)}`, weights[at], { cls: at === head.view.key ? 'key' : '', bold: at === head.view.key })),
        ...(restCount ? [line({ en: `${restCount} others`, zh: `其余 ${restCount} 个` }, restWeight, { mono: false })] : []),
        { text: { en: 'sum', zh: '和' }, mono: false, bold: true, gap: .375, cls: 'ink', share: null },
      ];
    };
    const vectors = () => {
      const { parts, rest, mixed, shown } = head.data.arrays;
      return [...Array.from(shown, (_, i) => row(parts, i)), ...(head.data.head.restCount ? [rest] : []), mixed];
    };
    const tell = ({ block, row: i, column }) => {
      const all = vectors(), mine = rows()[i], { shown, row_weights: weights } = head.data.arrays, { f, factor } = PG.headNumbers;
      if (block === 'weight') column = 0;
      if (block !== 'weight' && i < shown.length) {
        const w = weights[shown[i]], v = w ? all[i][column] / w : 0;
        spell.say([token(head, shown[i], 'c-key'), { en: ` gives, number ${column + 1}: weight · value`,
          zh: ` 给出，第 ${column + 1} 个数：权重 · 值` }],
          spell.line(w.toFixed(4), ' · ', el('span', { class: 'c-value', text: factor(v) }), ' = ', el('b', { class: 'result', text: f(all[i][column]) })));
        return;
      }
      if (block === 'weight' && mine.share !== null) {
        spell.say([PG.t(mine.text), { en: ': its weight from the softmax',
          zh: '：softmax 给它的权重' }], spell.line(el('b', { class: 'result', text: mine.share.toFixed(4) })));
        return;
      }
      const { layer, head: h, query } = head.view;
      spell.ask([{ en: `Number ${column + 1} of what `,
        zh: `第 ${column + 1} 个数：` }, token(head, query, 'c-query'), { en: ' takes together: weights · values, over all tokens',
        zh: ' 汇总所得，即对全部词元求 权重 · 值 之和' }],
        `${layer} ${h} ${query} ${column}`, () => head.options.term(head.place(), 'mixed', 0, column), ['c-accent', 'c-value']);
    };
    const board = PG.headBoard({
      label: { en: 'Values times their weights, and their sum. Arrow keys move.', zh: '值乘以权重及其总和。方向键移动。' },
      rows, narrow: 2,
      blocks: () => {
        const all = vectors(), lines = rows(), most = Math.max(...all.map(PG.headMost));
        return [
          {
            key: 'weight', weight: .28, bar: true, columns: (i) => (lines[i].share === null ? 0 : 1), at: (i) => lines[i].share,
            most: Math.max(...lines.map(({ share }) => share || 0)), title: { en: 'weight', zh: '权重' }, cls: 'accent',
          },
          {
            key: 'parts', weight: 1, columns: all[0].length, at: (i, j) => all[i][j], most,
            title: { en: 'weight · value', zh: '权重 · 值' }, cls: 'value', sub: full(most),
          },
        ];
      },
      bands: () => { const at = head.data.arrays.shown.indexOf(head.view.key); return at < 0 ? [] : [{ row: at, cls: 'key', block: 'parts' }]; },
      hover: tell,
      pick: ({ row: i }) => { const at = head.data.arrays.shown[i]; if (at !== undefined) head.lookAt(at); },
    });
    const say = {
      en: 'Every value, made as strong as its weight; added up they are what the looking token takes from the text. The strips below add up to the last one.',
      zh: '每个值按权重缩放；加起来就是在看的词元从文本中取得的内容。下面各条相加，正好是最后一条。',
    };
    const root = stage({ en: 'Weighted sum of the values', zh: '值的加权和' }, say, board.root, spell.root);
    const last = () => tell({ block: 'parts', row: vectors().length - 1, column: strongest(head.data.arrays.mixed) });
    return { root, draw: (width) => board.draw(width), respell: last };
  };

  // ---- 4: output projection, all heads
  PG.headGive = (head) => {
    const { row, full, stage, strongest } = PG.headParts;
    const spell = PG.headSpell();
    const count = () => head.data.arrays.shares.shape[0];
    const vectors = () => {
      const { shares, bias, attended } = head.data.arrays;
      return [...Array.from({ length: count() }, (_, i) => row(shares, i)), bias, attended];
    };
    const rows = () => [
      ...Array.from({ length: count() }, (_, i) => ({ text: { en: `head ${i + 1}`,
        zh: `头 ${i + 1}` }, mono: false, bold: i === head.view.head, cls: i === head.view.head ? 'accent' : '' })),
      { text: { en: 'bias', zh: '偏置' }, mono: false }, { text: { en: 'sum', zh: '和' }, mono: false, bold: true, gap: .375, cls: 'ink' },
    ];
    const tell = ({ row: i, column }) => {
      const all = vectors(), { f, signed } = PG.headNumbers, n = count(), { layer, query } = head.view;
      if (i < n) {
        spell.ask([{ en: `Number ${column + 1} of what head ${i + 1} adds: its sum · weights`,
          zh: `第 ${i + 1} 个头加上的第 ${column + 1} 个数：加权和 · 权重` }],
          `${layer} ${i} ${query} ${column}`, () => head.options.term(head.place(), 'shares', i, column), ['c-value', '']);
        return;
      }
      const v = all[i][column];
      if (i === n) { spell.say({ en: `Bias number ${column + 1} of the output projection`,
        zh: `输出投影的第 ${column + 1} 个偏置` }, spell.line(el('b', { class: 'result', text: f(v) }))); return; }
      const long = n > 6, heads = long ? [0, 1, 2] : Array.from({ length: n }, (_, k) => k);
      spell.say({ en: `Number ${column + 1} of the attention’s output: the heads’ shares and the bias`,
        zh: `注意力输出的第 ${column + 1} 个数：各头的份额加偏置` },
        spell.line(heads.map((k) => (k ? ` ${signed(all[k][column])}` : f(all[k][column]))), long ? PG.t({ en: ` + … ${n - 4} more … `,
          zh: ` + …中间 ${n - 4} 项… ` }) : '',
          long ? signed(all[n - 1][column]) : '', ` ${signed(all[n][column])} `, el('span', { class: 'spell-note' }, { en: '(bias)',
            zh: '（偏置）' }), ' = ', el('b', { class: 'result', text: f(v) })));
    };
    const board = PG.headBoard({
      label: { en: 'What each head adds, and their sum. Arrow keys move.', zh: '各个头加上的部分及其总和。方向键移动。' },
      rows,
      blocks: () => {
        const all = vectors(), most = Math.max(...all.slice(0, -2).map(PG.headMost), PG.headMost(all.at(-1)));
        return [{ key: 'shares', columns: all[0].length, at: (i, j) => all[i][j], most, title: { en: 'what each head adds',
          zh: '每个头加上的部分' }, sub: `${all[0].length} · ${full(most)}` }];
      },
      bands: () => [{ row: head.view.head, cls: 'accent' }],
      hover: tell,
      pick: ({ row: i }) => { if (i < count() && i !== head.view.head) head.choose({ head: i, key: null }); },
    });
    const said = el('span', {});
    const root = stage({ en: 'Output projection: this head among all', zh: '输出投影：这个头与其他头' }, said, board.root, spell.root);
    return {
      root,
      draw: (width) => {
        const { head: h } = head.view, all = vectors(), size = (v) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
        const sizes = all.slice(0, count()).map(size), rank = 1 + sizes.filter((s) => s > sizes[h]).length;
        PG.fill(said, {
          en: `A last table of weights turns the ${head.shape.width} numbers into ${all[0].length}: that is all this head adds. `
            + `Its share is number ${rank} of ${count()} by length; all shares and one bias are the output of the attention.`,
          zh: `最后一张权重表把这 ${head.shape.width} 个数变成 ${all[0].length} 个：这就是这个头加上的全部。按长度它排第 ${rank}（共 ${count()} 个）；所有份额加上一个偏置，就是注意力的输出。`,
        });
        board.draw(width);
      },
      respell: () => tell({ row: head.view.head, column: strongest(vectors()[head.view.head]) }),
    };
  };
})();
