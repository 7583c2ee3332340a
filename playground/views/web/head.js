// One attention head, step by step, on the reader's own text: query, key and value; scores; softmax; the weighted sum; what
// the head adds; then the rest of the layer and the way to the words. Knows no model: every number comes from the server.
(() => {
  const { el } = PG;
  const W = {
    layer: { en: 'Layer', zh: '层' },
    head: { en: 'Head', zh: '头' },
    looking: { en: 'Looking token (query)', zh: '在看的词元（查询）' },
    arrows: { en: 'arrow keys walk', zh: '方向键可移动' },
    read: {
      en: 'From the numbers of the layer before to the numbers it hands on. Point at any number: its row and column light up, and the '
        + 'sum it comes from is written out. Click a row or a column to follow another token.',
      zh: '从上一层给出的数，到这一层交出的数。把指针放在任意一个数上：它所在的行和列会亮起，下面写出它是怎样算出来的。点击行或列可换一个词元。',
    },
    steps: { en: 'Steps', zh: '步骤' },
    loading: { en: 'Opening the head', zh: '正在打开这个头' },
  };
  const clip = (text) => { const all = [...text]; return all.length > 14 ? `${all.slice(0, 13).join('')}…` : text; };
  const tiny = (v) => v.toExponential(1);

  // shape: {texts, special, layers, heads, width, pick: [layer, head, query, key]}
  // options: {ask(place, take, signal), term(place, step, row, column), words(place, take) | null, names, source, keep}
  class Picture {
    constructor(host, shape, options) {
      this.shape = shape;
      this.options = options;
      this.view = this.begin(options.keep || {});
      this.turn = 0;
      this.build(host);
      this.load();
    }

    // A layer and head the reader chose are kept where they exist; else a new text is met at its most telling ones.
    begin(keep) {
      const { layers, heads, texts, pick: [layer, head, query, key] } = this.shape, view = keep;
      const text = texts.join(' '), fits = view.layer < layers && view.head < heads, same = view.text === text;
      if (!fits || (!same && !view.chosen)) Object.assign(view, { layer, head, query, key, chosen: false });
      else if (!same) Object.assign(view, { query, key: null });
      view.text = text;
      return view;
    }

    place() { const { layer, head, query, key } = this.view; return { layer, head, query, key: key ?? -1 }; }

    // ---- the page
    build(host) {
      this.panel = PG.panel({ title: '', read: W.read, source: this.options.source, tools: {
        SVG: () => PG.svgFile(`${this.name()}.svg`, this.stages),
        PNG: () => PG.pngFile(`${this.name()}.png`, this.stages),
        NPZ: () => PG.save(`${this.name()}.npz`, this.npz()),
      } });
      this.status = el('div', { class: 'head-status' });
      this.stages = el('ol', { class: 'steps head-steps', hidden: true });
      this.panel.root.classList.add('head-panel');
      this.panel.body.append(this.controls(), this.status, this.stages);
      this.parts = PG.headStages(this);
      this.stages.append(...this.parts.map(({ root }) => root));
      this.status.before(this.path());
      host.append(this.panel.root);
      PG.watchWidth(this.panel.body, (width) => { this.width = width; this.draw(); });
      this.off = [PG.on('theme', () => this.draw()), PG.on('lang', () => { this.say(); this.draw(); this.respell(); })];
      document.fonts?.ready.then(() => this.draw());
    }

    controls() {
      const { layers, heads } = this.shape;
      const select = (label, count, value, onchange) => PG.select({
        label, value: String(value), onchange: (key) => onchange(Number(key)),
        options: Array.from({ length: count }, (_, i) => ({ key: String(i), label: () => PG.t({ en: `${i + 1} of ${count}`,
          zh: `${i + 1}（共 ${count}）` }) })),
      });
      this.layer = select(W.layer, layers, this.view.layer, (layer) => this.choose({ layer }));
      this.head = select(W.head, heads, this.view.head, (head) => this.choose({ head }));
      this.check = el('p', { class: 'head-check' });
      this.chips = PG.tokenRow({
        texts: this.shape.texts, special: this.shape.special, picked: this.view.query, label: W.looking, onPick: (query) => this.choose({ query, key: null }),
      });
      return el('div', { class: 'head-controls' },
        this.layer.root, this.head.root,
        el('div', { class: 'field head-looking' },
          el('div', { class: 'label-row' }, el('span', { class: 'label' }, W.looking), el('span', { class: 'hint' }, W.arrows)), this.chips.root),
        this.check);
    }

    // The steps by name; a click goes there.
    path() {
      const link = ({ root }) => el('button', {
        class: 'btn link', type: 'button', onclick: () => root.scrollIntoView({ block: 'start', behavior: 'smooth' }),
      }, () => root.querySelector('.sub-title').textContent);
      this.links = this.parts.map((part, i) => el('span', {}, i ? PG.icon('right') : null, link(part)));
      return el('nav', { class: 'head-path', 'aria-label': W.steps }, this.links);
    }

    // ---- choosing
    choose(part) {
      Object.assign(this.view, part, { chosen: true });
      this.layer.set(String(this.view.layer));
      this.head.set(String(this.view.head));
      this.chips.pick(this.view.query);
      this.load();
    }

    // Another key: the picture has it already, unless it must be among the terms of the sum.
    lookAt(key) {
      if (key === this.view.key) return;
      this.view.key = key;
      if (!this.data.arrays.shown.includes(key)) { this.load(); return; }
      this.say();
      this.draw();
      this.respell();
    }

    // ---- the numbers come
    async load() {
      const turn = ++this.turn, place = this.place();
      this.leaving?.abort();
      this.leaving = new AbortController();
      const slow = setTimeout(() => { if (!this.data) PG.busy(this.status, W.loading); this.stages.setAttribute('aria-busy', 'true'); }, 150);
      let got = null;
      const take = PG.frames((frame) => { got = frame; });
      const told = await this.options.ask(place, take, this.leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
        return { left: true };
      });
      clearTimeout(slow);
      if (turn !== this.turn || told.left) return;
      this.stages.removeAttribute('aria-busy');
      this.status.replaceChildren(...(told.wrong ? [PG.notice('wrong', told.wrong)] : []));
      this.stages.hidden = Boolean(told.wrong);
      if (told.wrong || !got) return;
      this.data = got;
      this.parts.forEach((part, i) => { this.links[i].hidden = part.root.hidden = Boolean(part.idle?.()); });
      this.settle();
      this.say();
      this.draw();
      this.respell();
      this.parts.forEach((part) => part.arrive?.());
      performance.mark('head-drawn');
    }

    settle() {
      const { row_weights: weights } = this.data.arrays;
      if (this.view.key === null || this.view.key === undefined || this.view.key < 0) this.view.key = weights.indexOf(weights.reduce((a, b) => Math.max(a, b)));
    }

    draw() {
      if (!this.width || !this.data || this.stages.hidden) return;
      const inner = this.width - 2.25 * PG.rem();
      this.busy().forEach((part) => part.draw(this.width < 34 * PG.rem() ? this.width : inner));
    }

    respell() { if (this.data) this.busy().forEach((part) => part.respell?.()); }

    busy() { return this.parts.filter((part) => !part.idle?.()); }  // the steps that this layer takes

    text(at) { return this.shape.texts[at]; }

    // ---- words
    say() {
      if (!this.data) return;
      const { layer, head, query, key } = this.view, w = this.data.arrays.row_weights[key], top = w >= Math.max(...this.data.arrays.row_weights);
      const takes = top ? { en: ' takes most from ', zh: ' 取得最多的是 ' } : { en: ' takes from ', zh: ' 取自 ' };
      this.panel.set([{ en: `Layer ${layer + 1}, head ${head + 1}: `, zh: `第 ${layer + 1} 层，第 ${head + 1} 个头：` },
        PG.b(clip(this.text(query)), 'c-query mono'), takes, PG.b(clip(this.text(key)), 'c-key mono'), { en: `, ${PG.pct(w)}`,
          zh: `，${PG.pct(w)}` }]);
      const { differences, compared, largest = 0 } = this.data.head, most = Math.max(...Object.values(differences));
      const big = Number(largest.toPrecision(2)).toLocaleString('en');
      const steps = Object.entries(differences).map(([name, v]) => `${name} ${v.toExponential(1)}`).join('\n');
      PG.fill(this.check, PG.icon('check'), el('span', { title: steps }, { en: 'max |recomputed − model| = ', zh: '最大 |重算 − 模型| = ' },
        el('b', { class: 'mono', text: tiny(most) }),
        { en: ` over ${compared.toLocaleString('en')} numbers of this layer, up to ${big} in size`,
          zh: `，比较了这一层的 ${compared.toLocaleString('en')} 个数，最大的为 ${big}` }));
    }

    name() { const { layer, head, query } = this.view; return `layer${layer + 1}-head${head + 1}-token${query}`; }

    npz() {
      return PG.npz(Object.fromEntries(Object.entries(this.data.arrays).map(([name, data]) => [name, { data, shape: data.shape }])));
    }

    stop() {
      this.turn += 1;
      this.leaving?.abort();
      this.off.forEach((off) => off());
    }
  }

  // Tokens in one row, one of them chosen; arrow keys walk.
  PG.tokenRow = ({ texts, special, picked, label, onPick }) => {
    const buttons = texts.map((text, i) => el('button', {
      class: `token-pick mono${special?.[i] ? ' special' : ''}`, type: 'button', text: clip(text),
      title: `${i}: ${text}`, onclick: () => { pick(i); onPick(i); },
    }));
    let now = -1;
    const pick = (at) => {
      if (now === at) return;
      if (now >= 0) { buttons[now].setAttribute('aria-pressed', 'false'); buttons[now].tabIndex = -1; }
      now = at;
      buttons[at].setAttribute('aria-pressed', 'true');
      buttons[at].tabIndex = 0;
      const box = root.getBoundingClientRect(), mine = buttons[at].getBoundingClientRect();
      if (box.width && (mine.left < box.left || mine.right > box.right)) root.scrollLeft += mine.left - box.left - box.width / 2;
    };
    const root = el('div', { class: 'token-row', role: 'group', 'aria-label': label }, buttons);
    buttons.forEach((button) => { button.tabIndex = -1; button.setAttribute('aria-pressed', 'false'); });
    root.addEventListener('keydown', (event) => {
      const to = { ArrowLeft: now - 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowDown: now + 1, Home: 0, End: texts.length - 1 }[event.key];
      if (to === undefined || !buttons[to]) return;
      event.preventDefault();
      pick(to);
      buttons[to].focus();
      onPick(to);
    });
    pick(picked);
    return { root, pick };
  };

  PG.head = (host, shape, options) => new Picture(host, shape, options);
})();
