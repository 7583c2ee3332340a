// The tab "KV cache" of the GPT room: what is kept of each token, token by token, what it takes and what it saves.
(() => {
  const { el } = PG;
  const PACE = 450;  // ms per token while it plays
  const W = {
    read: {
      en: 'Keys and values follow from what stands before a token alone, so they never change again. A model that writes on keeps them: for '
        + 'each new token it computes one query per head, appends one key and one value per layer and key head, and looks them all over.',
      zh: '键和值只取决于词元前面的内容，算出后就不再改变。接着往下写的模型把它们保存下来：每来一个新词元，每个头只算一个查询，每层每个键头添一个键和一个值，再查看全部。',
    },
    play: { en: 'Play', zh: '播放' },
    pause: { en: 'Pause', zh: '暂停' },
    newest: { en: 'Newest token', zh: '最新的词元' },
    loading: { en: 'Reading the cache', zh: '正在读取缓存' },
    measure: { en: 'Measure on this machine', zh: '在这台机器上测量' },
    stop: { en: 'Stop', zh: '停止' },
    tokens: { en: 'tokens', zh: '词元数' },
    work: { en: 'million multiplications for one token', zh: '一个词元所需的乘法（百万次）' },
    time: { en: 'milliseconds for one token', zh: '一个词元所需的毫秒数' },
    idle: {
      en: 'The text is read token by token with the cache, and again from its beginning without it; both are timed now.',
      zh: '用缓存逐个读入词元，再不用缓存从头重读；两者都现场计时。',
    },
  };
  const LINES = [
    { key: 'cached', name: { en: 'with', zh: '有缓存' }, colour: '--c-accent' },
    { key: 'plain', name: { en: 'without', zh: '无缓存' }, colour: '--c-ink' },
  ];
  const thin = (values, most = 200) => { const step = Math.ceil(values.length / most); return values.filter((_, i) => i % step === 0 || i === values.length - 1); };

  class Picture {
    constructor(host, room) {
      const { asked, answer: { tokens: { texts, special }, model } } = room;
      Object.assign(this, { room, asked, model, turn: 0, times: [] });
      this.kept = room.cacheKept ||= { layer: 0, head: 0 };
      const { layer, head } = this.kept, fits = layer < model.layers && head < model.key_heads;
      this.view = { texts, special, at: texts.length, layer: fits ? layer : 0, head: fits ? head : 0, data: null };
      this.build(host);
      this.load();
    }

    build(host) {
      const { texts, special } = this.view;
      this.panel = PG.panel({ title: '', read: W.read, source: {
        en: `past_key_values of one forward pass, float32: 4 bytes a number · multiplications as plain attention makes them, hidden squares included · ${this.model.name}`,
        zh: `来自一次前向计算的 past_key_values，float32，每个数 4 字节 · 乘法按普通注意力计，含被遮住的方格 · ${this.model.name}`,
      }, tools: {
        PNG: () => PG.pngFile('cache.png', this.body),
        NPZ: () => PG.save('cache.npz', PG.npz(Object.fromEntries(Object.entries(this.view.data.arrays).map(([name, data]) => [name, { data, shape: data.shape }])))),
      } });
      this.panel.root.classList.add('cache-panel');
      this.status = el('div');
      this.button = el('button', { class: 'btn cache-play', type: 'button', onclick: () => this.toggle() });
      this.row = PG.tokenRow({ texts, special, picked: this.view.at - 1, label: W.newest, onPick: (at) => { this.pause(); this.go(at + 1); } });
      this.map = PG.cacheMap(this.view, (layer, head) => this.open(layer, head));
      this.strips = PG.cacheStrips(this.view);
      this.squares = [true, false].map((anew) => PG.cacheSquare(this.view, anew));
      this.facts = el('dl', { class: 'cache-facts' });
      this.headTitle = el('h4', { class: 'sub-title' });
      this.body = el('div', { class: 'cache', hidden: true }, this.mapTitle(), this.map.root, this.headTitle, this.strips.root,
        el('div', { class: 'cache-now' }, this.facts, el('div', { class: 'cache-squares' }, this.squares.map(({ root }) => root))), this.charts());
      this.panel.body.append(el('div', { class: 'cache-bar' }, this.button, el('div', { class: 'field' }, el('span', { class: 'label' }, W.newest), this.row.root)),
        this.status, this.body);
      host.append(this.panel.root);
      this.pause();
      PG.watchWidth(this.panel.body, (width) => { this.width = width; this.draw(); });
      this.off = ['theme', 'lang'].map((name) => PG.on(name, () => this.draw()));
      this.off.push(PG.on('room', () => this.stop(false)));
    }

    mapTitle() {
      return el('h4', { class: 'sub-title' }, { en: 'The cache: the length of every key and value kept', zh: '缓存：所有保留的键和值的长度' });
    }

    charts() {
      const unit = (format) => ({ x: W.tokens, lines: LINES, height: 11, floor: 0, format });
      this.workChart = PG.chart({ ...unit((v) => v.toFixed(2)), y: W.work });
      this.timeChart = PG.chart({ ...unit((v) => v.toFixed(2)), y: W.time });
      this.timeChart.root.hidden = true;  // until there are times
      this.timed = el('p', { class: 'read' }, W.idle);
      this.measuring = el('button', { class: 'btn', type: 'button', onclick: () => (this.leaving ? this.leaving.abort() : this.measure()) }, W.measure);
      this.workSaid = el('p', { class: 'read' });
      const half = (title, ...kids) => el('div', {}, el('h4', { class: 'sub-title' }, title), kids);
      return el('div', { class: 'cache-charts' },
        half({ en: 'Work, counted', zh: '计算量（计数）' }, this.workSaid, this.workChart.root),
        half({ en: 'Time, measured', zh: '时间（实测）' }, this.timed, this.measuring, this.timeChart.root));
    }

    // ---- the numbers come
    async load() {
      const turn = ++this.turn, { layer, head } = this.view, busy = this.view.data ? null : PG.busy(this.status, W.loading);
      let got = null;
      const told = await PG.stream('gpt/cache', { ...this.asked, layer, head }, PG.frames((frame) => { got = frame; }));
      busy?.done();
      if (turn !== this.turn) return;
      if (told.wrong || !got) { this.status.replaceChildren(PG.notice('wrong', told.wrong || '')); return; }
      this.view.data = got;
      this.body.hidden = false;
      this.draw();
      performance.mark('cache-drawn');
    }

    open(layer, head) {
      Object.assign(this.view, { layer, head });
      Object.assign(this.kept, { layer, head });
      this.load();
    }

    // ---- token by token
    go(at) {
      this.view.at = Math.min(this.view.texts.length, Math.max(1, at));
      this.row.pick(this.view.at - 1);
      this.draw();
    }

    toggle() { if (this.playing) this.pause(); else this.play(); }

    play() {
      if (this.view.at >= this.view.texts.length) this.go(1);
      const step = () => {
        if (!this.button.isConnected || this.view.at >= this.view.texts.length) { this.pause(); return; }
        if (this.button.offsetParent) this.go(this.view.at + 1);
      };
      this.playing = setInterval(step, Math.max(60, Math.min(PACE, 20_000 / this.view.texts.length)));
      PG.fill(this.button, PG.icon('pause'), W.pause);
    }

    pause() {
      clearInterval(this.playing);
      this.playing = 0;
      PG.fill(this.button, PG.icon('play'), W.play);
    }

    // ---- what is shown
    draw() {
      if (!this.width || !this.view.data || this.body.hidden) return;
      this.say();
      this.map.draw(this.width);
      this.strips.draw(this.width);
      this.squares.forEach((square) => square.draw());
      const { cached, plain } = this.view.data.head, x = thin(cached.map((_, i) => i + 1));
      this.workChart.draw({ x, ys: { cached: x.map((t) => cached[t - 1] / 1e6), plain: x.map((t) => plain[t - 1] / 1e6) }, from: 1 });
    }

    say() {
      const { view: { at, texts, layer, head, data: { head: told } } } = this, { count, size } = PG.cacheWords;
      const { key_heads: keyHeads, layers, width, held, cached, plain } = told, added = 2 * layers * keyHeads * width, ratio = plain[at - 1] / cached[at - 1];
      this.panel.set([PG.b(texts[at - 1], 'c-query mono'), {
        en: ` adds ${count(added)} numbers; the cache now holds ${size(4 * held[at - 1])}`, zh: ` 添上 ${count(added)} 个数，缓存现有 ${size(4 * held[at - 1])}` }]);
      PG.fill(this.headTitle, { en: `Layer ${layer + 1}, key head ${head + 1}: its keys and values, number by number`,
        zh: `第 ${layer + 1} 层第 ${head + 1} 个键头：键和值的各个数` });
      PG.fill(this.facts, this.rows(told, at).map(([name, value, note]) => [el('dt', {}, name), el('dd', {}, el('b', { class: 'mono', text: value }), note ? [' ', note] : null)]));
      PG.fill(this.workSaid, ratio < 1.05 ? { en: 'For the first token there is nothing to save yet.', zh: '第一个词元还没有什么可省的。' } : {
        en: `For token ${at} the cache saves ${PG.pct(1 - 1 / ratio)} of the multiplications: ${ratio.toFixed(1)} times less work.`,
        zh: `到第 ${at} 个词元，缓存省去 ${PG.pct(1 - 1 / ratio)} 的乘法：工作量只有 1/${ratio.toFixed(1)}。` });
    }

    rows({ layers, heads, key_heads: keyHeads, width, held, full, positions, bounds }, at) {
      const { count, size } = PG.cacheWords, added = 2 * layers * keyHeads * width, bound = Math.max(...bounds);
      return [
        [{ en: 'appended per token', zh: '每个词元添上' }, count(added), { en: `= 2 · ${layers} layers · ${keyHeads} key heads · ${width} numbers`,
          zh: `= 2 · ${layers} 层 · ${keyHeads} 个键头 · ${width} 个数` }],
        [{ en: 'held now', zh: '现有' }, count(held[at - 1]), { en: `numbers, ${size(4 * held[at - 1])}`, zh: `个数，${size(4 * held[at - 1])}` }],
        [{ en: `held at ${count(positions)} tokens`, zh: `${count(positions)} 个词元时` }, size(4 * full), null],
        keyHeads < heads ? [{ en: 'shared keys save', zh: '共用键值省去' }, PG.pct(1 - keyHeads / heads), {
          en: `${heads} heads read ${keyHeads} key heads (grouped-query attention); with one each it would be ${size(4 * held[at - 1] * heads / keyHeads)}`,
          zh: `${heads} 个头读 ${keyHeads} 个键头（分组查询注意力）；若每头一份，则需 ${size(4 * held[at - 1] * heads / keyHeads)}` }] : null,
        bound ? [{ en: 'sliding window', zh: '滑动窗口' }, count(bound), { en: 'tokens are kept in such layers; older ones are dropped, struck out above',
          zh: '个词元保留在这样的层里；更早的丢弃，上图中划掉' }] : null,
      ].filter(Boolean);
    }

    // ---- measured
    async measure() {
      this.times = [];
      this.leaving = new AbortController();
      PG.fill(this.measuring, W.stop);
      const take = PG.frames(({ head }) => { this.times.push(head); this.drawTimes(); });
      const told = await PG.stream('gpt/cache_times', this.asked, take, this.leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
        return {};
      });
      this.leaving = null;
      PG.fill(this.measuring, W.measure);
      if (told.wrong) PG.fill(this.timed, PG.notice('wrong', told.wrong));
    }

    drawTimes() {
      const { times } = this, x = times.map(({ tokens }) => tokens), ms = (name) => times.map((one) => 1000 * one[name]), last = times.at(-1);
      this.timeChart.root.hidden = false;
      this.timeChart.draw({ x, ys: { cached: ms('cached'), plain: ms('plain') }, from: 1, to: this.view.texts.length });
      const off = Math.max(...times.map(({ difference }) => difference)), f = (s) => `${(1000 * s).toFixed(s < .01 ? 2 : 1)} ms`;
      PG.fill(this.timed, {
        en: `At ${last.tokens} tokens: ${f(last.cached)} with the cache, ${f(last.plain)} without. The scores of what comes next are the same up to ${off.toExponential(1)}.`,
        zh: `${last.tokens} 个词元时：有缓存 ${f(last.cached)}，无缓存 ${f(last.plain)}。两种算法给出的得分相差不超过 ${off.toExponential(1)}。` });
    }

    stop(all = true) {
      this.pause();
      this.leaving?.abort();
      if (!all) return;
      this.turn += 1;
      this.off.forEach((off) => off());
    }
  }

  PG.gptTab({
    key: 'cache',
    label: { en: 'KV cache', zh: '键值缓存' },
    draw(host, room) {
      room.cachePicture?.stop();
      room.cachePicture = new Picture(host, room);
    },
  });
})();
