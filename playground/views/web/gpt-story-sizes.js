// The sizes of GPT-1, 2 and 3 with their sources, the model at hand among them, and every weight of a GPT counted.
(() => {
  const { el, svg } = PG;
  const W = {
    shape: { en: 'Count a GPT of this shape', zh: '数一数这种形状的 GPT' },
    like: { en: 'Click a model in the chart to take its shape.', zh: '点击图中的模型，采用它的形状。' },
    vocabulary: { en: 'Vocabulary V', zh: '词表 V' }, positions: { en: 'Positions P', zh: '位置数 P' },
    layers: { en: 'Layers L', zh: '层数 L' }, width: { en: 'Width d', zh: '宽度 d' },
    here: { en: 'the model open here', zh: '这里打开的模型' },
    this: { en: 'this model', zh: '这个模型' },
    sizes: {
      en: 'Weights as each paper gives them, a tenfold step from line to line. GPT-3 is GPT-1’s idea, a thousand times and more.',
      zh: '权重数按各论文所说，每条竖线差十倍。GPT-3 就是 GPT-1 的想法，放大了一千倍还多。',
    },
    parts: {
      tokens: { en: 'token embeddings, V × d', zh: '词元嵌入，V × d' },
      positions: { en: 'position embeddings, P × d', zh: '位置嵌入，P × d' },
      attention: { en: 'attention, L × (4 d² + 4 d)', zh: '注意力，L × (4 d² + 4 d)' },
      mlp: { en: 'feed-forward, L × (8 d² + 5 d)', zh: '前馈，L × (8 d² + 5 d)' },
      norms: { en: 'layer norms, L × 4 d', zh: '层归一化，L × 4 d' },
      'last norm': { en: 'last layer norm, 2 d', zh: '最后的层归一化，2 d' },
    },
    countRead: {
      en: 'V d + P d + L (12 d² + 13 d) + 2 d. The last matrix, from states to words, is the token embedding used again. GPT-1 has no last layer norm.',
      zh: 'V d + P d + L (12 d² + 13 d) + 2 d。从状态到词的最后一个矩阵就是词元嵌入，再用一次。GPT-1 没有最后的层归一化。',
    },
    tableRead: {
      en: 'As printed in the papers. GPT-2’s paper counts 117, 345, 762 and 1,542 million; the published weights are 124, 355, 774 and 1,558 million, as '
        + 'the formula says. '
        + 'GPT-3’s table has heads that do not multiply up to the width (XL), and 5,140 where 40 × 128 is 5,120 (13B).',
      zh: '按论文所印。GPT-2 论文写的是 1.17、3.45、7.62、15.42 亿；公开的权重是 1.24、3.55、7.74、15.58 亿，与公式相符。'
        + 'GPT-3 的表里，XL 的头数乘头宽不等于宽度，13B 的宽度印成 5,140，而 40 × 128 是 5,120。',
    },
    errors: {
      en: 'Often said, and wrong: GPT is an encoder (it is a stack of decoder blocks, each token sees only what stands before it); GPT-1 has 150 million '
        + 'weights (117); '
        + 'the 1.5-billion GPT-2 has 24 layers (48; 24 is the 345-million one).',
      zh: '常见的错误说法：GPT 是编码器（其实是解码器块的堆叠，每个词元只看前文）；GPT-1 有 1.5 亿个权重（是 1.17 亿）；15 亿的 GPT-2 有 24 层（是 48 层；24 层的是 3.45 亿那个）。',
    },
    head: {
      name: { en: 'model', zh: '模型' }, layers: { en: 'layers', zh: '层' }, width: { en: 'width', zh: '宽度' }, heads: { en: 'heads', zh: '头' },
        head: { en: 'head width', zh: '头宽' },
      context: { en: 'context', zh: '上下文' }, vocabulary: { en: 'vocabulary', zh: '词表' }, parameters: { en: 'weights, as said', zh: '权重（论文）' },
      counted: { en: 'by the formula', zh: '按公式' }, data: { en: 'read', zh: '训练数据' }, source: { en: 'source', zh: '出处' },
    },
    memory: {
      float32: { en: 'weights, float32', zh: '权重，float32' }, float16: { en: 'weights, float16', zh: '权重，float16' },
      training: { en: 'to train with Adam, float32', zh: '用 Adam 训练，float32' }, cache: { en: 'key/value cache of a full context', zh: '满上下文的键/值缓存' },
    },
    how: {
      en: 'From GPT-1 to GPT-3 the network hardly changed: layer norms moved to the front of each part, a last one was added, attention in GPT-3 is partly '
        + 'sparse. What changed is the amount: of weights, of text, of context.',
      zh: '从 GPT-1 到 GPT-3，网络几乎没变：层归一化移到每个部分之前，最后再加一个；GPT-3 的注意力有一部分是稀疏的。变的是数量：权重、文字、上下文。',
    },
  };
  const NUMBERS = ['vocabulary', 'positions', 'layers', 'width'], TABLE = 'text/csv;charset=utf-8', LOW = 6, HIGH = 12;
  const grouped = (n) => Math.round(n).toLocaleString('en');
  const short = (n) => { // "117 M", "175 B"
    const [size, unit] = n >= 1e9 ? [n / 1e9, 'B'] : n >= 1e6 ? [n / 1e6, 'M'] : [n / 1e3, 'K'];
    return `${size >= 99.5 ? Math.round(size) : Number(size.toPrecision(3))} ${unit}`;
  };
  const bytes = (n) => {
    const [size, unit] = n >= 1e9 ? [n / 1e9, 'GB'] : n >= 1e6 ? [n / 1e6, 'MB'] : [n / 1e3, 'KB'];
    return `${Number(size.toPrecision(3))} ${unit}`;
  };

  class Sizes {
    constructor(room, wish) {
      this.room = room;
      this.how = W.how;
      this.chart = PG.card();
      this.counted = PG.card();
      this.table = PG.card();
      this.cards = [this.chart, this.counted, this.table];
      this.inputs = Object.fromEntries(NUMBERS.map((key) => [key, el('input', {
        class: 'cell mono', type: 'number', min: 1, max: room.value.most[key], step: 1, 'aria-label': W[key],
        onchange: () => this.adopt(this.typed()),
      })]));
      this.own = NUMBERS.every((key) => Number.isInteger(wish[key])) ? Object.fromEntries(NUMBERS.map((key) => [key, wish[key]])) : null;
      this.nodes = [PG.field(W.shape, null, el('div', { class: 'story-numbers' }, NUMBERS.map((key) => el('label', {}, el('span', { class: 'hint' }, W[key]),
        this.inputs[key])))),
        el('p', { class: 'hint' }, W.like)];
      this.counter = PG.gptAsker(this.counted, 'story_count', (told) => this.drawCount(told));
      this.asker = PG.gptAsker(this.chart, 'story_size', (told) => this.take(told));
      this.files = [
        { name: 'sizes.csv', make: () => this.at && PG.save('sizes.csv', this.csv(), TABLE) },
        { name: 'sizes.svg', make: () => this.at && PG.svgFile('sizes.svg', this.chart.querySelector('.panel-body')) },
      ];
      PG.watchWidth(this.chart, (width) => { this.width = width; if (this.at) this.drawChart(); });
      PG.on('lang', () => { if (this.at && this.chart.isConnected) this.drawChart(); });
    }

    typed() { return Object.fromEntries(NUMBERS.map((key) => [key, Math.round(Number(this.inputs[key].value)) || 0])); }

    kept() { return this.own || {}; }

    stop() { this.counter.stop(); this.asker.stop(); }

    ask() {
      this.model = this.room.model;
      return this.asker.ask({ model: this.model });
    }

    code() {
      const { vocabulary, positions, layers, width } = this.typed();
      return `from playground.families.gpt.story import count\n\nparts = count(vocabulary=${vocabulary}, positions=${positions}, layers=${layers}, `
        + `width=${width})\n`
        + 'for name, weights in parts.items():\n    print(f"{name:12}{weights:>15,}")\nprint(sum(parts.values()))';
    }

    take(at) {
      this.at = at;
      const shape = this.own || { vocabulary: at.vocabulary, positions: at.context || at.positions, layers: at.layers, width: at.features };
      this.set(shape);
      this.drawChart();
      this.drawTable();
      this.count();
    }

    set(shape) { NUMBERS.forEach((key) => { this.inputs[key].value = shape[key]; }); }

    adopt(shape) {
      this.own = shape;
      this.set(shape);
      this.count();
    }

    count() {
      if (this.room.views.sizes && this.own) this.room.link();
      this.foot?.refresh();
      return this.counter.ask(this.typed());
    }

    // ---- the rows: what the papers say, and the model at hand
    rows() {
      const { at } = this, here = {
        family: 'here', name: this.model, layers: at.layers, width: at.features, heads: at.heads, head: at.width, context: at.context,
          vocabulary: at.vocabulary,
        parameters: at.parameters, counted: at.counted, data: null, source: { en: 'counted', zh: '逐项计数' },
      };
      return [...this.room.value.sizes, here];
    }

    drawChart() {
      const rows = this.rows(), rem = PG.rem(), line = 1.625 * rem, top = 1.5 * rem, narrow = this.width < 28 * rem;
      const left = narrow ? 7.25 * rem : 11 * rem;
      const right = Math.max(left + 60, this.width - (narrow ? 3.75 : 7.5) * rem);
      const x = (n) => left + ((Math.log10(Math.max(n, 10 ** LOW)) - LOW) / (HIGH - LOW)) * (right - left), y = (i) => top + (i + .5) * line,
        height = top + rows.length * line + .25 * rem;
      const names = narrow ? { 6: '1 M', 9: '1 B', 12: '1 T' } : { 6: '1 M', 8: '100 M', 10: '10 B', 12: '1 T' };
      const ruler = [6, 7, 8, 9, 10, 11, 12].map((power) => [
        svg('line', { class: 'chart-grid', x1: x(10 ** power), x2: x(10 ** power), y1: top, y2: height }),
        names[power] ? svg('text', { class: 'chart-tick', x: x(10 ** power), y: top - 6, 'text-anchor': 'middle', text: names[power] }) : null,
      ]);
      const one = (row, i) => {
        const cls = row.family === 'here' ? 'story-size here' : 'story-size', own = { vocabulary: row.vocabulary, positions: row.context || this.at.positions,
          layers: row.layers, width: row.width };
        const go = () => this.adopt(own), long = row.family === 'here' ? PG.t(narrow ? W.this : W.here) : row.name;
        return svg('g', {
          class: cls, role: 'button', tabindex: '0', 'aria-label': `${long}: ${short(row.parameters)}`, onclick: go,
            onkeydown: (event) => { if (event.key === 'Enter') go(); },
        },
        svg('rect', { class: 'story-hit', x: 0, y: y(i) - line / 2, width: this.width, height: line }),
        svg('text', { class: 'story-name', x: left - 10, y: y(i) + 4, 'text-anchor': 'end', text: long }),
        svg('line', { class: 'story-stem', x1: left, x2: x(row.parameters), y1: y(i), y2: y(i) }),
        svg('circle', { class: 'story-dot', cx: x(row.parameters), cy: y(i), r: 5 }),
        svg('text', { class: 'story-value', x: x(row.parameters) + 10, y: y(i) + 4, text: short(row.parameters) }));
      };
      const largest = this.room.value.sizes.at(-1), panel = PG.panel({
        title: { en: `GPT-3 has ${grouped(largest.parameters / this.at.parameters)} times the weights of the model open here`,
          zh: `GPT-3 的权重是这里打开的模型的 ${grouped(largest.parameters / this.at.parameters)} 倍` },
        read: W.sizes,
      });
      panel.body.append(svg('svg', { class: 'story-sizes', width: this.width, height, viewBox: `0 0 ${this.width} ${height}` }, ruler, rows.map(one)));
      PG.fill(this.chart, panel.root);
    }

    drawCount({ parts, total, memory }) {
      const keys = Object.keys(W.parts), most = Math.max(...keys.map((key) => parts[key])), real = this.sameShape() ? this.at.parameters : null;
      const panel = PG.panel({
        title: { en: `${grouped(total)} weights`, zh: `${grouped(total)} 个权重` }, read: W.countRead,
        source: real === null ? null : {
          en: this.at.counted === null ? `The model open here is of another kind (${this.at.kind}); it really has ${grouped(real)}.` : `The model open `
            + `here really has ${grouped(real)}${real === total ? ': the same' : ''}.`,
          zh: this.at.counted === null ? `这里打开的模型属于另一种结构（${this.at.kind}），实际有 ${grouped(real)} 个。` : `这里打开的模型实际有 ${grouped(real)} 个`
            + `${real === total ? '，完全一致' : ''}。`,
        },
      });
      const length = (key) => `calc((100% - 9rem) * ${parts[key] / most})`, said = (key) => `${grouped(parts[key])}, ${PG.chance(parts[key] / total)}`;
      const bar = (key) => el('li', { class: 'bar' }, el('div', { class: 'bar-row' },
        el('span', { class: 'bar-name' }, W.parts[key]),
        el('span', { class: 'bar-track' },
          el('span', { class: 'bar-fill', style: { width: length(key) } }), el('span', { class: 'bar-value', text: said(key) }))));
      const held = Object.keys(W.memory).map((key) => el('div', {}, el('dt', {}, W.memory[key]), el('dd', { class: 'mono', text: bytes(memory[key]) })));
      PG.fill(panel.body, el('ol', { class: 'bars story-parts' }, keys.map(bar)), el('dl', { class: 'story-memory' }, held));
      PG.fill(this.counted, panel.root);
    }

    sameShape() {
      const { vocabulary, positions, layers, width } = this.typed(), { at } = this;
      return vocabulary === at.vocabulary && positions === (at.context || at.positions) && layers === at.layers && width === at.features;
    }

    drawTable() {
      const columns = Object.keys(W.head).filter((key) => !['data', 'source'].includes(key)), panel = PG.panel({
        title: { en: 'GPT-1, 2 and 3, as their papers give them', zh: '论文所载的 GPT-1、2、3' }, read: W.tableRead, source: W.errors,
        tools: { CSV: () => PG.save('sizes.csv', this.csv(), TABLE) },
      });
      const said = (row, key) => {
        const value = row[key];
        if (key === 'name' && row.family === 'here') return [el('span', {}, W.here), ' ', el('span', { class: 'hint mono', text: value })];
        if (key === 'parameters') return row.family === 'here' ? grouped(value) : short(value);
        return typeof value === 'number' ? grouped(value) : value ?? '–';
      };
      const rows = this.rows(), families = [...new Set(rows.map(({ family }) => family))];
      const heading = ({ family, data, source }) => (family === 'here' ? null : el('tr', {}, el('th', { class: 'story-family', colspan: columns.length },
        el('div', {}, el('b', { text: family }), el('span', { class: 'hint' }, data), el('span', { class: 'hint' }, source)))));
      const line = (row) => el('tr', { class: row.family === 'here' ? 'here' : '' }, columns.map((key) => el('td', {}, said(row, key))));
      const body = families.flatMap((family) => {
        const own = rows.filter((row) => row.family === family);
        return [heading(own[0]), own.map(line)];
      });
      PG.fill(panel.body, el('div', { class: 'story-scroll' }, el('table', { class: 'story-table' },
        el('thead', {}, el('tr', {}, columns.map((key) => el('th', {}, W.head[key])))), el('tbody', {}, body))));
      PG.fill(this.table, panel.root);
    }

    csv() {
      const columns = Object.keys(W.head);
      return PG.csv([columns,
        ...this.rows().map((row) => columns.map((key) => (row[key] === null ? '' : typeof row[key] === 'number' ? row[key] : PG.t(row[key]))))]);
    }
  }

  PG.gptStorySizes = (room, wish) => new Sizes(room, wish);
})();
