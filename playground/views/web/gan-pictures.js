// GAN with pictures: a model, a seed and a truncation on the left; on the right its samples, and what is inside.
(() => {
  const { el, fill, icon, t } = PG;
  const W = {
    model: { en: 'Generator and discriminator', zh: '生成器与判别器' },
    seed: { en: 'Seed', zh: '种子' },
    count: { en: 'Samples', zh: '样本数' },
    cut: { en: 'Truncation', zh: '截断' },
    cutHint: {
      en: 'Latent numbers stay below this many standard deviations: less variety. Under 1 the vectors are much shorter than those of the training, and the pictures fade.',
      zh: '潜在数值的绝对值不超过几个标准差：变化更少。小于 1 时，向量比训练时短得多，图片会变得模糊、空白。',
    },
    open: { en: 'off', zh: '关' },
    again: { en: 'New samples', zh: '换一批样本' },
    opening: { en: 'The generator is painting …', zh: '生成器正在作画…' },
    read: (m) => ({
      en: `Each picture is ${m.latent} random numbers sent once through the generator. Click one to look into it.`,
      zh: `每张图都由 ${m.latent} 个随机数经过一次生成器得到。点一张看它的内部。`,
    }),
    found: (n, real, things) => ({
      en: `${n} ${things.en} that never existed; the discriminator takes ${real === 0 ? 'none' : real} of them for real`,
      zh: `${n} ${things.zh}，全是凭空造的；判别器把其中 ${real} 张当成真的`,
    }),
    digits: { en: 'digits', zh: '个手写数字' },
    photos: { en: 'pictures', zh: '张小照片' },
    source: (m, d, f) => ({
      en: `${m.title}, ${PG.countText(m.steps)} iterations. Distance of 1,000 samples to the training pictures ${PG.four(d)}; real pictures get ${PG.four(f)}`,
      zh: `${m.title}，${PG.countText(m.steps)} 次迭代。1,000 个样本与训练图片的距离为 ${PG.four(d)}；真实图片为 ${PG.four(f)}`,
    }),
    about: (m, d, f) => ({
      en: `distance ${PG.four(d)}, real pictures ${PG.four(f)}; ${(m.parameters / 1e6).toFixed(1)} million weights`,
      zh: `距离 ${PG.four(d)}，真实图片 ${PG.four(f)}；${(m.parameters / 1e4).toFixed(0)} 万个权重`,
    }),
    says: (i, p) => ({ en: `Sample ${i + 1}: D says ${PG.pct(p)} real`, zh: `样本 ${i + 1}：判别器认为 ${PG.pct(p)} 是真的` }),
    inside: { en: 'Inside the game', zh: '博弈内部' },
    how: {
      en: 'The generator spreads a few random numbers over small maps and enlarges them step by step. It never sees a real picture: it only learns which change would have made the discriminator say “real”.',
      zh: '生成器把几个随机数铺成小图，再一步步放大。它从没见过真实图片，只知道怎样改动会让判别器更相信“这是真的”。',
    },
  };
  const TABS = {
    latent: { en: 'Latent', zh: '潜在向量' },
    between: { en: 'Between two', zh: '两者之间' },
    sum: { en: 'Arithmetic', zh: '加减' },
    critic: { en: 'Discriminator', zh: '判别器' },
    layers: { en: 'Layers', zh: '各层' },
    looks: { en: 'Training', zh: '训练过程' },
    judge: { en: 'Judge', zh: '评判' },
    live: { en: 'Train live', zh: '现场训练' },
  };
  const OPEN = 4;
  const key = (name) => `Frechet distance of 1,000 ${name}`;
  const figures = ({ results }) => [results[key('samples')], results[key('held-out real pictures')]];
  const randomSeed = () => Math.floor(Math.random() * 10000);

  // ---- pictures of a payload {shape, data}: one after another, grey as ink on paper, colours as they are
  PG.ganSheet = ({ shape, data }) => {
    const all = typeof data === 'string' ? PG.bytes(data) : data, [n, rows, columns, colours = 1] = shape, size = rows * columns * colours;
    const colour = (i) => {
      const one = all.subarray(i * size, (i + 1) * size);
      if (colours === 3) return (at) => one.subarray(at * 3, at * 3 + 3);
      const ramp = PG.ramp('--amount');
      return (at) => ramp(one[at] / 255);
    };
    return { n, rows, columns, paint: (canvas, i, w) => PG.paint(canvas, w, Math.round((w * rows) / columns), rows, columns, colour(i)), all, shape };
  };
  // A canvas that repaints itself with the theme.
  PG.ganPictureOf = (sheet, i, w) => {
    const canvas = el('canvas', { class: 'gan-shot' });
    sheet.paint(canvas, i, w);
    PG.themed(canvas, () => sheet.paint(canvas, i, w));
    return canvas;
  };
  const themed = new Set();
  PG.themed = (node, draw) => themed.add([new WeakRef(node), draw]);
  PG.on('theme', () => requestAnimationFrame(() => {
    for (const one of themed) {
      if (one[0].deref()?.isConnected) one[1]();
      else themed.delete(one);
    }
  }));

  // Asks again and again while a slider moves, one question at a time, the last one wins.
  PG.ganLatest = (ask, take) => {
    let wanted = null, busy = false;
    const go = async () => {
      busy = true;
      while (wanted) {
        const [question] = [wanted];
        wanted = null;
        const answer = await ask(question);
        if (!wanted) take(answer);
      }
      busy = false;
    };
    return (question) => {
      wanted = question;
      if (!busy) go();
    };
  };

  class Pictures {
    constructor(host, value) {
      const wish = this.wish();
      Object.assign(this, { host, value, seed: wish.seed ?? 0, cut: wish.cut ?? OPEN, count: wish.count ?? 36, picked: wish.picked ?? 0, said: null });
      this.model = (value.models.find((one) => one.key === wish.model) || value.models[0])?.key;
      this.views = {
        latent: PG.ganPicturesLatent(this), between: PG.ganPicturesBetween(this), sum: PG.ganPicturesSum(this), critic: PG.ganPicturesCritic(this),
        layers: PG.ganPicturesLayers(this), looks: PG.ganPicturesLooks(this), judge: PG.ganPicturesJudge(this), live: PG.ganPicturesLive(this),
      };
      this.build();
      this.ask();
    }
    wish() {
      try { return JSON.parse(PG.query.get('samples')) || {}; } catch { return {}; }
    }
    about() { return this.value.models.find((one) => one.key === this.model); }
    point(index = this.picked) { return { seed: this.seed, index, ...(this.cut < OPEN ? { cut: this.cut } : {}) }; }
    question(more) { return { model: this.model, ...more }; }
    things() { return this.about().channels === 1 ? W.digits : W.photos; }
    rest() { this.views.live.rest?.(); this.views.judge.rest?.(); this.views.looks.rest?.(); }

    // ---- furniture
    build() {
      this.panel = PG.panel({
        title: W.opening,
        tools: { PNG: () => PG.pngFile('samples.png', this.grid), NPZ: () => this.saveSamples(), JSON: () => this.saveJson() },
      });
      this.grid = el('div', { class: 'gan-grid', role: 'group', 'aria-label': W.count });
      this.panel.body.append(this.grid);
      this.card = PG.card(this.panel.root);
      this.tabs = PG.tabs(
        Object.entries(TABS).map(([name, label]) => ({ key: name, label, draw: (host) => this.views[name].draw(host) })),
        { label: W.inside, onShow: (name) => { if (this.shown !== name) this.views[this.shown]?.rest?.(); this.shown = name; }, pick: this.wish().tab in TABS ? this.wish().tab : 'latent' },
      );
      this.foot = PG.foot({ how: W.how, code: () => this.said?.code || '', files: this.files(), lesson: 'gan' });
      PG.room(this.host, { input: this.input(), output: [this.card, PG.inside(this.tabs.root)], foot: this.foot });
      PG.watchWidth(this.grid, () => this.drawGrid());
      PG.on('lang', () => this.tell());
    }
    input() {
      const models = this.value.models.map((one) => el('button', {
        class: 'example', type: 'button', 'data-model': one.key, onclick: () => this.change({ model: one.key, picked: 0 }),
      }, el('span', { class: 'example-name' }, one.title), el('span', { class: 'example-text' }, W.about(one, ...figures(one)))));
      this.pressModel = () => models.forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.model === this.model)));
      this.pressModel();
      this.seedInput = el('input', {
        class: 'cell', type: 'number', min: 0, max: 2 ** 31, step: 1, 'aria-label': W.seed,
        onchange: () => this.change({ seed: Math.max(0, Math.floor(Number(this.seedInput.value) || 0)) }),
      });
      this.seedInput.value = this.seed;
      const cut = PG.slider({
        label: W.cut, hint: W.cutHint, min: 0.2, max: OPEN, step: 0.1, value: this.cut,
        format: (v) => (v >= OPEN ? t(W.open) : v.toFixed(1)), oninput: (v) => this.change({ cut: v }),
      });
      const count = PG.choice({
        label: W.count, value: String(this.count), options: ['16', '36', '64', '100'].map((n) => ({ key: n, label: n })),
        onchange: (n) => this.change({ count: Number(n), picked: Math.min(this.picked, Number(n) - 1) }),
      });
      return [
        PG.field(W.model, null, el('div', { class: 'examples gan-models' }, models)),
        PG.field(W.seed, null, this.seedInput),
        cut.root, count.root,
        PG.go(W.again, () => { this.seedInput.value = randomSeed(); this.change({ seed: Number(this.seedInput.value), picked: 0 }); }),
        el('p', { class: 'hint gan-hub' }, this.value.hub),
      ];
    }
    change(what) {
      Object.assign(this, what);
      this.pressModel();
      this.ask();
    }

    // ---- the answer
    ask() {
      this.latest ||= PG.ganLatest((question) => PG.ask('gan/pictures_grid', question), (said) => this.take(said));
      if (this.said) this.card.classList.add('asking');
      this.latest(this.question({ seed: this.seed, count: this.count, cut: this.cut }));
      this.link();
    }
    take(said) {
      this.card.classList.remove('asking');
      if (said.wrong) return fill(this.grid, PG.notice('wrong', said.wrong, { label: { en: 'Try again', zh: '重试' }, onclick: () => this.ask() }));
      this.said = said;
      this.sheet = PG.ganSheet(said);
      this.drawGrid();
      this.tell();
      this.foot.refresh();
      this.tabs.redraw();
    }
    tell() {
      if (!this.said) return;
      const about = this.about();
      this.panel.set(W.found(this.said.scores.length, this.said.scores.filter((p) => p > 0.5).length, this.things()));
      this.panel.setRead(() => [t(W.read(about)), t(about.frank)].filter(Boolean).join(' '));
      this.panel.setSource(W.source(about, ...figures(about)));
    }
    drawGrid() {
      const width = this.grid.clientWidth;
      if (!this.said || !width) return;
      const across = Math.max(4, Math.min(Math.ceil(Math.sqrt(this.sheet.n) * 1.5), Math.floor(width / (3.4 * PG.rem())))), w = Math.floor((width + 4) / across) - 10;
      this.grid.style.setProperty('--across', across);
      fill(this.grid, this.said.scores.map((p, i) => el('button', {
        class: 'thumb', type: 'button', 'aria-label': () => t(W.says(i, p)), title: () => t(W.says(i, p)), 'data-score': p, onclick: () => this.pick(i),
      }, PG.ganPictureOf(this.sheet, i, Math.min(w, 88)))));
      this.press();
      PG.roving(this.grid);
    }
    press() { [...this.grid.children].forEach((b, i) => b.setAttribute('aria-pressed', String(i === this.picked))); }
    pick(i) {
      this.picked = i;
      this.press();
      this.link();
      this.tabs.redraw();
    }
    link() {
      const said = JSON.stringify({ model: this.model, seed: this.seed, picked: this.picked, ...(this.cut < OPEN ? { cut: this.cut } : {}), ...(this.count !== 36 ? { count: this.count } : {}) });
      this.plain ||= said;
      if (said !== this.plain) PG.inAddress('samples', said, true);
    }

    // Small pictures to choose from: PG.roving buttons, `on(i)` when one is clicked.
    strip(pressed, on, most = 24) {
      const n = Math.min(most, this.sheet.n);
      return PG.roving(el('div', { class: 'gan-strip', role: 'group' }, Array.from({ length: n }, (_, i) => el('button', {
        class: 'thumb', type: 'button', 'aria-label': () => t(W.says(i, this.said.scores[i])), 'aria-pressed': String(pressed(i)), onclick: () => on(i),
      }, PG.ganPictureOf(this.sheet, i, 34)))));
    }

    // ---- downloads
    files() {
      return [
        { name: 'samples.npz', make: () => this.saveSamples() },
        { name: 'scores.csv', make: () => PG.save('scores.csv', PG.csv([['sample', 'score', 'latent length'], ...this.said.scores.map((p, i) => [i, p, this.said.lengths[i]])]), 'text/csv') },
        { name: 'samples.json', make: () => this.saveJson() },
      ];
    }
    saveSamples() {
      PG.save('samples.npz', PG.npz({ pictures: { data: this.sheet.all, shape: this.sheet.shape }, scores: { data: Float32Array.from(this.said.scores), shape: [this.said.scores.length] } }));
    }
    saveJson() {
      const { scores, lengths } = this.said;
      PG.save('samples.json', PG.json({ model: this.model, seed: this.seed, truncation: this.cut, scores, lengths, card: this.about() }), 'application/json');
    }
  }

  PG.ganPictures = (host, value) => new Pictures(host, value);
})();
