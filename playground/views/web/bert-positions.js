// How alike the position vectors are: cosine of every pair, all places the model can read.
(() => {
  const { el, svg } = PG;
  const FULL = 32767;
  const READ = {
    en: 'Row and column are places in the text; teal: their vectors point the same way, crimson: '
      + 'opposite ways, paper: neither. Learned: nobody told the model which place stands beside which.',
    zh: '行和列是文本中的位置；青色表示两个位置的向量方向相同，红色表示相反，底色表示互不相干。这是学来的：没有人告诉过模型哪个位置挨着哪个。',
  };

  class Likeness {
    constructor(host, room) {
      this.model = room.answer.model;
      this.used = room.answer.tokens.texts.length;
      this.kept = room;
      this.panel = PG.panel({ title: '', read: READ, source: {
        en: `cosine of the rows of the position table · ${this.model.name}`, zh: `位置嵌入表各行之间的余弦 · ${this.model.name}`,
      }, tools: {
        SVG: () => PG.svgFile('positions.svg', this.panel.body), PNG: () => PG.pngFile('positions.png', this.panel.body),
        NPZ: () => PG.save('positions.npz', PG.npz({ cosine: {
          data: Float32Array.from(this.data.arrays.cosine, (v) => v / FULL), shape: this.data.arrays.cosine.shape } })),
      } });
      this.canvas = el('canvas');
      this.marks = svg('svg', { class: 'board-layer' });
      this.map = el('div', { class: 'likeness-map', tabindex: '0', role: 'group', 'aria-label': {
        en: 'Cosine of every pair of positions. Arrow keys move.', zh: '每对位置的余弦。方向键移动。',
      } }, this.canvas, this.marks);
      this.facts = el('div', { class: 'likeness-facts' });
      this.panel.body.append(el('div', { class: 'likeness' }, this.map, this.facts));
      host.append(this.panel.root);
      this.listen();
      PG.watchWidth(this.panel.body, (width) => { this.width = width; this.draw(); });
      this.off = [PG.on('theme', () => this.draw()), PG.on('lang', () => this.draw())];
      this.load(room);
    }

    async load(room) {
      const { name } = this.model;
      if (room.positions?.name !== name) {
        let got = null;
        const told = await PG.stream('bert/positions', { model: room.asked.model, text: '.' }, PG.frames((frame) => { got = frame; }));
        if (told.wrong || !got) { this.facts.replaceChildren(PG.notice('wrong', told.wrong || '')); return; }
        room.positions = { name, got };
      }
      this.data = room.positions.got;
      this.spot = [Math.min(this.used - 1, 4), Math.min(this.used - 1, 5)];
      this.draw();
    }

    value(i, j) { return this.data.arrays.cosine[i * this.data.head.count + j] / FULL; }

    draw() {
      if (!this.data || !this.width) return;
      const { head: { count, ladder, mean, deviation }, arrays: { cosine } } = this.data, rem = PG.rem(), ramp = PG.ramp('--signed');
      this.side = Math.round(Math.min(this.width < 34 * rem ? this.width - 2 : 24 * rem, 26 * rem));
      PG.paint(this.canvas, this.side, this.side, count, count, (i) => ramp(.5 + cosine[i] / FULL / 2));
      this.marks.setAttribute('width', this.side);
      this.marks.setAttribute('height', this.side);
      const [, near] = ladder[0], far = ladder.reduce((best, one) => (Math.abs(one[1]) < Math.abs(best[1]) ? one : best));
      this.panel.set({
        en: `Places side by side are alike: cosine ${PG.fixed(near, 2)} on average; ${far[0]} apart it is ${PG.fixed(far[1], 2)}`,
        zh: `相邻的位置彼此相像：余弦平均 ${PG.fixed(near, 2)}；相隔 ${far[0]} 时是 ${PG.fixed(far[1], 2)}`,
      });
      this.say = el('p', { class: 'read' });
      const means = { labels: ladder.map(([d]) => String(d)), logits: ladder.map(([, v]) => v), scores: [], rest: 0, others: 0 };
      const bars = PG.bars(means, { scale: 'logit', label: { en: 'Mean cosine by distance',
        zh: '按距离的平均余弦' } });
      bars.classList.add('compact', 'even');
      PG.fill(this.facts, this.say,
        el('div', {}, el('p', { class: 'label' }, { en: 'Mean cosine by distance', zh: '按距离的平均余弦' }), bars),
        el('p', { class: 'read' }, {
          en: `All pairs of the ${count} places: mean ${PG.fixed(mean, 3)}, standard `
            + `deviation ${PG.fixed(deviation, 3)}. Your text uses the first ${this.used}.`,
          zh: `${count} 个位置的所有配对：均值 ${PG.fixed(mean, 3)}，标准差 ${PG.fixed(deviation, 3)}。你的文本用到前 ${this.used} 个。`,
        }));
      this.mark();
    }

    mark() {
      const [i, j] = this.spot, { count } = this.data.head, c = this.side / count, ink = PG.token('--c-ink'), edge = Math.max(c, 5);
      const rect = (x, y, width, height, look) => svg('rect', { x, y, width, height, fill: 'none', stroke: ink, ...look });
      this.marks.replaceChildren(
        rect(.5, .5, this.used * c, this.used * c, { 'stroke-dasharray': '3 3', opacity: .6 }),
        rect(.5, i * c, this.side - 1, Math.max(c, 1), { opacity: .35 }), rect(j * c, .5, Math.max(c, 1), this.side - 1, { opacity: .35 }),
        rect((j + .5) * c - edge / 2, (i + .5) * c - edge / 2, edge, edge, { 'stroke-width': 2 }));
      PG.fill(this.say, { en: `positions ${i} and ${j}, ${Math.abs(i - j)} apart: `,
        zh: `位置 ${i} 和 ${j}，相隔 ${Math.abs(i - j)}：` }, PG.b(PG.fixed(this.value(i, j), 4), 'mono'));
    }

    listen() {
      const place = (event) => PG.cellAt(event, this.canvas, this.data.head.count, this.data.head.count);
      this.map.addEventListener('pointermove', (event) => {
        if (!this.data) return;
        const [i, j] = place(event);
        PG.tip(event, el('span', { text: { en: `positions ${i} and ${j}`,
          zh: `位置 ${i} 和 ${j}` } }), el('b', { class: 'mono', text: PG.fixed(this.value(i, j), 4) }));
        this.spot = [i, j];
        this.mark();
      });
      this.map.addEventListener('pointerleave', () => PG.untip());
      this.map.addEventListener('keydown', (event) => {
        const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
        if (!step || !this.data) return;
        event.preventDefault();
        const bound = (v) => Math.min(this.data.head.count - 1, Math.max(0, v));
        this.spot = [bound(this.spot[0] + step[0]), bound(this.spot[1] + step[1])];
        this.mark();
      });
    }

    stop() { this.off.forEach((off) => off()); }
  }

  PG.bertPositions = (host, room) => new Likeness(host, room);
})();
