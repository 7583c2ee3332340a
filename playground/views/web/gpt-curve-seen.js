// Where the model looks before it answers: attention from the last token to each example, in every head.
(() => {
  const { el, t } = PG;
  const W = () => PG.gptCurveWords;

  class Seen {
    constructor(room) {
      Object.assign(this, { room, part: 'answers', which: 'all', head: null });
      this.panel = PG.panel({ title: W().seen });
      this.controls = el('div', { class: 'curve-controls' });
      this.status = el('div');
      this.grid = el('div', { class: 'seen-grid-box' });
      this.rows = el('div', { class: 'seen-rows' });
      this.body = el('div', { class: 'seen' }, this.grid, this.rows);
      PG.fill(this.panel.body, this.controls, this.status, this.body);
      this.root = PG.card(this.panel.root);
      PG.on('lang', () => this.paint());
      PG.on('theme', () => this.paint());
    }

    async update() {
      const { prompt } = this.room, mark = JSON.stringify(prompt), none = !prompt.examples.length;
      if (mark === this.mark) return;
      this.mark = mark;
      this.root.hidden = none;
      if (none) return;
      const said = await PG.ask('gpt/shots_seen', { prompt });
      if (mark !== this.mark) return;
      this.said = said.wrong ? null : said;
      PG.fill(this.status, said.wrong ? PG.notice('note', said.wrong) : null);
      this.body.hidden = this.controls.hidden = Boolean(said.wrong);
      if (said.wrong) { this.panel.set(W().seen); return; }
      if (this.model !== prompt.model || !this.chosen) Object.assign(this, { head: said.head, model: prompt.model, chosen: false });
      if (this.which !== 'all' && Number(this.which) >= prompt.examples.length) this.which = 'all';
      this.control();
      this.paint();
    }

    control() {
      const part = PG.choice({ label: W().of, value: this.part, onchange: (key) => { this.part = key; this.paint(); },
        options: ['answers', 'whole'].map((key) => ({ key, label: W()[key] })) });
      const which = PG.select({ label: W().which, value: this.which, onchange: (key) => { this.which = key; this.paint(); },
        options: [{ key: 'all', label: W().every }, ...this.room.prompt.examples.map((_, i) => ({ key: String(i), label: W().one(i + 1) }))] });
      PG.fill(this.controls, part.root, which.root);
    }

    mass(layer, head) {
      const all = this.said[this.part][layer][head];
      return this.which === 'all' ? all.reduce((sum, v) => sum + v, 0) : all[Number(this.which)];
    }

    paint() {
      if (!this.said) return;
      const layers = this.said.answers.length, heads = this.said.answers[0].length;
      const table = Array.from({ length: layers }, (_, layer) => Array.from({ length: heads }, (__, head) => this.mass(layer, head)));
      this.paintGrid(table);
      this.paintRows();
      const [layer, head] = this.said.head, most = this.said.answers[layer][head].reduce((sum, v) => sum + v, 0);
      this.panel.set({
        en: `Layer ${layer + 1}, head ${head + 1} looks most at the examples’ answers: ${PG.pct(most)}`,
        zh: `第 ${layer + 1} 层第 ${head + 1} 个头看例子的答案最多：${PG.pct(most)}`,
      });
      this.panel.setRead({
        en: 'The attention that the prompt’s last token pays, from which the answer is foretold. A head that looks back at the answers given before can copy '
          + 'them, or their kind: an induction head (Olsson et al. 2022). Choose a head to see its share of each example.',
        zh: '提示最后一个词元发出的注意力，答案就由它预测。回头看先前答案的头，可以照抄答案或它的类型：这就是归纳头（Olsson 等 2022）。点一个头，看它分给每个例子多少。',
      });
      this.panel.setSource({
        en: `attention of ${layers} layers × ${heads} heads at the last token · ${this.room.prompt.model}, float32`,
        zh: `${layers} 层 × ${heads} 个头在最后一个词元处的注意力 · ${this.room.prompt.model}，float32`,
      });
      this.panel.setTools({
        SVG: () => PG.svgFile('where-it-looks.svg', this.body), PNG: () => PG.pngFile('where-it-looks.png', this.body),
        CSV: () => PG.save('where-it-looks.csv', PG.csv(this.table()), 'text/csv;charset=utf-8'),
      });
    }

    paintGrid(table) {
      const ramp = PG.ramp('--attn'), most = Math.max(...table.flat(), 1e-9), [at, ah] = this.head, wide = table[0].length > 16;
      const cell = (v, layer, head) => {
        const colour = ramp(v / most), on = layer === at && head === ah;
        return el('td', {}, el('button', {
          type: 'button', class: `seen-cell${on ? ' on' : ''}${wide ? ' small' : ''}`, 'aria-pressed': String(on),
            style: { background: PG.str(colour), color: PG.inkOn(colour) },
          'aria-label': () => `${t(W().layer)} ${layer + 1}, ${t(W().head)} ${head + 1}: ${PG.pct(v)}`,
          onmousemove: (event) => PG.tip(event, el('span', { text: `${t(W().layer)} ${layer + 1}, ${t(W().head)} ${head + 1}` }),
            el('b', { class: 'mono', text: PG.pct(v) })),
          onmouseleave: PG.untip, onclick: () => { this.head = [layer, head]; this.chosen = true; this.paint(); },
        }, wide ? '' : String(Math.round(100 * v))));
      };
      const focused = this.grid.contains(document.activeElement);
      PG.fill(this.grid, el('table', { class: 'seen-grid' },
        el('thead', {}, el('tr', {}, el('th', { class: 'seen-corner' }, W().layer),
          el('th', { colspan: table[0].length, class: 'seen-heads' }, W().head, ' 1 – ', String(table[0].length)))),
        el('tbody', {}, table.map((row, layer) => el('tr', {}, el('th', { scope: 'row', text: String(layer + 1) }),
          row.map((v, head) => cell(v, layer, head)))))));
      PG.roving(this.grid.firstChild);
      if (focused) this.grid.querySelector('.on')?.focus();
    }

    paintRows() {
      const { said, head: [layer, head] } = this, whole = said.whole[layer][head], answers = said.answers[layer][head], { examples } = this.room.prompt;
      const description = said.description[layer][head], query = said.query[layer][head],
        rest = Math.max(0, 1 - whole.reduce((sum, v) => sum + v, 0) - description - query);
      const most = Math.max(...whole, description, query, rest, 1e-9), along = (v) => `calc((100% - 4rem) * ${v / most})`;
      const bar = (v, part) => el('span', { class: 'seen-track' },
        el('span', { class: `seen-bar${part === undefined ? ' other' : ''}`, style: { width: along(v) } },
          part === undefined ? null : el('span', { style: { width: `${(100 * part) / (v || 1)}%` } })),
        el('span', { class: 'mono seen-value', text: PG.chance(v) }));
      const row = ([given, answer], i) => el('li', {
        onmousemove: (event) => PG.tip(event, el('span', {}, W().one(i + 1)), el('span', {}, () => `${t(W().answers)}: ${PG.chance(answers[i])}`)),
          onmouseleave: PG.untip,
      }, el('span', { class: 'seen-name', dir: 'auto', title: `${given} → ${answer}` }, el('span', {}, given), ' ', el('b', {}, answer)),
        bar(whole[i], answers[i]));
      const other = (name, v) => el('li', { class: 'other' }, el('span', { class: 'seen-name' }, name), bar(v));
      PG.fill(this.rows,
        el('div', { class: 'label-row' }, el('h4', { class: 'label' },
          () => `${t({ en: 'Layer', zh: '第' })} ${layer + 1}${t({ en: ', head ', zh: ' 层，头 ' })}${head + 1}`),
          el('span', { class: 'hint' }, { en: 'filled: on the answer itself', zh: '实心：落在答案上' })),
        el('ol', {}, examples.map(row), this.room.prompt.description ? other(W().description, description) : null, other(W().query, query),
          rest > 5e-4 ? other(W().rest, rest) : null));
    }

    table() {
      const { said } = this, rows = [['layer', 'head', 'example', 'attention', 'on its answer']];
      said.whole.forEach((all, layer) => all.forEach((row, head) => row.forEach((v,
        i) => rows.push([layer + 1, head + 1, i + 1, v, said.answers[layer][head][i]]))));
      return rows;
    }
  }

  PG.curveSeen = (room) => new Seen(room);
})();
