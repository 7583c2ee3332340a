// The first two steps of a head: query, key and value; scores, mask and softmax. Each step is a board of numbers and a place
// where the number pointed at is spelled out.
(() => {
  const { el } = PG;
  const row = (array, i) => array.subarray(i * array.shape[1], (i + 1) * array.shape[1]);
  const cell = (array) => (i, j) => array[i * array.shape[1] + j];
  const full = (v) => PG.t({ en: `full colour at ±${v.toPrecision(2)}`, zh: `±${v.toPrecision(2)} 时颜色最深` });
  const token = (head, at, cls) => PG.b(head.text(at), `${cls} mono`);
  const stage = (title, say, ...kids) => el('li', { class: 'head-stage' }, el('h4', { class: 'sub-title' }, title), el('p', { class: 'step-say' }, say), kids);

  // The rows of the stretch of text around the looking token.
  const stretch = (head) => {
    const [start, stop] = head.data.head.around, { query, key } = head.view;
    return Array.from({ length: stop - start }, (_, i) => ({
      text: head.text(start + i), bold: start + i === query || start + i === key, cls: start + i === query ? 'query' : start + i === key ? 'key' : '',
    }));
  };
  const bandsOf = (head, blocks) => {
    const [start, stop] = head.data.head.around, { query, key } = head.view, shown = key >= start && key < stop;
    return blocks.flatMap(([block, mine, cls]) => {
      const at = mine === 'query' ? query : key;
      return mine === 'query' || shown ? [{ row: at - start, cls, block }] : [];
    });
  };

  // ---- 1: query, key, value
  const project = (head) => {
    const spell = PG.headSpell(), NAMES = {
      inputs: { en: 'input', zh: '输入' }, queries: { en: 'query', zh: '查询' }, keys: { en: 'key', zh: '键' }, values: { en: 'value', zh: '值' },
    };
    const CLS = { queries: 'query', keys: 'key', values: 'value', inputs: 'ink-2' };
    // What the tables of weights read and give: normalised inputs, vectors not yet turned.
    const made = (key) => head.data.arrays[key === 'inputs' ? 'reads' : `${key}_projected`] || head.data.arrays[key];
    const nameOf = (key) => (key === 'inputs' && head.data.arrays.reads ? { en: `input, ${PG.headNorm(head)}`,
      zh: `输入，经 ${PG.headNorm(head)}` } : NAMES[key]);
    const block = (key, weight) => {
      const array = made(key), most = PG.headMost(array), n = array.shape[1];
      return {
        key, weight, most, columns: n, at: cell(array), title: nameOf(key), cls: CLS[key], group: key === 'inputs' ? 'x' : 'w',
        sub: key === 'inputs' ? { en: `${n} numbers · ${full(most)}`,
          zh: `${n} 个数 · ${full(most)}` } : { en: `${n} numbers · ±${most.toPrecision(2)}`,
          zh: `${n} 个数 · ±${most.toPrecision(2)}` },
      };
    };
    const tell = ({ block: key, row: i, column }) => {
      const [start] = head.data.head.around, { arrays } = head.data, at = start + i, name = NAMES[key], value = cell(made(key))(i, column);
      const title = [{ en: `Number ${column + 1} of the `,
        zh: `第 ${column + 1} 个数，` }, PG.b(PG.t(name), `c-${CLS[key]}`), { en: ' of ',
        zh: '，词元 ' }, PG.b(head.text(at), 'mono')];
      if (key === 'inputs' && arrays.reads) {
        spell.say([...title, { en: `, after ${PG.headNorm(head)}`, zh: `，经 ${PG.headNorm(head)} 之后` }],
          PG.headScaled(spell, cell(arrays.inputs)(i, column), [arrays.reads_mean[i], arrays.reads_deviation[i]],
            arrays.gain0[column], arrays.shift0[column], value, head.data.head.centred));
        return;
      }
      if (key === 'inputs') {
        spell.say([...title, { en: ': what the layer before handed on',
          zh: '：上一层交来的' }], spell.line(el('b', { class: 'result', text: PG.fixed(value, 4) })));
        return;
      }
      const { layer, head: h } = head.view;
      spell.ask([...title, { en: ' = input · weights + bias', zh: ' = 输入 · 权重 + 偏置' }], `${key} ${layer} ${h} ${at} ${column}`,
        () => head.options.term(head.place(), key, at, column), ['', `c-${CLS[key]}`]);
    };
    const board = PG.headBoard({
      label: { en: 'Inputs, queries, keys and values of the tokens. Arrow keys move.', zh: '各词元的输入、查询、键和值。方向键移动。' },
      rows: () => stretch(head), narrow: 1,
      blocks: () => [block('inputs', 1.45), block('queries', 1), block('keys', 1), block('values', 1)],
      bands: () => bandsOf(head, [['inputs', 'query', 'query'], ['queries', 'query', 'query'], ['keys', 'key', 'key'], ['values', 'key', 'value']]),
      hover: tell,
      pick: ({ block: key, row: i }) => {
        const at = head.data.head.around[0] + i;
        if (key === 'keys' || key === 'values') head.lookAt(at); else head.choose({ query: at, key: null });
      },
    });
    const said = el('span', {});
    const root = stage({ en: 'Query, key and value', zh: '查询、键和值' }, said, board.root, spell.root);
    return {
      root,
      draw: (width) => { PG.fill(said, PG.headWindow(head)); board.draw(width); },
      respell: () => {
        const i = head.view.query - head.data.head.around[0], mine = row(made('queries'), i);
        tell({ block: 'queries', row: i, column: strongest(mine) });
      },
    };
  };
  const strongest = (values) => values.reduce((best, v, i) => (Math.abs(v) > Math.abs(values[best]) ? i : best), 0);
  PG.headWindow = (head) => {
    const { inputs } = head.data.arrays, n = inputs.shape[1], w = head.shape.width, [start, stop] = head.data.head.around, all = head.shape.texts.length;
    const part = stop - start < all ? {
      en: ` Shown: tokens ${start} to ${stop - 1} of ${all}, around the looking one.`,
        zh: ` 这里画出第 ${start} 到 ${stop - 1} 个词元（共 ${all} 个），在所选词元周围。`,
    } : '';
    return [{
      en: `Each token’s ${n} numbers go through three tables of weights of this head: its question `
        + `(query), what it can be found by (key), and what it gives (value), ${w} numbers each.`,
      zh: `每个词元的 ${n} 个数分别乘以这个头的三张权重表，得到它的提问（查询）、供人查找的标签（键）和要给出的内容（值），各 ${w} 个数。`,
    }, PG.headSharing(head), part];
  };

  // Grouped-query attention: which heads read the same keys and values.
  PG.headSharing = (head) => {
    const [first, stop] = head.data.head.sharing || [0, 1], size = stop - first, { heads } = head.shape;
    if (size < 2) return '';
    return {
      en: ` Heads ${first + 1} to ${stop} share these keys and values (grouped-query attention): key head ${first / size + 1} of ${heads / size}.`,
      zh: ` 第 ${first + 1} 到 ${stop} 个头共用这些键和值（分组查询注意力）：第 ${first / size + 1} 个键头，共 ${heads / size} 个。`,
    };
  };
  PG.headNorm = (head) => (head.data?.head.centred === false ? 'RMSNorm' : 'LayerNorm');
  // How q·k becomes a score: divided by √d, taken as it is (GPT-Neo), or otherwise scaled.
  PG.headScale = (factor, width) => {
    if (Math.abs(factor * Math.sqrt(width) - 1) < 1e-6) return `÷ √${width}`;
    return factor === 1 ? '' : `· ${Number(factor.toPrecision(4))}`;
  };

  // ---- 2: scores, from q.k to the weights
  const compare = (head) => {
    const spell = PG.headSpell(), { f } = PG.headNumbers, bars = PG.headBars(head);
    const TITLES = {
      products: { en: 'q · k', zh: 'q · k' }, scores: () => scaling() || { en: 'not divided', zh: '不作除法' },
      mask: { en: 'mask', zh: '掩码' }, weights: { en: 'softmax', zh: 'softmax' },
    };
    const scaling = () => {
      const { factor, slope } = head.data.head, scale = PG.headScale(factor, head.shape.width);
      return slope ? PG.t({ en: `${scale} + ALiBi`, zh: `${scale} + ALiBi` }) : scale;
    };
    const block = (key) => {
      const { arrays } = head.data, { hidden } = arrays, n = hidden.shape[1], array = arrays[key];
      const base = { key, columns: n, group: 'keys', title: TITLES[key] };
      if (key === 'mask') {
        const any = hidden.some(Boolean) || arrays.row_hidden.some(Boolean);
        return {
          ...base, at: (i, j) => (hidden[i * n + j] ? NaN : 0), most: 1, ramp: '--attn', barred: (i, j) => Boolean(hidden[i * n + j]),
          sub: any ? { en: 'struck out: hidden', zh: '划掉的看不到' } : { en: 'nothing is hidden', zh: '没有遮住任何词元' },
        };
      }
      if (key === 'weights') {
        return { ...base, at: (i, j) => (hidden[i * n + j] ? NaN : array[i * n + j]), most: Math.max(...array) || 1, ramp: '--attn',
          sub: { en: 'each row adds up to 1',
          zh: '每行之和为 1' },
          barred: (i, j) => Boolean(hidden[i * n + j]) };
      }
      const most = PG.headMost(array);
      return { ...base, at: cell(array), most, sub: `±${most.toPrecision(2)}` };
    };
    const tell = ({ row: i, column }) => {
      const [start] = head.data.head.around, key = start + column;
      open(start + i, key, i);
    };
    const worked = (product, factor, slope, key) => {
      const scale = PG.headScale(factor, head.shape.width), bonus = slope ? ` + ${f(slope)} · ${key}` : '';
      if (!scale) return `${f(product)}${bonus} = `;
      return `${f(product)} ${scale}${bonus} = ${f(product)} · ${Number(factor.toPrecision(4))}${bonus} = `;
    };
    // The pair (query, key) from the first product to the weight; i: the query's row in the stretch.
    const open = (query, key, i) => {
      const { arrays, head: { factor, slope, window, causal } } = head.data, n = arrays.hidden.shape[1], j = key - head.data.head.around[0], own = query === head.view.query;
      const pick = (wide, narrow) => (own ? arrays[wide][key] : arrays[narrow][i * n + j]);
      const product = pick('row_products', 'products'), score = pick('row_scores', 'scores'), weight = pick('row_weights', 'weights');
      const far = causal && key <= query && window;
      const why = far ? { en: `hidden: only the last ${window} tokens are seen; counts as −∞, its weight is 0`,
        zh: `被遮住：只看最近 ${window} 个词元；按 −∞ 计，权重为 0` }
        : { en: `hidden${causal ? ': it comes later' : ''}: counts as −∞, its weight is 0`, zh: `被遮住${causal ? '：它在后面' : ''}：按 −∞ 计，权重为 0` };
      const hidden = own ? arrays.row_hidden[key] : arrays.hidden[i * n + j], top = arrays.tops[i], powers = arrays.powers[i];
      const lines = () => [
        el('p', { class: 'spell-sum mono' }, 
          worked(product, factor, slope, key), el('b', { text: f(score) }),
          '  ', el('span', { class: 'spell-note' }, hidden ? why : head.options.open)),
        hidden ? null : el('p', { class: 'spell-sum mono' },
          `e^(${f(score)} − ${top < 0 ? `(${f(top)})` : f(top)}) ÷ ${f(powers)} = ${f(Math.exp(score - top))} ÷ ${f(powers)} = `,
          el('b', { class: 'result', text: weight.toFixed(4) }), '  ',
          el('span', { class: 'spell-note' }, { en: `row’s largest score ${f(top)}; sum of the row’s powers ${f(powers)}`,
            zh: `这一行最大的分数 ${f(top)}；各项之和 ${f(powers)}` })),
      ];
      const { layer, head: h } = head.view;
      spell.ask([token(head, query, 'c-query'), { en: ' asks, ',
        zh: ' 提问，' }, token(head, key, 'c-key'), { en: ' answers: query · key',
        zh: ' 应答：查询 · 键' }],
        `${layer} ${h} ${query} ${key}`, () => head.options.term({ ...head.place() }, 'products', query, key), ['c-query', 'c-key'], lines);
    };
    bars.onRead = (key) => open(head.view.query, key, head.view.query - head.data.head.around[0]);
    const board = PG.headBoard({
      label: { en: 'Scores of every pair of tokens, step by step. Arrow keys move.', zh: '每对词元的分数，逐步计算。方向键移动。' },
      rows: () => stretch(head).map((one) => ({ ...one, cls: one.cls === 'query' ? 'query' : '' })), narrow: 2,
      blocks: () => ['products', 'scores', 'mask', 'weights'].map(block),
      bands: () => bandsOf(head, [[null, 'query', 'query']]),
      lines: () => {
        const [start, stop] = head.data.head.around, { key } = head.view;
        return key >= start && key < stop ? [{ column: key - start, cls: 'key', group: 'keys' }] : [];
      },
      hover: tell,
      pick: ({ block: name, row: i, column }) => {
        const [start] = head.data.head.around;
        if (start + i !== head.view.query) head.choose({ query: start + i, key: name ? start + column : null }); else if (name) head.lookAt(start + column);
      },
    });
    const said = el('span', {});
    const root = stage({ en: 'Scores, mask, softmax', zh: '分数、掩码、softmax' }, said, board.root, bars.root, spell.root);
    return {
      root, draw: (width) => { PG.fill(said, comparing(head)); board.draw(width); bars.draw(width); },
      respell: () => open(head.view.query, head.view.key, head.view.query - head.data.head.around[0]),
    };
  };

  const comparing = ({ data: { head: { factor, slope, causal, window } }, shape: { width } }) => {
    const divided = PG.headScale(factor, width).startsWith('÷'), pressed = factor === 1;
    return [
      { en: 'Query times key says how well a question fits a key.', zh: '查询乘键，表示提问与标签有多相合；' },
      divided ? { en: ' Divided by √d, so that long vectors do not shout;', zh: '除以 √d，免得长向量的分数过大；' }
        : pressed ? { en: ' This model does not divide it;', zh: '这个模型不作除法；' }
          : { en: ` This layer multiplies it by ${Number(factor.toPrecision(3))};`, zh: `这一层把它乘以 ${Number(factor.toPrecision(3))}；` },
      slope ? { en: ` ${Number(slope.toPrecision(3))} times the key’s place is added, which favours what is near (ALiBi);`,
        zh: `再加上 ${Number(slope.toPrecision(3))} 乘以键的位置，使近处占优（ALiBi）；` } : null,
      { en: ' what may not be seen is struck out; softmax makes shares of it that add up to 1.', zh: '不许看的划掉；softmax 再把每一行变成和为 1 的份额。' },
      causal ? { en: ' A token may look only at itself and at what stands before it: what comes later is not written yet.',
        zh: '一个词元只能看自己和前面的词元：后面的还没有写出来。' } : null,
      window ? { en: ` This layer looks no further back than the last ${window} tokens.`, zh: `这一层只看最近的 ${window} 个词元。` } : null,
    ];
  };

  PG.headStretch = stretch;
  PG.headBands = bandsOf;
  PG.headParts = { row, cell, full, token, stage, strongest };
  PG.headStages = (head) => [
    project(head), head.options.turns ? PG.headTurn(head) : null, compare(head), PG.headMix(head), PG.headGive(head), PG.headBlock(head),
    head.options.words ? PG.headWords(head) : null].filter(Boolean);
})();
