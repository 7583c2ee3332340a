// The view "Next token" of the GPT room: from logits to one drawn token as one moving picture, with every rule in reach.
(() => {
  const { el, icon, fill, t } = PG;
  const MOST_SEED = 2 ** 32 - 1;
  const SOON = 60;  // ms after the last move of a slider
  const PACE = 1800;  // ms that a stage is shown while playing
  const W = {
    label: { en: 'Next token', zh: '下一个词元' },
    working: { en: 'Working out the probabilities', zh: '正在计算概率' },
    read: {
      en: 'Each row is a token with its place. Click one to write it; point at one for its arithmetic. Arrow keys move through the stages.',
      zh: '每行是一个词元和它的名次。点击即写入；指向它可看算式。方向键切换阶段。',
    },
    stages: { en: 'Stages', zh: '阶段' },
    play: { en: 'Play the stages', zh: '播放各阶段' },
    pause: { en: 'Pause', zh: '暂停' },
    seed: { en: 'Seed', zh: '种子' },
    draw: { en: 'Draw', zh: '抽取' },
    again: { en: 'Draw with the next seed', zh: '换下一个种子再抽' },
    badSeed: { en: 'The seed is a whole number from 0 to 4,294,967,295.', zh: '随机种子是 0 到 4,294,967,295 之间的整数。' },
    hundred: { en: 'Draw 100', zh: '抽 100 次' },
    whole: { en: 'Whole vocabulary', zh: '整个词表' },
    chance: { en: 'Probability', zh: '概率' },
    sum: { en: 'Added up', zh: '累加' },
    code: { en: 'The same choice in transformers', zh: '用 transformers 做同样的选择' },
  };
  const words = () => PG.gptNextWords;

  class Next {
    constructor(host, room) {
      this.room = room;
      room.settings ??= { ...words().OFF };
      this.own = room.next ??= { stage: 'soft', mode: 'chance', find: '' };
      this.answer = room.answer;
      this.hundred = this.said = null;
      room.nextView?.leave();
      room.nextView = this;
      this.build(host);
      this.ask();
    }
    // Shown again with the same answer, perhaps with other settings: the rows move to where they belong now.
    resume(host) {
      host.append(this.panel.root);
      this.sliders.show();
      this.hundred = null;
      this.ask();
    }

    // ---- furniture
    build(host) {
      this.rows = PG.gptNextRows({ onTake: (id, event) => this.take(id, event), onLook: (row) => this.look(row) });
      this.curve = PG.gptNextCurve();
      this.find = PG.gptNextFind({
        ask: (text) => this.fetch('gpt/next_find', { find: text }), onTake: (id, event) => this.take(id, event), onLook: (row) => this.look(row),
        text: this.own.find, keep: (text) => { this.own.find = text; },
      });
      this.sliders = PG.gptNextSettings({ settings: () => this.settings, onSet: (part) => this.set(part) });
      this.figures = el('ul', { class: 'next-figures' });
      this.saying = el('p', { class: 'next-say', 'aria-live': 'polite' });
      this.arithmetic = el('div', { class: 'spell mono next-chain' });
      this.code = el('code');
      this.panel = PG.panel({ title: W.working, read: W.read, tools: this.tools() });
      this.wrong = el('div');
      const main = el('div', { class: 'next-main' }, el('div', { class: 'next-left' }, this.rows.root, this.arithmetic, this.drawing()), this.side());
      this.panel.body.append(this.sliders.root, this.wrong, this.stageBar(), this.saying, main, PG.more(W.code, el('pre', { tabindex: '0' }, this.code)));
      host.append(this.panel.root);
      this.undo = [PG.on('lang', () => this.retell()), PG.on('room', () => this.stop())];
    }
    stageBar() {
      const { STAGES, STAGE } = words();
      this.buttons = Object.fromEntries(STAGES.map((key, i) => [key, el('button', {
        class: 'next-stage', type: 'button', onclick: () => { this.stop(); this.show(key); }, onkeydown: (event) => this.arrow(event),
      }, el('span', { class: 'next-number', text: i + 1 }), el('span', {}, STAGE[key]))]));
      this.player = el('button', { class: 'btn icon', type: 'button', onclick: () => (this.playing ? this.stop() : this.play()) });
      return el('div', { class: 'next-stages', role: 'group', 'aria-label': W.stages }, this.player, Object.values(this.buttons));
    }
    side() {
      const mode = PG.choice({
        label: W.whole, options: [{ key: 'chance', label: W.chance }, { key: 'sum', label: W.sum }], value: this.own.mode,
        onchange: (key) => { this.own.mode = key; this.curve.draw(this.said, key); },
      });
      return el('div', { class: 'next-side' }, this.figures, mode.root, this.curve.root, this.find.root);
    }
    drawing() {
      const sow = () => this.sow(Number(this.seed.value || NaN));
      this.seed = el('input', { class: 'cell mono seed', type: 'number', min: 0, max: MOST_SEED, step: 1, onchange: sow });
      const button = (name, label, onclick) => el('button', { class: 'btn', type: 'button', onclick }, icon(name), label);
      this.taker = el('button', { class: 'btn', type: 'button', onclick: () => this.take(this.said.winner) });
      const seed = el('label', { class: 'seed-field' }, el('span', { class: 'label' }, W.seed), this.seed);
      return el('div', { class: 'next-drawing' }, seed,
        this.drawer = el('button', { class: 'btn', type: 'button', onclick: () => this.drawOne() }),
        button('shuffle', W.hundred, () => this.drawMany()), this.taker);
    }
    tools() {
      const save = (f) => () => this.said && f();
      return {
        CSV: save(() => this.table()), JSON: save(() => PG.save('next-token.json', PG.json({ ...this.said, asked: this.room.asked }), 'application/json')),
        SVG: save(() => PG.svgFile('next-token.svg', this.rows.root)), PNG: save(() => PG.pngFile('next-token.png', this.rows.root)),
      };
    }
    async table() {
      const parts = [], said = await PG.stream('gpt/next_table', this.question(), (bytes) => parts.push(bytes));
      if (said.wrong) this.complain(said.wrong); else PG.save('next-token.csv', new Blob(parts, { type: 'text/csv;charset=utf-8' }));
    }

    // ---- settings, and what the server says of them
    get settings() { return this.room.settings; }
    set(part) {
      Object.assign(this.settings, part);
      this.hundred = null;
      this.room.settle?.(this.settings);
      clearTimeout(this.later);
      this.later = setTimeout(() => this.ask(), SOON);
      this.sliders.show();
    }
    question(more = {}) { return { ...this.room.asked, settings: this.rules(), ...more }; }
    rules() { return Object.fromEntries(Object.keys(words().OFF).map((key) => [key, this.settings[key] ?? words().OFF[key]])); }
    async fetch(path, more, signal) {
      try { return await PG.ask(path, this.question(more), signal); } catch { return null; }  // a newer question took its place
    }
    async ask() {
      this.asking?.abort();
      this.asking = new AbortController();
      const said = await this.fetch('gpt/next', {}, this.asking.signal);
      if (!said) return;
      if (said.wrong) { this.complain(said.wrong); return; }
      this.wrong.replaceChildren();
      this.said = said;
      this.looked = said.rows.find(({ id }) => id === this.looked?.id);
      this.draw();
      this.find.again();
    }
    sow(seed) {
      if (!Number.isInteger(seed) || seed < 0 || seed > MOST_SEED) this.complain(W.badSeed); else this.set({ seed });
    }
    complain(text) { fill(this.wrong, PG.notice('wrong', text)); }
    drawn() { return this.own.stage === 'draw' && !this.hundred; }
    drawOne() {
      this.stop();
      if (this.drawn()) this.sow((this.settings.seed + 1) % (MOST_SEED + 1)); else this.show('draw');
    }
    async drawMany() {
      const settings = JSON.stringify(this.settings), said = await this.fetch('gpt/next_draws');
      if (!said || settings !== JSON.stringify(this.settings)) return;
      if (said.wrong) { this.complain(said.wrong); return; }
      this.stop();
      this.show('draw', said);
    }
    take(id, event) {
      this.stop();
      this.own.keys = event?.detail === 0;  // by the keyboard: it goes on from the first row of the next answer
      this.room.take(id);
    }

    // ---- stages
    show(stage, hundred = null) {
      Object.assign(this.own, { stage });
      this.hundred = hundred;
      this.draw();
    }
    live() { return words().STAGES.filter((stage) => !words().idle(stage, this.settings)); }
    arrow(event) {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], { STAGES } = words();
      if (!by) return;
      event.preventDefault();
      this.stop();
      const to = STAGES[Math.min(STAGES.length - 1, Math.max(0, STAGES.indexOf(this.own.stage) + by))];
      this.show(to);
      this.buttons[to].focus();
    }
    play() {
      const live = this.live();
      let at = -1;
      const on = () => {
        if (!this.panel.root.isConnected || ++at >= live.length) { this.stop(); return; }
        this.show(live[at]);
      };
      this.playing = setInterval(on, PACE);
      on();
    }
    stop() { clearInterval(this.playing); this.playing = null; if (this.said) this.drawStages(); }

    // ---- drawing
    draw() {
      const { said, hundred } = this, { stage } = this.own;
      if (!said) return;
      this.panel.set(words().finding(said, stage, hundred));
      this.panel.setSource(this.source());
      this.drawStages();
      fill(this.saying, words().SAY[stage](said, hundred));
      this.rows.draw(said, stage, hundred);
      this.curve.draw(said, this.own.mode);
      this.drawFigures();
      this.look(this.looked || words().winner(said), true);
      this.seed.value = this.settings.seed;
      const { label } = words().winner(said);
      fill(this.drawer, icon('dice'), this.drawn() && !this.settings.greedy ? W.again : W.draw);
      fill(this.taker, icon('check'), { en: 'Write ', zh: '写入 ' }, el('span', { class: 'mono', text: label }));
      this.code.textContent = said.code;
      if (this.own.keys) this.rows.root.querySelector('button')?.focus({ preventScroll: true });
      this.own.keys = false;
    }
    drawStages() {
      for (const [key, button] of Object.entries(this.buttons)) {
        button.setAttribute('aria-pressed', String(key === this.own.stage));
        button.tabIndex = key === this.own.stage ? 0 : -1;
        button.classList.toggle('idle', words().idle(key, this.settings));
      }
      fill(this.player, icon(this.playing ? 'pause' : 'play'));
      const label = t(this.playing ? W.pause : W.play);
      this.player.setAttribute('aria-label', label);
      this.player.title = label;
    }
    drawFigures() {
      const { kept, vocabulary, mass, entropy: [raw, , last] } = this.said, { alike, count } = words(), bits = (v) => v.toFixed(2);
      const figure = (value, label) => el('li', {}, el('b', {}, value), el('span', {}, label));
      const apart = Math.abs(raw - last) > .005;
      fill(this.figures,
        figure(count(kept), { en: `of ${count(vocabulary)} tokens stay`, zh: `个词元保留（共 ${count(vocabulary)} 个）` }),
        figure(PG.chance(mass), { en: 'of the probability', zh: '的概率在其中' }),
        figure(apart ? `${bits(raw)} → ${bits(last)}` : bits(last), { en: 'bits of entropy', zh: '比特的熵' }),
        figure(apart ? `${alike(raw)} → ${alike(last)}` : alike(last), { en: 'equal choices', zh: '个等可能的选择' }));
    }
    look(row, quiet) {
      if (!row) return;
      if (!quiet) this.looked = row;
      fill(this.arithmetic, PG.gptNextSum(this.said, row));
    }
    source() {
      const { name } = this.room.answer.model;
      const all = words().count(this.said.vocabulary);
      return {
        en: `softmax over all ${all} tokens, float32 · ${name} · the rules of transformers, in the order of generate`,
        zh: `对全部 ${all} 个词元做 softmax，float32 · ${name} · 规则与 transformers 的 generate 相同，顺序一致`,
      };
    }
    leave() {
      this.stop();
      clearTimeout(this.later);
      this.asking?.abort();
      this.undo.forEach((f) => f());
    }
    retell() {
      this.sliders.show();
      this.draw();
    }
  }
  PG.gptTab({
    key: 'next',
    label: W.label,
    draw(host, room) {
      if (room.nextView?.answer === room.answer) room.nextView.resume(host); else new Next(host, room);
    },
  });
})();
