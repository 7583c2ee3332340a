// The view "What mattered": one number of a model, several explanations, and how far they agree. Any model of texts may use it.
(() => {
  const { el, t } = PG;
  const W = {
    unit: { en: 'By', zh: '单位' },
    words: { en: 'words', zh: '词' },
    tokens: { en: 'pieces', zh: '词元' },
    steps: { en: 'Steps', zh: '步数' },
    stopped: { en: 'Stopped. What was computed is kept.', zh: '已停止，算好的部分会保留。' },
    on: { en: 'Go on', zh: '继续' },
  };

  class Mattered {
    constructor(room, kind) { Object.assign(this, { room, kind, unit: 'words', measure: 'spearman', steps: 32, open: false, ...kind.fresh }); }

    draw(host) {
      this.leaving?.abort();
      if (this.asked !== this.room.asked) Object.assign(this, { asked: this.room.asked, open: false, ...this.kind.forgotten });
      this.panel = PG.panel({ title: this.kind.label, read: this.kind.read, tools: this.tools() });
      this.controls = el('div', { class: 'attn-controls matter-controls' });
      this.status = el('div');
      this.rows = el('ol', { class: 'matter-rows' });
      this.below = el('div');
      this.body = PG.matterLight(el('div', { class: 'matter' }, this.rows, this.below));
      PG.fill(this.panel.body, this.controls, this.status, this.body, el('p', { class: 'matter-caveat' }, this.kind.caveat));
      host.append(this.panel.root);
      this.start();
    }

    tools() {
      return {
        SVG: () => PG.svgFile('which-words-mattered.svg', this.body),
        PNG: () => PG.pngFile('which-words-mattered.png', this.body),
        CSV: () => this.about && PG.save('which-words-mattered.csv', PG.csv(this.table()), 'text/csv;charset=utf-8'),
      };
    }

    async start() {
      const leaving = this.leaving = new AbortController(), { asked, kind } = this;
      Object.assign(this, { states: Object.fromEntries(kind.methods.map((method) => [method, {}])), accord: null, about: null });
      const bar = PG.busy(this.status, kind.working, () => this.stop(leaving));
      const take = (said) => { if (leaving === this.leaving && !leaving.signal.aborted) this.take(said); };
      const question = { ...asked, steps: this.steps, ...kind.question(this) };
      const said = await PG.lines(kind.verb, question, take, leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      if (leaving !== this.leaving || !said) return;
      bar.done();
      if (said.wrong) this.refuse(said.wrong);
    }

    refuse(wrong) {
      PG.fill(this.status, PG.notice(this.about ? 'wrong' : 'note', wrong));
      this.body.hidden = !this.about;
    }

    stop(leaving) {
      leaving.abort();
      this.kind.methods.forEach((method) => { this.states[method].stopped = true; });
      PG.fill(this.status, PG.notice('note', W.stopped, { label: W.on, onclick: () => this.start() }));
      this.redraw();
    }

    take(said) {
      if (said.about) { this.about = said.about; this.control(); }
      if (said.step) this.states[said.step.method] = { step: said.step };
      if (said.score) this.states[said.score.method] = { score: said.score };
      if (said.refused) this.states[said.refused.method] = { refused: said.refused.why };
      if (said.accord) this.accord = said.accord;
      this.redraw();
    }

    // ---- what can be chosen
    control() {
      const again = (part) => { Object.assign(this, part); this.start(); };
      const unit = PG.choice({
        label: W.unit, value: this.unit, onchange: (key) => { this.unit = key; this.redraw(); },
        options: ['words', 'tokens'].map((key) => ({ key, label: W[key] })),
      });
      const steps = PG.slider({ label: W.steps, min: 8, max: 256, step: 8, value: this.steps, onchange: (v) => again({ steps: v }) });
      const held = this.controls.querySelector('details')?.open, { first, more } = this.kind.control(this, again);
      const folded = PG.more(this.kind.settings, more, steps.root);
      folded.open = Boolean(held);
      PG.fill(this.controls, first, unit.root, folded);
    }

    // ---- drawing
    units() { return PG.matterUnits(this.about, this.unit); }

    redraw() {
      if (!this.about) return;
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.paint());
    }

    paint() {
      const units = this.units(), accord = this.accord?.[this.unit];
      const scores = this.kind.methods.map((method) => this.states[method].score).filter(Boolean);
      PG.fill(this.rows, this.kind.methods.map((method) => PG.matterRow(method, this.states[method], units, this.note(method))));
      PG.fill(this.below,
        scores.length ? PG.matterBars(units, scores, accord, this.open, () => { this.open = true; this.redraw(); }) : null,
        accord ? PG.matterAccord(accord, units, this.measure, (key) => { this.measure = key; this.redraw(); }) : null);
      this.panel.set(PG.matterFinding(t(this.kind.named(this.about)), units, accord, scores));
      this.panel.setSource(this.kind.source(this));
    }

    note(method) {
      const { score } = this.states[method];
      if (method !== 'integrated' || !score) return null;
      const { end, start, sum, error } = score, part = PG.pct(Math.abs(error) / Math.max(Math.abs(end - start), 1e-9));
      const blank = this.kind.blank(this), from = PG.minus(start), to = PG.minus(end), off = error.toFixed(3).replace('-', '\u2212');
      return {
        en: `From ${from} (${blank.en}) to ${to}: the words add up to ${PG.minus(sum)}; `
          + `completeness error ${off} (${part}) with ${this.about.steps} steps`,
        zh: `从 ${from}（${blank.zh}）到 ${to}：各词之和 ${PG.minus(sum)}；${this.about.steps} 步的完备性误差 ${off}（${part}）`,
      };
    }

    table() {
      const scores = this.kind.methods.map((method) => this.states[method].score).filter(Boolean);
      return [['position', this.unit === 'words' ? 'word' : 'piece', 'kind', ...scores.map(({ method }) => method)],
        ...this.units().map((one) => [one.at, one.text, one.kind, ...scores.map((score) => one.read(score))])];
    }
  }

  // The word that most methods rate strongest; a method in which several tie names each of them.
  PG.matterFinding = (about, units, accord, scores) => {
    const asked = { en: `Which words mattered for ${about}?`, zh: `哪些词对${about}起了作用？` };
    if (!accord) return asked;
    const times = new Map(), count = scores.length, text = (wanted) => units.find((one) => one.key === wanted)?.text;
    scores.flatMap((score) => PG.matterFirsts(units, score)).forEach((key) => times.set(key, (times.get(key) || 0) + 1));
    const [[key, most] = [], [other, next] = []] = [...times].sort((a, b) => b[1] - a[1]), word = text(key);
    if (!most) return asked;
    if (most === 1) return { en: `For ${about}, every method names another word first`, zh: `对${about}，每种方法首先指出的词都不同` };
    if (most === next) {
      return {
        en: `The methods are divided on ${about}: ${most} of ${count} say “${word}”, as many say “${text(other)}”`,
        zh: `对${about}，各方法意见不一：${count} 种中有 ${most} 种说是 “${word}”，同样多的说是 “${text(other)}”`,
      };
    }
    return {
      en: `“${word}” mattered most for ${about}, say ${most} of ${count} methods`,
      zh: `对${about}作用最大的是 “${word}”：${count} 种方法中有 ${most} 种这么说`,
    };
  };

  PG.on('theme', () => document.querySelectorAll('.matter').forEach((node) => node.dispatchEvent(new Event('repaint'))));

  // kind: {verb, methods, label, read, caveat, working, settings: texts; blank(view): what integrated gradients start from; fresh, forgotten: what is chosen at first and for each
  // new text; question(view), control(view, again) -> {first, more}, named(about), source(view)}. room.mattered keeps what was chosen.
  PG.mattered = (host, room, kind) => {
    room.mattered ||= new Mattered(room, kind);
    room.mattered.draw(host);
    room.mattered.body.addEventListener('repaint', () => room.mattered.redraw());
  };
})();
