// Beam search as a tree that grows step by step: what is kept, what is dropped, what has ended; and the texts found.
(() => {
  const { el, svg } = PG;
  const W = {
    none: { en: 'Beam search keeps several texts at once', zh: '束搜索同时保留好几段文字' },
    read: {
      en: 'Each column is one token more, the best total at the top. Boxes go on; a box with a bar at its right has ended; grey ones were dropped. '
        + 'Click a token to go on writing from there.',
      zh: '每一列多一个词元，总分最高的在最上面。方框继续生长；右边带竖线的方框已经结束；灰色的被舍弃。点击一个词元，就从那里接着写。',
    },
    source: {
      en: 'score = sum of log p (natural logarithm) ÷ number of new tokens to the power of the length penalty · as in transformers, early_stopping=False',
      zh: '得分 = log p（自然对数）之和 ÷ 新词元数的“长度惩罚”次方 · 与 transformers 相同，early_stopping=False',
    },
    searching: { en: 'Searching', zh: '正在搜索' },
    stop: { en: 'Stop', zh: '停止' },
    found: { en: 'Texts found, best first', zh: '找到的文字，最好的在前' },
    score: { en: 'score', zh: '得分' },
    sum: { en: 'sum', zh: '总和' },
    kept: { en: 'kept', zh: '保留' },
    dropped: { en: 'dropped', zh: '舍弃' },
    ended: { en: 'ended', zh: '已结束' },
    start: { en: 'text', zh: '文字' },
    cut: { en: 'The beginning was cut so that all steps fit.', zh: '开头被截去，这样所有步骤才放得下。' },
  };
  const COLUMN = 7, ROW = 1.75, BOX = 5.25, LETTERS = 9; // rem; characters of a token in its box
  const PACE = 110; // ms between two columns, so that the tree is seen to grow
  const minus = (v) => PG.minus(v, 3);
  const short = (piece) => ([...piece].length > LETTERS ? `${[...piece].slice(0, LETTERS - 1).join('')}…` : piece);

  class Beams {
    constructor({ onTake }) {
      this.onTake = onTake;
      this.code = '';
      this.panel = PG.panel({
        title: W.none, read: W.read, source: W.source,
        tools: { SVG: () => PG.svgFile('beams.svg', this.picture), JSON: () => this.save(), CSV: () => this.csv() },
      });
      this.status = el('div', { class: 'write-status', hidden: true }, el('span', { class: 'hint', role: 'status' }),
        el('button', { class: 'btn', type: 'button', onclick: () => this.stop() }, W.stop));
      this.picture = el('div', { class: 'beam-box', tabindex: '0' });
      this.list = el('div');
      this.panel.body.append(this.status, this.picture, this.list);
      this.root = this.panel.root;
      PG.on('theme', () => { if (this.drawn) this.redraw(); });
    }

    // ---- the search
    async search(asked, options) {
      this.stop();
      const leaving = this.leaving = new AbortController();
      Object.assign(this, { asked, options, steps: [], found: null, begun: null, code: '', queue: [] });
      this.clear();
      this.status.hidden = false;
      PG.fill(this.status.firstChild, W.searching);
      const take = (said) => { if (this.leaving === leaving) this.take(said); };
      const answer = await PG.lines('gpt/beams', { ...asked, ...options }, take, leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
        return {};
      });
      if (this.leaving !== leaving) return {};
      if (!answer.wrong) await this.caughtUp(leaving);
      if (this.leaving === leaving) this.rest();
      return answer;
    }

    stop() { this.leaving?.abort(); this.rest(); }

    rest() { this.leaving = null; this.status.hidden = true; }

    take({ begun, step, found }) {
      if (begun) {
        this.begun = begun;
        this.drawRoot();
      } else if (step) {
        this.queue.push(step);
        if (!this.timer) this.next();
      } else if (found) Object.assign(this, { found, code: found.code });
    }

    // One column at a time.
    next() {
      const step = this.queue.shift();
      this.timer = null;
      if (step) {
        this.steps.push(step);
        this.column(this.steps.length - 1);
        const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
        this.timer = setTimeout(() => this.next(), calm ? 0 : PACE);
      } else this.finish?.();
    }

    async caughtUp(leaving) {
      if (this.timer) await new Promise((done) => { this.finish = done; });
      this.finish = null;
      if (this.leaving === leaving && this.found) this.conclude();
    }

    // ---- the picture
    clear() {
      clearTimeout(this.timer);
      this.timer = null;
      this.lines = svg('g');
      this.boxes = svg('g');
      this.canvas = svg('svg', { class: 'beam-tree', role: 'img', 'aria-label': W.none }, this.lines, this.boxes);
      this.nodes = [];
      this.drawn = true;
      PG.fill(this.picture, this.canvas);
      this.list.replaceChildren();
      this.panel.set(W.searching);
    }

    place(step, at) {
      const rem = PG.rem();
      return { x: (1 + step) * COLUMN * rem, y: (at + .5) * ROW * rem, width: BOX * rem, height: 1.375 * rem };
    }

    size() {
      const rem = PG.rem(), rows = Math.max(2, ...this.steps.map((step) => step.length));
      const width = ((1 + this.steps.length) * COLUMN) * rem, height = (rows + .5) * ROW * rem;
      Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` }).forEach(([key, value]) => this.canvas.setAttribute(key, value));
    }

    drawRoot() {
      const { texts } = this.begun.tokens;
      this.size();
      this.boxes.append(this.box(this.place(-1, 0), texts.at(-1) || PG.t(W.start), 'root'));
    }

    box({ x, y, width, height }, piece, cls) {
      return svg('g', { class: `beam ${cls}` },
        svg('rect', { x, y: y - height / 2, width, height, rx: 4 }),
        cls.includes('ended') ? svg('line', { class: 'beam-end', x1: x + width - 3, x2: x + width - 3, y1: y - height / 2 + 3, y2: y + height / 2 - 3 }) : null,
        svg('text', { x: x + width / 2, y: y + height * .26, 'text-anchor': 'middle', text: short(piece) }));
    }

    column(number) {
      const step = this.steps[number];
      this.size();
      step.forEach((node, at) => {
        const kind = node.kept ? 'kept' : node.ended ? 'kept ended' : 'dropped';
        const own = this.place(number, at), from = this.place(number - 1, Math.max(0, node.parent));
        const x1 = from.x + from.width, bend = (own.x - x1) / 2;
        const line = svg('path', { class: `beam-line ${kind}`, d: `M${x1} ${from.y}C${x1 + bend} ${from.y} ${own.x - bend} ${own.y} ${own.x} ${own.y}` });
        const box = this.box(own, node.piece, kind);
        box.addEventListener('mousemove', (event) => this.tell(event, number, at));
        box.addEventListener('mouseleave', PG.untip);
        box.addEventListener('click', () => this.onTake({ ids: this.path(number, at).map(({ id }) => id) }));
        this.lines.append(line);
        this.boxes.append(box);
        this.nodes.push({ number, at, line, box });
      });
      this.picture.scrollLeft = this.picture.scrollWidth;
      PG.fill(this.status.firstChild, { en: `Step ${number + 1} of ${this.begun.new}`, zh: `第 ${number + 1} 步，共 ${this.begun.new} 步` });
    }

    // The nodes from the first step to this one.
    path(number, at) {
      const out = [];
      for (let step = number, place = at; step >= 0; step -= 1) {
        const node = this.steps[step][place];
        out.unshift(node);
        place = node.parent;
      }
      return out;
    }

    tell(event, number, at) {
      const nodes = this.path(number, at), node = nodes.at(-1), state = node.kept ? W.kept : node.ended ? W.ended : W.dropped;
      PG.tip(event, el('b', { class: 'mono', text: nodes.map(({ text, piece }) => text || piece).join('') }), el('span', {}, state),
        el('span', {}, 'p ', PG.b(PG.chance(node.chance), 'mono')),
        el('span', {}, W.sum, ' ', PG.b(minus(node.total), 'mono'), ' · ', W.score, ' ', PG.b(minus(node.score), 'mono')));
    }

    redraw() {
      const { steps, found } = this;
      this.clear();
      this.steps = [];
      if (this.begun) this.drawRoot();
      steps.forEach((step) => { this.steps.push(step); this.column(this.steps.length - 1); });
      if (found) this.conclude();
    }

    // ---- what was found
    conclude() {
      const { best } = this.found, [{ text, score, path }] = best;
      const onPath = ({ number, at }) => path[number] === at;
      this.nodes.forEach((node) => [node.line, node.box].forEach((part) => part.classList.toggle('best', onPath(node))));
      this.nodes.filter(onPath).forEach(({ line, box }) => { this.lines.append(line); this.boxes.append(box); });
      this.panel.set({ en: `Best of ${best.length}: “${text.trim()}”, score ${minus(score)}`, zh: `${best.length} 段中最好的：“${text.trim()}”，得分 ${minus(score)}` });
      const row = (one) => el('li', {}, el('button', { class: 'beam-found', type: 'button', onclick: () => this.onTake(one) },
        el('span', { class: 'mono beam-score', text: minus(one.score) }), el('span', { class: 'mono hint', text: `Σ ${minus(one.total)}` }),
        el('span', { class: 'beam-text', dir: 'auto', text: one.text })));
      const cut = this.begun.cut ? PG.notice('cut', W.cut) : null;
      PG.fill(this.list, cut, el('h3', { class: 'label' }, W.found), el('ol', { class: 'beam-list' }, best.map(row)));
    }

    // ---- downloads
    save() { if (this.found) PG.save('beams.json', PG.json({ asked: this.asked, ...this.options, steps: this.steps, ...this.found }), 'application/json'); }

    csv() {
      const state = (node) => (node.kept ? 'kept' : node.ended ? 'ended' : 'dropped');
      const rows = (this.steps || []).flatMap((step, number) => step.map((node, at) => [
        number + 1, at + 1, node.parent + 1, node.id, node.piece, node.chance, node.total, node.score, state(node),
      ]));
      const head = ['step', 'place', 'parent', 'id', 'piece', 'probability', 'sum_log_p', 'score', 'state'];
      PG.save('beams.csv', PG.csv([head, ...rows]), 'text/csv;charset=utf-8');
    }
  }

  PG.gptBeams = (options) => new Beams(options);
})();
