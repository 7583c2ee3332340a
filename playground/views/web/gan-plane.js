// A GAN in the plane: settings on the left; on the right the living picture, its flow, its time line, its curves.
(() => {
  const { el, fill, icon, t } = PG;
  const count = (n) => Math.round(n).toLocaleString('en-US');
  const W = {
    unit: { en: 'iterations', zh: '次迭代' },
    how: {
      en: 'In each iteration D learns from a batch of real points and a batch of fakes; then G moves its points to where D scores higher. Neither ever sees a rule for what is real.',
      zh: '每次迭代中，D 先用一批真实点和一批生成点学习；然后 G 把自己的点移向 D 评分更高的地方。谁也没有见过“什么是真实”的规则。',
    },
    read: {
      en: 'The background is the discriminator’s opinion: teal looks real to it, crimson looks fake, paper is undecided. Point anywhere to read its score.',
      zh: '背景是判别器的看法：青色处它觉得真，红色处它觉得假，底色处拿不准。指向任意位置可读出评分。',
    },
    source: (head) => ({
      en: `${head.shown.real} real points and ${head.shown.fake} fakes from fixed noise, so each diamond keeps its identity; training draws new points at every step`,
      zh: `${head.shown.real} 个真实点；${head.shown.fake} 个生成点来自固定的噪声，所以每个菱形始终是同一个；训练时每步都重新取点`,
    }),
    start: { en: 'Before the first iteration the fakes lie wherever chance put them', zh: '第一次迭代之前，生成点落在哪里全凭运气' },
    covers: (at, n, all, good) => ({
      en: `After ${count(at)} ${at === 1 ? 'iteration' : 'iterations'} the generator covers ${n} of ${all} modes; ${PG.ganShare(good)} of its points lie on the data`,
      zh: `${count(at)} 次迭代后，生成器覆盖了 ${all} 个峰中的 ${n} 个；它的点有 ${PG.ganShare(good)} 落在数据上`,
    }),
    apart: (at, x, floor) => (x <= floor
      ? { en: `After ${count(at)} iterations the fakes are as close to the data as real points are`, zh: `${count(at)} 次迭代后，生成点与数据的差距已和真实点之间一样小` }
      : { en: `After ${count(at)} iterations the fakes are ${PG.ganNumber(x)} bits away from the data; real points reach ${PG.ganNumber(floor)}`, zh: `${count(at)} 次迭代后，生成点与数据相差 ${PG.ganNumber(x)} 比特；真实点之间为 ${PG.ganNumber(floor)}` }),
    onlyD: { en: 'One step of D', zh: '只走 D 一步' },
    onlyG: { en: 'One step of G', zh: '只走 G 一步' },
    both: { en: 'D and G', zh: 'D 和 G' },
    slow: { en: 'Slow motion', zh: '慢动作' },
    same: { en: 'This branch began with the same weights and the same noise.', zh: '这个分支从同样的权重和噪声开始。' },
    drawFirst: { en: 'Draw on the empty square: with your first stroke the game begins anew.', zh: '在空白方框里画：画下第一笔，博弈就重新开始。' },
    opening: { en: 'Setting up the game …', zh: '正在布置…' },
  };
  const randomSeed = () => Math.floor(Math.random() * 10000);
  const isTable = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);
  const fromAddress = () => {
    try {
      const wish = JSON.parse(PG.query.get('plane'));
      return isTable(wish) ? wish : {};
    } catch {
      return {};
    }
  };
  // `base` with what `more` says of it, of the same kind; whether it can be trained, the server decides.
  const chosen = (v, wish) => {
    if (isTable(v)) return isTable(wish) ? merge(v, wish) : v;
    return typeof wish === typeof v && Array.isArray(wish) === Array.isArray(v) ? wish : v;
  };
  const merge = (base, more) => Object.fromEntries(Object.entries(base).map(([key, v]) => [key, chosen(v, more[key])]));
  const differing = (config, base) =>
    Object.fromEntries(
      Object.entries(config)
        .filter(([key, v]) => JSON.stringify(v) !== JSON.stringify(base[key]))
        .map(([key, v]) => [key, isTable(v) ? differing(v, base[key]) : v]),
    );

  class Plane {
    constructor(host, value) {
      const wish = fromAddress();
      Object.assign(this, { host, value, preset: value.presets.find(({ key }) => key === wish.preset) || null });
      this.config = merge(this.preset?.config || value.defaults, wish);
      this.on = { surface: true, real: true, fake: true, arrows: true, manifold: false };
      this.live = PG.live({
        verb: 'gan/plane_', unit: W.unit, draw: (frame) => this.draw(frame), view: () => this.tabs?.view() || { curve: 'losses' },
        question: (newSeed) => this.question(newSeed),
      });
      this.input = PG.ganInput({
        value, config: () => this.config, ink: typeof wish.ink === 'string' ? wish.ink : '',
        onChange: (...all) => this.changed(...all), onPreset: (preset) => this.choose(preset), onFile: (file) => this.reopen(file),
      });
      if (this.config.data === 'drawn') this.config.drawn = this.input.pad.strokes();
      this.build(host);
      this.tellCure();
      this.wear();
      PG.on('theme', () => this.wear());
      PG.on('lang', () => this.frame && this.draw(this.frame));
      this.whenSeen(() => this.open());
    }

    wear() {
      const { real, fake } = PG.ganInk();
      this.host.style.setProperty('--gan-real', real);
      this.host.style.setProperty('--gan-fake', fake);
    }

    whenSeen(act) {
      this.watch = new IntersectionObserver((all) => {
        if (!all.some((seen) => seen.isIntersecting)) return;
        this.watch.disconnect();
        act();
      });
      this.watch.observe(this.host);
    }

    open() {
      this.code();
      this.begin();
    }

    rest() {
      if (this.live.playing) this.live.pause();
    }

    // ---- furniture
    build(host) {
      const button = (label, onclick, data) => el('button', { class: 'btn', type: 'button', onclick, 'data-single': data }, label);
      this.picture = PG.ganPicture({ layers: () => this.on, tell: (v, head) => this.tellScore(v, head) });
      this.flow = PG.ganFlow();
      this.slow = PG.ganSlow(this);
      this.panel = PG.panel({
        title: W.opening, read: W.read,
        tools: { SVG: () => PG.svgFile('gan-plane.svg', this.board), PNG: () => PG.pngFile('gan-plane.png', this.board), CSV: () => this.savePoints() },
      });
      this.say = PG.ganSay(this.panel);
      this.cure = el('div', { class: 'gan-cure', hidden: true });
      this.board = el('div', { class: 'gan-board' }, el('div', { class: 'gan-seen' }, PG.ganToggles(this.on, () => this.picture.repaint()), this.picture.root, PG.ganLegend()), this.flow.root, this.live.line);
      fill(this.panel.body, this.slow.root, this.cure, this.board);
      this.card = PG.card(
        this.live.root,
        el('div', { class: 'gan-steps', role: 'group' },
          button(W.onlyD, () => this.single('d'), 'd'), button(W.onlyG, () => this.single('g'), 'g'), button(W.both, () => this.single('both'), 'both'),
          el('button', { class: 'btn', type: 'button', 'data-single': 'slow', onclick: () => this.slow.open() }, icon('right'), W.slow)),
        this.panel.root);
      this.tabs = PG.ganInside(this);
      this.foot = PG.foot({ how: W.how, code: () => this.codeText || '', files: this.files(), lesson: 'gan' });
      PG.room(host, { input: this.input.nodes, output: [this.card, PG.inside(this.tabs.root)], foot: this.foot });
    }

    // ---- settings
    question(newSeed) {
      if (newSeed) this.config = { ...this.config, seed: randomSeed() };
      this.settle();
      return this.weights ? { ...this.config, weights: this.weights } : this.config;
    }

    // A saved game: its settings, and its nets to begin with until a setting is changed that needs other nets.
    async reopen(file) {
      const bytes = new Uint8Array(await file.arrayBuffer()), weights = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
      const said = await PG.ask('gan/plane_opened', { weights });
      if (said.wrong) return this.live.say(said.wrong, 'wrong');
      Object.assign(this, { weights, config: said.config, preset: null });
      this.tellCure();
      this.live.start();
    }

    changed(config, isLive, what) {
      this.config = config;
      if (!isLive) this.weights = null;
      this.settle();
      if (config.data === 'drawn' && !config.drawn.length) this.awaitStroke();
      else if (isLive) this.live.change(what);
      else this.begin();
    }

    async awaitStroke() {
      await this.live.pause();
      this.live.say(W.drawFirst);
    }

    // A new game, that plays.
    begin() {
      return this.live.start(false, true);
    }

    settle() {
      const key = this.preset && JSON.stringify({ ...this.preset.config, seed: 0 }) === JSON.stringify({ ...this.config, seed: 0 }) ? this.preset.key : this.isUsual() ? null : undefined;
      this.input.sync(key);
      this.link();
      this.code();
    }
    isUsual() {
      return JSON.stringify({ ...this.value.defaults, seed: 0 }) === JSON.stringify({ ...this.config, seed: 0 });
    }

    choose(preset) {
      Object.assign(this, { preset, cured: false, weights: null });
      this.config = preset ? preset.config : this.value.defaults;
      this.settle();
      this.tellCure();
      this.begin();
      PG.reveal(this.card);
    }

    // A failure says what to look for and offers its cure.
    tellCure() {
      const { preset } = this;
      this.cure.hidden = !preset;
      if (!preset) return;
      fill(this.cure, this.cured
        ? PG.notice('', () => [el('b', {}, preset.cure), t({ en: '. ', zh: '。' }), t(preset.cureSentence), ' ', t(W.same)])
        : PG.notice('', () => [el('b', {}, preset.title), t({ en: '. ', zh: '。' }), preset.sentence], { label: { en: `Cure: ${preset.cure.en}`, zh: `对策：${preset.cure.zh}` }, onclick: () => this.heal() }));
    }

    // A second game with the same first weights and the same noise, but with the cure; the failed one is kept beside it.
    heal() {
      const { preset, live } = this;
      this.cured = true;
      this.config = { ...preset.cured, seed: this.config.seed };
      this.settle();
      this.tellCure();
      return preset.live ? live.fork(preset.changes, 0, true) : live.start(false, true);
    }

    // The address holds the failure that is shown, and every setting that differs from where it, or the room, begins.
    link() {
      const failure = this.cured ? null : this.preset,
        { drawn, ...rest } = differing(this.config, failure?.config || this.value.defaults),
        ink = this.config.data === 'drawn' ? { ink: this.input.pad.text() } : {},
        said = JSON.stringify({ ...(failure ? { preset: failure.key } : {}), ...rest, ...ink });
      this.linked ||= said !== '{}';
      if (this.linked) PG.inAddress('plane', said, true);
    }

    // ---- what is drawn
    draw(frame, jump = false) {
      const { head } = (this.frame = frame);
      if (!this.slow.shown) {
        this.picture.show(frame, jump);
        this.flow.show(frame);
      }
      this.say({ title: this.finding(head), source: W.source(head) });
      this.tabs.take(frame);
    }
    finding({ at, shares, covered, measures, floor }) {
      if (!at) return W.start;
      if (shares.length > 1) return W.covers(at, covered, shares.length, measures.quality);
      return W.apart(at, measures.divergence, floor.divergence[1]);
    }
    tellScore(level, { scale: [low, middle, high], probability }) {
      const score = middle + ((level - 128) / 127) * ((high - low) / 2);
      if (probability) return { en: `D: ${PG.ganShare(score)} real`, zh: `D：${PG.ganShare(score)} 真` };
      return { en: `D’s score ${PG.ganNumber(score)}`, zh: `D 的评分 ${PG.ganNumber(score)}` };
    }

    single(which) {
      this.slow.close();
      return this.live.step({ single: which });
    }

    // ---- code and downloads
    async code() {
      const { code } = await PG.ask('gan/plane_code', { ...this.config });
      if (!code) return;
      this.codeText = code;
      this.foot.refresh();
    }
    files() {
      return [
        { name: 'weights.safetensors', make: () => this.save('weights') },
        { name: 'gan.py', make: () => this.save('torch') },
        { name: 'curves.json', make: () => this.saveCurves() },
        { name: 'points.csv', make: () => this.savePoints() },
        { name: 'game.json', make: () => PG.save('game.json', PG.json({ config: this.config, at: this.frame.head.at, losses: this.frame.head.losses, measures: this.frame.head.measures, floor: this.frame.head.floor }), 'application/json') },
      ];
    }
    async save(kind) {
      const said = await this.live.ask('export', {});
      if (said.wrong) return this.live.say(said.wrong, 'wrong');
      if (kind === 'torch') PG.save('gan.py', said.code, 'text/x-python');
      else PG.save('weights.safetensors', new Blob([PG.bytes(said.weights)]));
    }
    async saveCurves() {
      const said = await this.live.ask('curves');
      if (said.wrong) return this.live.say(said.wrong, 'wrong');
      PG.save('curves.json', PG.json(said), 'application/json');
    }
    savePoints() {
      const { arrays } = this.frame,
        rows = [['kind', 'number', 'x', 'y']];
      for (const kind of ['real', 'fake']) for (let i = 0; i < arrays[kind].length; i += 2) rows.push([kind, i / 2, arrays[kind][i], arrays[kind][i + 1]]);
      PG.save('points.csv', PG.csv(rows), 'text/csv');
    }
  }

  PG.ganPlane = (host, value) => new Plane(host, value);
})();
