// The tab "Embedding" of the BERT room: what the first layer reads, as strips that add up; and how alike the positions are.
(() => {
  const { el } = PG;
  const W = {
    token: { en: 'Token', zh: '词元' },
    arrows: { en: 'arrow keys walk', zh: '方向键可移动' },
    loading: { en: 'Looking up the vectors', zh: '正在查找向量' },
    read: {
      en: 'Each strip is one vector, one column a number; the first strips add up to the '
        + 'one below them, column by column. Point at a column: the sum is written out.',
      zh: '每一条是一个向量，每一列是一个数；上面几条逐列相加，得到下面那一条。把指针放在一列上，下面会写出它的计算。',
    },
    source: (name) => ({ en: `rows of the model’s own tables, added and normalised in float64 · ${name}`,
      zh: `取自模型自己的嵌入表，以 float64 相加并归一化 · ${name}` }),
  };
  const SEGMENT = {
    none: { en: 'This model (DistilBERT) has no segment vectors: token and position are all.', zh: '这个模型（DistilBERT）没有分段向量：只有词元和位置两项。' },
    one: { en: 'This model has one segment only: the same vector is added to every token.', zh: '这个模型只有一种分段：每个词元加的都是同一个向量。' },
  };
  const most = (values) => PG.headMost(values);

  class Embedding {
    constructor(host, room) {
      const { asked, answer: { tokens, model, fills } } = room;
      room.embeddingKept ||= {};
      Object.assign(this, { asked, tokens, model, kept: room.embeddingKept, turn: 0 });
      const text = tokens.texts.join(' ');
      if (this.kept.text !== text) Object.assign(this.kept, { text, at: fills?.[0]?.position ?? Math.min(1, tokens.texts.length - 1) });
      this.build(host);
      this.load();
    }

    build(host) {
      this.panel = PG.panel({ title: '', read: W.read, source: W.source(this.model.name), tools: {
        SVG: () => PG.svgFile('embedding.svg', this.figure), PNG: () => PG.pngFile('embedding.png', this.figure),
        CSV: () => PG.save('embedding.csv', this.csv(), 'text/csv;charset=utf-8'),
      } });
      this.panel.root.classList.add('embedding-panel');
      const { texts, special } = this.tokens;
      this.chips = PG.tokenRow({ texts, special, picked: this.kept.at, label: W.token, onPick: (at) => { this.kept.at = at; this.load(); } });
      this.status = el('div');
      this.spell = PG.headSpell();
      this.notes = el('div');
      this.check = el('p', { class: 'head-check' });
      this.board = PG.headBoard({
        label: { en: 'The vectors that make up the input of one token. Arrow keys move.', zh: '构成一个词元输入的各个向量。方向键移动。' },
        rows: () => this.rows().map(([, text, more]) => ({ text, mono: false, h: 1.5, ...more })),
        blocks: () => {
          const all = this.rows().map(([key]) => this.data.arrays[key]), scale = this.scales();
          return [{ key: 'strips', columns: (i) => all[i].length, at: (i, j) => all[i][j], most: (i) => scale[this.rows()[i][0]] }];
        },
        hover: (spot) => this.tell(spot),
      });
      this.figure = el('div', { class: 'embedding-figure' }, this.board.root);
      this.panel.body.append(
        el('div', { class: 'field' },
          el('div', { class: 'label-row' }, el('span', { class: 'label' }, W.token), el('span', { class: 'hint' }, W.arrows)), this.chips.root),
        this.status, this.figure, this.spell.root, this.check, this.notes);
      host.append(this.panel.root);
      PG.watchWidth(this.panel.body, (width) => { this.width = width; this.draw(); });
      this.off = [PG.on('theme', () => this.draw()), PG.on('lang', () => this.draw())];
    }

    async load() {
      const turn = ++this.turn;
      let got = null;
      const told = await PG.stream('bert/embedding', { ...this.asked, query: this.kept.at }, PG.frames((frame) => { got = frame; }));
      if (turn !== this.turn) return;
      this.status.replaceChildren(...(told.wrong ? [PG.notice('wrong', told.wrong)] : []));
      if (told.wrong || !got) return;
      this.data = got;
      this.draw();
    }

    // The strips: key of the array, name, look.
    rows() {
      const { arrays, head } = this.data, { segments } = this.tokens, { at } = this.kept;
      const side = segments[at] ? 'B' : 'A';
      return [
        ['token', { en: `token ${head.id}`, zh: `词元 ${head.id}` }],
        arrays.segment ? ['segment', head.types > 1 ? { en: `+ text ${side}`,
          zh: `+ 文本 ${side}` } : { en: '+ segment',
          zh: '+ 分段' }] : null,
        ['position', { en: `+ position ${head.position}`, zh: `+ 位置 ${head.position}` }],
        ['sum', { en: '= sum', zh: '= 和' }, { bold: true, cls: 'ink', gap: .375 }],
        ['normed', { en: 'LayerNorm', zh: 'LayerNorm' }, { bold: true, cls: 'ink', gap: .75 }],
        arrays.projected ? ['projected', { en: 'stretched', zh: '拉宽' }, { bold: true, cls: 'ink', gap: .75 }] : null,
      ].filter(Boolean);
    }

    // What is added shares one scale, so that the colours add up as well.
    scales() {
      const { arrays } = this.data, names = ['token', 'segment', 'position', 'sum'].filter((name) => arrays[name]);
      const shared = Math.max(...names.map((name) => most(arrays[name])));
      return { ...Object.fromEntries(names.map((name) => [name, shared])), normed: most(arrays.normed), projected: arrays.projected && most(arrays.projected) };
    }

    draw() {
      if (!this.width || !this.data) return;
      const { head, arrays } = this.data, { texts } = this.tokens, size = (v) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
      const parts = ['token', 'segment', 'position'].filter((name) => arrays[name]).map((name) => [name, size(arrays[name])]);
      const [top, length] = parts.reduce((best, one) => (one[1] > best[1] ? one : best)), all = parts.reduce((sum, [, v]) => sum + v, 0);
      const NAME = { token: { en: 'the word itself',
        zh: '词本身' }, segment: { en: 'its segment',
        zh: '它的分段' }, position: { en: 'its position',
        zh: '它的位置' } };
      this.panel.set([PG.b(texts[this.kept.at], 'mono'), arrays.segment
        ? { en: ' enters as three vectors added up; the longest is ', zh: ' 以三个向量之和进入模型；其中最长的是' }
        : { en: ' enters as two vectors added up; the longer is ', zh: ' 以两个向量之和进入模型；其中较长的是' }, NAME[top],
      { en: `, ${PG.pct(length / all)} of all length`, zh: `，占总长度的 ${PG.pct(length / all)}` }]);
      const notes = [head.types === 0 ? SEGMENT.none : head.types === 1 ? SEGMENT.one : null, arrays.projected ? {
        en: `This model looks up short vectors (${arrays.sum.length} numbers) and `
          + `stretches them to ${arrays.projected.length} with one more table of weights.`,
        zh: `这个模型查出的是短向量（${arrays.sum.length} 个数），再用一张权重表拉宽到 ${arrays.projected.length} 个。`,
      } : null].filter(Boolean);
      PG.fill(this.notes, notes.map((note) => PG.notice('note', note)));
      this.board.draw(this.width);
      PG.fill(this.check, PG.icon('check'), el('span', {}, { en: 'max |recomputed − what the first layer reads| = ',
        zh: '最大 |重算 − 第一层读入| = ' },
        el('b', { class: 'mono', text: head.difference.toExponential(1) }), {
          en: `; mean of the sum ${PG.fixed(head.mean, 4)}, standard deviation ${PG.fixed(head.deviation, 4)}`,
            zh: `；和的均值 ${PG.fixed(head.mean, 4)}，标准差 ${PG.fixed(head.deviation, 4)}`,
        }));
      this.tell(this.board.spot || { row: this.rows().findIndex(([key]) => key === 'sum'), column: PG.headParts.strongest(arrays.sum) });
    }

    tell({ row, column }) {
      const { arrays, head } = this.data, { f, factor, signed } = PG.headNumbers, { spell } = this, j = Math.max(0, column), key = this.rows()[row][0];
      if (key === 'projected') {
        spell.ask({ en: `Number ${j + 1} of the stretched vector: normalised · weights + bias`, zh: `拉宽后的第 ${j + 1} 个数：归一化的向量 · 权重 + 偏置` },
          `${this.kept.at} ${j}`, () => PG.ask('bert/embedding_term', { ...this.asked, query: this.kept.at, column: j }));
        return;
      }
      const { mean, deviation } = head, off = mean < 0 ? `+ ${f(-mean)}` : `− ${f(mean)}`;
      const note = (text) => el('span', { class: 'spell-note' }, text);
      spell.say({ en: `Number ${j + 1} of ${arrays.sum.length}`, zh: `第 ${j + 1} 个数（共 ${arrays.sum.length} 个）` },
        spell.line(f(arrays.token[j]), arrays.segment ? ` ${signed(arrays.segment[j])}` : '', ` ${signed(arrays.position[j])} = `,
          PG.b(f(arrays.sum[j]), 'result'), '  ',
          note(arrays.segment ? { en: 'token + segment + position', zh: '词元 + 分段 + 位置' } : { en: 'token + position', zh: '词元 + 位置' })),
        spell.line(`(${f(arrays.sum[j])} ${off}) ÷ ${f(deviation)} · ${factor(arrays.gain[j])} ${signed(arrays.shift[j])} = `,
          PG.b(f(arrays.normed[j]), 'result'), '  ',
          note({ en: '(sum − mean) ÷ standard deviation · gain + shift', zh: '（和 − 均值）÷ 标准差 · 增益 + 平移' })));
    }

    csv() {
      const { arrays } = this.data, names = ['token', 'segment', 'position', 'sum', 'gain', 'shift', 'normed'].filter((name) => arrays[name]);
      return PG.csv([['number', ...names], ...Array.from(arrays.sum, (_, j) => [j + 1, ...names.map((name) => arrays[name][j])])]);
    }

    stop() { this.turn += 1; this.off.forEach((off) => off()); }
  }

  PG.bertTab({
    key: 'embedding',
    label: { en: 'Input', zh: '输入嵌入' },
    draw(host, room) {
      room.embedding?.stop();
      room.likeness?.stop();
      room.embedding = new Embedding(host, room);
      const second = el('div', { class: 'embedding-second' });
      host.append(second);
      room.likeness = PG.bertPositions(second, room);
    },
  });
})();
