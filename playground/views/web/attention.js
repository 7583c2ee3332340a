// Attention of every layer and head: overview, one head large, and the arithmetic of one weight. Once the weights are
// here nothing is asked for again: choosing a layer, a head, a filter or a square works in the browser alone.
(() => {
  const { el } = PG;
  const WORDS = {
    read: {
      en: 'Each row is one token looking; the stronger a square, the more it takes from that token.',
      zh: '每一行是一个正在“看”的词元；方格颜色越强，表示它从那个词元取得越多。',
    },
    causal: {
      en: ' Hatched: a token may look only at itself and at what stands before it (causal mask).',
      zh: ' 斜线部分：词元只能看自己和前面的词元（因果掩码）。',
    },
    partial: { en: ' Some tokens are not shown, so a row no longer adds up to 1.', zh: ' 有些词元没有显示，所以一行之和不再是 1。' },
    loading: { en: 'Reading the attention weights', zh: '正在读取注意力权重' },
    weight: { en: 'weight', zh: '权重' },
    special: { en: 'Hide special tokens', zh: '隐藏特殊词元' },
    sides: { en: 'From which text to which', zh: '从哪段文字看向哪段' },
    zoom: { en: 'Size', zh: '大小' },
    fit: { en: 'All', zh: '全部' },
    stretch: { en: 'Full colour for the strongest', zh: '最强的权重用最强的颜色' },
    open: { en: 'Show how this weight is made', zh: '展开这个权重的计算' },
    none: { en: 'With these filters no token is left.', zh: '按这些条件筛选后没有词元了。' },
  };
  const SIDES = [['all', null, null], ['aa', 0, 0], ['ab', 0, 1], ['ba', 1, 0], ['bb', 1, 1]];
  const SIDE_NAMES = { all: { en: 'All', zh: '全部' }, aa: 'A → A', ab: 'A → B', ba: 'B → A', bb: 'B → B' };
  const ZOOMS = [1, 2, 4, 8];
  const STACKED = 40;  // with more tokens the overview stands above, so that the large head has the whole width
  const NPZ_MB = 256;  // larger archives hold the chosen layer only

  class Picture {
    constructor(host, shape, options) {
      const [layer, head, query, key] = kept(shape, options.keep);
      this.shape = shape;
      this.options = options;
      this.side = SIDES[0];
      this.bare = false;
      this.opening = 0;
      this.view = {
        data: PG.attentionData(shape), texts: shape.texts, special: shape.special, layer, head, query, key, hover: null, locked: false,
        causal: Boolean(shape.windows), hides: shape.windows ? (q, k) => this.hides(q, k) : null,
        rows: [], cols: [], width: 0, overWidth: 0, stacked: shape.count > STACKED, stretch: shape.count > STACKED, zoom: 1,
      };
      this.sift();
      this.build(host);
      this.complete = this.load();
    }

    build(host) {
      this.panel = PG.panel({ title: '', read: WORDS.read, source: this.options.source, tools: {
        SVG: () => PG.svgFile(`${this.name()}.svg`, this.figure),
        PNG: () => PG.pngFile(`${this.name()}.png`, this.figure),
        CSV: () => PG.save(`${this.name()}.csv`, this.csv(), 'text/csv;charset=utf-8'),
      } });
      this.overview = PG.attentionOverview(this.view, { pick: (layer, head) => this.select(layer, head) });
      this.large = PG.attentionHead(this.view, {
        read: (event, spot) => this.read(event, spot),
        choose: (query, key) => this.choose(query, key),
        move: (query, key) => this.move(query, key),
        pin: (query, key) => this.pin(query, key),
      });
      this.scroll = el('div', { class: 'big-scroll' }, this.large.root);
      this.figure = el('div', { class: `attn${this.view.stacked ? ' stacked' : ''}` },
        this.overview.root, el('div', { class: 'big' }, this.scroll, this.legend()));
      this.sum = el('div', { class: 'arith' });
      this.status = el('div', { class: 'attn-status' });
      this.root = this.panel.root;
      this.root.classList.add('attention');
      this.panel.body.append(this.controls(), this.status, this.figure, this.sum);
      this.figure.hidden = true;
      this.root.addEventListener('keydown', (event) => { if (event.key === 'Escape') this.release(); });
      host.append(this.root);
      this.busy = PG.busy(this.status, WORDS.loading);
      PG.watchWidth(this.panel.body, (width) => { this.view.width = width; this.draw(); });
      this.off = [PG.on('theme', () => this.draw()), PG.on('lang', () => this.draw())];
      document.fonts?.ready.then(() => this.draw());
    }

    controls() {
      const hide = PG.check({ label: WORDS.special, value: false, onchange: (on) => { this.bare = on; this.filter(); } });
      const sides = this.shape.segments.includes(1) ? PG.choice({
        label: WORDS.sides, value: 'all', options: SIDES.map(([key]) => ({ key, label: SIDE_NAMES[key] })),
        onchange: (key) => { this.side = SIDES.find(([name]) => name === key); this.filter(); },
      }) : null;
      const stretch = PG.check({ label: WORDS.stretch, value: this.view.stretch, onchange: (on) => { this.view.stretch = on; this.draw(); } });
      const zoom = PG.choice({
        label: WORDS.zoom, value: '1', options: ZOOMS.map((z) => ({ key: String(z), label: z === 1 ? WORDS.fit : `×${z}` })),
        onchange: (z) => { this.view.zoom = Number(z); this.drawLarge(); },
      });
      this.zoom = zoom.root;
      this.zoom.hidden = true;
      return el('div', { class: 'attn-controls' }, hide.root, stretch.root, sides?.root, this.zoom);
    }

    // A causal model: what comes later is hidden, and in some layers what is too far back.
    hides(query, key) {
      const window = this.shape.windows[this.view.layer];
      return key > query || (window > 0 && key <= query - window);
    }

    legend() {
      this.most = el('span', { class: 'mono', text: '1' });
      this.ramp = el('canvas', { class: 'legend-ramp' });
      return el('div', { class: 'legend' }, el('span', { text: WORDS.weight }), el('span', { class: 'mono', text: '0' }),
        this.ramp, this.most);
    }

    // ---- the weights come
    async load() {
      this.leaving = new AbortController();
      const take = (chunk) => this.view.data.push(chunk).forEach((layer) => this.arrived(layer));
      try {
        const said = await this.options.stream(take, this.view.layer, this.leaving.signal);
        if (said.wrong) { this.status.replaceChildren(PG.notice('wrong', said.wrong)); return null; }
      } catch (error) { if (error.name !== 'AbortError') throw error; return null; }
      performance.mark('attention-complete');
      return this.view.data;
    }

    arrived(layer) {
      if (layer !== this.view.layer) return this.overview.drawLayer(layer);
      this.busy.done();
      this.figure.hidden = false;
      this.draw();
      performance.mark('attention-first');
      this.open();
    }

    stop() {
      this.leaving.abort();
      this.opening += 1;
      this.off.forEach((off) => off());
    }

    // ---- what is shown
    sift() {
      const { segments, special, count } = this.shape, [, from, to] = this.side;
      const pick = (side) => Array.from({ length: count }, (_, i) => i).filter((i) => (side === null || segments[i] === side) && !(this.bare && special[i]));
      Object.assign(this.view, { rows: pick(from), cols: pick(to) });
    }

    settle() {  // the chosen square must be among those shown
      const { rows, cols, query, key } = this.view;
      if (!rows.includes(query)) this.view.query = rows[0];
      if (!cols.includes(key)) this.view.key = this.bestKey();
    }

    bestKey() {
      const { data, layer, head, query, cols } = this.view;
      return data.has(layer) ? data.best(layer, head, query, cols) : cols[0];
    }

    filter() {
      const { rows, cols } = this.view;
      this.sift();
      const empty = !this.view.rows.length || !this.view.cols.length;
      this.status.replaceChildren(...(empty ? [PG.notice('note', WORDS.none)] : []));
      this.figure.hidden = empty;
      if (empty) return;
      const had = rows.length && cols.length && this.view.rows.includes(this.view.query) && this.view.cols.includes(this.view.key);
      this.settle();
      if (!had) this.close();
      this.draw();
    }

    draw() {
      const { view } = this;
      if (!view.width || !view.data.has(view.layer) || this.figure.hidden) return;
      this.overview.draw();
      view.overWidth = this.overview.root.offsetWidth;
      this.drawLarge();
      this.sumDraw?.();
    }

    drawLarge() {
      this.large.draw();
      const ramp = PG.ramp('--attn');
      PG.paint(this.ramp, Math.round(7 * PG.rem()), Math.round(.5 * PG.rem()), 1, 64, (i) => ramp(i / 63));
      this.most.textContent = this.view.stretch ? this.large.top().toPrecision(2) : '1';
      this.zoom.hidden = this.large.fits() && this.view.zoom === 1;
      this.scroll.classList.toggle('zoomed', this.view.zoom > 1);
      this.say();
    }

    say() {
      const { layer, head, query, key, data, texts, rows, cols } = this.view;
      const w = data.weight(layer, head, query, key), most = key === this.bestKey();
      const looks = most ? { en: ' looks most at ', zh: ' 看得最多的是 ' } : { en: ' looks at ', zh: ' 看向 ' };
      this.panel.set([{ en: `Layer ${layer + 1}, head ${head + 1}: `, zh: `第 ${layer + 1} 层，第 ${head + 1} 个头：` },
        PG.b(texts[query], 'c-query mono'), looks, PG.b(texts[key], 'c-key mono'), { en: `, ${PG.pct(w)}`, zh: `，${PG.pct(w)}` }]);
      const habit = PG.attentionHabit(data, layer, head, this.shape.special, this.view.causal).say;
      const partial = rows.length < data.count || cols.length < data.count;
      const window = this.shape.windows?.[layer], near = window ? {
        en: ` This layer sees only the last ${window} tokens.`, zh: `这一层只看最近的 ${window} 个词元。` } : '';
      this.keep();
      this.panel.setRead([WORDS.read, this.view.causal ? WORDS.causal : '', near, ' ', habit, partial ? WORDS.partial : '']);
    }

    keep() {  // for the next text: see `kept`
      const { layer, head, query, key } = this.view;
      if (this.chosen && this.options.keep) Object.assign(this.options.keep, { layer, head, query, key });
    }

    // ---- gestures
    select(layer, head) {
      const { view } = this;
      if (!view.data.has(layer)) return;
      this.chosen = true;
      Object.assign(view, { layer, head, hover: null, locked: false });
      view.key = this.bestKey();
      this.overview.frame();
      this.drawLarge();
      this.close();
    }

    read(event, spot) {
      const { view } = this, { texts, data, layer, head } = view;
      if (!spot) { PG.untip(); if (view.hover && !view.locked) { view.hover = null; this.large.mark(); } return; }
      const barred = view.hides?.(...spot);
      PG.tip(event, el('span', {}, PG.b(texts[spot[0]], 'c-query mono'), barred ? { en: ' may not look at ', zh: ' 不能看 ' }
        : { en: ' looks at ', zh: ' 看向 ' }, PG.b(texts[spot[1]], 'c-key mono')), barred ? null : el('span', { class: 'mono', text: data.weight(layer, head, ...spot).toFixed(4) }));
      if (view.locked || (view.hover && view.hover[0] === spot[0] && view.hover[1] === spot[1])) return;
      view.hover = spot;
      this.large.mark();
    }

    place(query, key) {
      this.chosen = true;
      Object.assign(this.view, { query, key, hover: null });
      this.large.mark();
      this.say();
    }

    move(query, key) { this.place(query, key); this.close(); }

    choose(query, key) { this.place(query, key); this.open(); }

    pin(query, key) {
      this.view.locked = !this.view.locked;
      this.choose(query, key);
    }

    release() {
      PG.untip();
      Object.assign(this.view, { hover: null, locked: false });
      this.large.mark();
      this.close();
    }

    // ---- the arithmetic of the chosen square
    close() {
      this.opening += 1;
      this.sumDraw = null;
      this.sum.replaceChildren(el('button', { class: 'btn', type: 'button', onclick: () => this.open() }, WORDS.open));
    }

    async open() {
      const { layer, head, query, key, data, texts } = this.view, turn = ++this.opening;
      const parts = await this.options.open({ layer, head, query, key });
      if (turn !== this.opening) return;
      if (parts.wrong) { this.sum.replaceChildren(PG.notice('wrong', parts.wrong)); return; }
      this.sumDraw = () => PG.attentionSum(this.sum, {
        hidden: Boolean(this.view.hides?.(query, key)),
        ...parts, texts, at: { query, key }, weight: data.weight(layer, head, query, key), width: this.view.width, onClose: () => this.close(),
      });
      this.sumDraw();
    }

    // ---- downloads
    name() { return `attention-layer${this.view.layer + 1}-head${this.view.head + 1}`; }

    csv() {
      const { data, layer, head, texts, rows, cols } = this.view, at = data.matrix(layer, head);
      const lines = rows.flatMap((i) => cols.map((j) => [i, texts[i], j, texts[j], Number(at(i, j).toFixed(6))]));
      return PG.csv([['query position', 'query', 'key position', 'key', 'weight'], ...lines]);
    }

    async npz(more) {  // resolves once every layer is here
      const data = await this.complete;
      if (!data) return;
      const { layers, heads, count, layer } = { ...data, layer: this.view.layer };
      const whole = layers * heads * count * count * 4 <= NPZ_MB * 2 ** 20, from = whole ? 0 : layer, to = whole ? layers : layer + 1;
      const attention = { data: data.all(from, to), shape: [to - from, heads, count, count] };
      const numbers = { data: Int32Array.from({ length: to - from }, (_, i) => from + i), shape: [to - from] };
      PG.save('attention.npz', PG.npz({ attention, layers: numbers, ...more }));
    }
  }

  // The place the reader chose in the text before, where it exists; else the shape's own pick.
  const kept = ({ layers, heads, count, pick }, { layer = layers, head, query, key } = {}) => {
    const fits = layer < layers && head < heads && query < count && key < count;
    return fits ? [layer, head, query, key] : pick;
  };

  // shape: {layers, heads, count, pick, texts, special, segments, windows}; windows: of a causal model, per layer so many of the
  // last tokens are seen, 0: all
  // options: {stream(onChunk, first, signal), open({layer, head, query, key}), source}; both may answer {wrong}
  PG.attention = (host, shape, options) => new Picture(host, shape, options);
})();
