// The GPT room, the story of its three papers: GPT-1's inputs, GPT-2's prompts without examples, the sizes. See gpt-story-*.js.
(() => {
  const { el, svg } = PG;
  const W = {
    ways: { en: 'Three papers', zh: '三篇论文' },
    inputs: { en: 'GPT-1: one input for any task', zh: 'GPT-1：任何任务都变成一行输入' },
    inputsSay: { en: '2018: start, delimiter, extract', zh: '2018：开始、分隔、提取' },
    zero: { en: 'GPT-2: the prompt is the task', zh: 'GPT-2：提示就是任务' },
    zeroSay: { en: '2019: no head, no example, a hint', zh: '2019：没有输出头，没有例子，只有暗示' },
    sizes: { en: 'GPT-3: the same, a thousand times larger', zh: 'GPT-3：同样的结构，大一千倍' },
    sizesSay: { en: '2020: sizes, counted', zh: '2020：规模，逐项计数' },
    working: { en: 'Reading the text', zh: '正在读文字' },
  };
  const LINKED = 1500; // characters of a question that still fit into the address
  const KEYS = ['inputs', 'zero', 'sizes'];

  const fromAddress = () => {
    try { return JSON.parse(PG.query.get('gptstory')) || {}; } catch { return {}; }
  };

  // ---- a sign for each paper
  const box = (cls, x, width) => svg('rect', { class: cls, x, y: 17, width, height: 12, rx: 2 });
  const SIGNS = {
    inputs: () => [box('sign-mark', 2, 6), box('sign-text', 11, 28), box('sign-mark', 42, 6), box('sign-text', 51, 22), box('sign-on', 76, 6), svg('path',
      { class: 'sign-up', d: 'M79 14V4' })],
    zero: () => [
      [60, 74, 34].map((width, i) => svg('rect', { class: 'sign-text', x: 2, y: 5 + i * 13, width, height: 6, rx: 2 })),
      svg('rect', { class: 'sign-on', x: 40, y: 31, width: 26, height: 6, rx: 2 }),
    ],
    sizes: () => [3, 6, 14, 26, 40].map((height, i) => svg('rect', { class: i === 4 ? 'sign-on' : 'sign-text', x: 6 + i * 16, y: 43 - height, width: 10,
      height, rx: 2 })),
  };
  const sign = (key) => svg('svg', { class: 'story-sign', viewBox: '0 0 86 46', 'aria-hidden': 'true' }, SIGNS[key]());

  class Room {
    constructor(root, value) {
      this.value = value;
      this.wish = fromAddress();
      this.model = typeof this.wish.model === 'string' ? this.wish.model : value.model;
      this.views = {};
      this.build(root);
      this.show(KEYS.includes(this.wish.view) ? this.wish.view : 'inputs');
    }

    build(root) {
      this.buttons = KEYS.map((key) => el('button', { class: 'story-way', type: 'button', 'data-key': key, onclick: () => this.show(key) },
        sign(key), el('span', {}, el('b', {}, W[key]), el('span', { class: 'hint' }, W[`${key}Say`]))));
      this.picked = el('div');
      this.body = el('div');
      this.picker = PG.picker(this.picked, { family: 'gpt', picked: this.model, onPick: (model) => this.pickModel(model) });
      root.append(el('div', { class: 'story-ways', role: 'group', 'aria-label': W.ways }, this.buttons), this.body);
    }

    show(key) {
      this.views[this.key]?.view.stop?.();
      this.key = key;
      this.buttons.forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.key === key)));
      const known = this.views[key], { slot, root, view } = known || this.open(key);
      slot.replaceChildren(this.picked);
      this.body.replaceChildren(root);
      if (!known || view.model !== this.model) view.ask();
      this.link();
    }

    // A view: {nodes, cards, how, code(), files, ask(), kept(), stop?}; `model` is the one it asked last.
    open(key) {
      const make = { inputs: PG.gptStoryInputs, zero: PG.gptStoryZero, sizes: PG.gptStorySizes }[key];
      const view = make(this, this.wish[key] || {}), slot = el('div'), root = el('div');
      view.foot = PG.foot({ how: view.how, code: () => view.code(), lesson: 'gpt', files: view.files });
      PG.room(root, { input: [slot, view.nodes], output: view.cards, foot: view.foot });
      this.views[key] = { slot, root, view };
      return this.views[key];
    }

    pickModel(model) {
      this.model = model;
      this.views[this.key].view.ask();
      this.link();
    }

    rest() { this.views[this.key]?.view.stop?.(); }

    // The question goes into the address, as far as it fits.
    link() {
      const said = { view: this.key, model: this.model };
      const whole = JSON.stringify({ ...said, [this.key]: this.views[this.key].view.kept() });
      PG.inAddress('gptstory', whole.length <= LINKED ? whole : JSON.stringify(said), true);
    }
  }

  // Asks, shows who waits, drops answers that come too late. take(answer) hears of what came; card shows what is wrong.
  PG.gptAsker = (card, verb, take) => {
    let turn = 0, leaving = null;
    const stop = () => { turn += 1; leaving?.abort(); card.removeAttribute('aria-busy'); };
    const ask = async (question) => {
      stop();
      const mine = turn;
      leaving = new AbortController();
      card.setAttribute('aria-busy', 'true');
      const slow = setTimeout(() => PG.busy(card, W.working, stop), 400);
      const answer = await PG.ask(`gpt/${verb}`, question, leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      clearTimeout(slow);
      if (mine !== turn || !answer) return;
      card.removeAttribute('aria-busy');
      if (answer.wrong) card.replaceChildren(PG.notice('wrong', answer.wrong)); else take(answer);
    };
    return { ask, stop };
  };

  // A vector as a strip, a cell a number; signed colours on one scale with its neighbours.
  PG.gptStrip = (values, most, label) => {
    const canvas = el('canvas', { role: 'img', 'aria-label': label }), box = el('div', { class: 'story-strip' }, canvas);
    let width = 0;
    const draw = () => {
      if (!width) return;
      const height = 1.5 * PG.rem(), g = PG.size(canvas, width, height), ramp = PG.ramp('--signed');
      values.forEach((value, i) => {
        const from = Math.round((i * width) / values.length), to = Math.round(((i + 1) * width) / values.length);
        g.fillStyle = PG.str(ramp(.5 + value / most / 2));
        g.fillRect(from, 0, Math.max(1, to - from), height);
      });
    };
    canvas.addEventListener('pointermove', (event) => {
      const at = Math.min(values.length - 1, Math.max(0, Math.floor((event.offsetX / width) * values.length)));
      PG.tip(event, el('span', {}, { en: `number ${at}`, zh: `第 ${at} 个数` }), el('b', { class: 'mono', text: PG.minus(values[at], 3) }));
    });
    canvas.addEventListener('pointerleave', PG.untip);
    PG.watchWidth(box, (w) => { width = w; draw(); });
    PG.on('theme', () => { if (canvas.isConnected) draw(); });
    return box;
  };

  PG.gptStory = (root, value) => new Room(root, value);
})();
