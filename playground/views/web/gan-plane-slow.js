// Slow motion: the next iteration taken apart, a caption and a lit part of the picture for each of its steps.
(() => {
  const { el, fill, icon, t } = PG;
  const PACE = 2600; // ms a caption stays when they follow each other
  const W = {
    step: (i, all) => ({ en: `${i} of ${all}`, zh: `${i} / ${all}` }),
    d: { en: 'The discriminator learns', zh: '判别器学习' },
    g: { en: 'The generator learns', zh: '生成器学习' },
    turn: (turn, turns) => (turns > 1 ? { en: `, step ${turn} of ${turns}`, zh: `，第 ${turn} 步，共 ${turns} 步` } : { en: '', zh: '' }),
    back: { en: 'Back', zh: '上一步' },
    on: { en: 'Next', zh: '下一步' },
    next: { en: 'Next iteration', zh: '下一次迭代' },
    run: { en: 'Run by itself', zh: '自动播放' },
    rest: { en: 'Hold', zh: '停住' },
    close: { en: 'Leave slow motion', zh: '退出慢动作' },
    batch: { en: 'The picture shows this batch, drawn anew for this step.', zh: '图中是这一步新抽取的一批点。' },
  };
  // What each step is about: boxes and wires of the flow.
  const LIT = {
    noise: ['noise'],
    fakes: ['noise', 'noise-g', 'g', 'g-fake', 'fake'],
    reals: ['real'],
    'scores d': ['real', 'fake', 'real-d', 'fake-d', 'd', 'd-scores', 'scores'],
    'scores g': ['fake', 'fake-d', 'd', 'd-scores', 'scores'],
    'loss d': ['scores', 'scores-lossD', 'lossD'],
    'loss g': ['scores', 'scores-lossG', 'lossG'],
    'gradient d': ['lossD', 'lossD-d', 'd'],
    'gradient g': ['lossG', 'd', 'fake', 'lossG-g', 'g'],
    'update d': ['lossD-d', 'd'],
    'update g': ['lossG-g', 'g', 'fake'],
  };
  const NONE = new Float32Array(0);
  // How large each point is drawn: by its score, or by how hard the loss pulls at it.
  const sizes = ({ key, values }, [low, , high]) => {
    const size = { scores: (v) => (v - low) / (high - low), gradient: Math.abs }[key];
    if (!size) return null;
    return Object.fromEntries(Object.entries(values).map(([kind, all]) => [kind, PG.floats(all).map((v) => 0.3 + 1.2 * Math.min(1.2, Math.max(0, size(v))))]));
  };

  class Slow {
    constructor(plane) {
      this.plane = plane;
      this.root = el('div', { class: 'gan-slow', hidden: true, role: 'region', 'aria-label': { en: 'Slow motion', zh: '慢动作' } });
      PG.on('lang', () => this.shown && this.write());
    }
    get shown() {
      return !this.root.hidden;
    }

    async open() {
      if (this.plane.live.playing) await this.plane.live.pause();
      if (!this.plane.frame) return;
      this.base = this.plane.frame;
      const said = await this.plane.live.ask('slow');
      if (said.wrong) return this.plane.live.say(said.wrong, 'wrong');
      this.phases = said.phases;
      const first = !this.shown;
      this.root.hidden = false;
      this.go(0);
      if (first) this.root.scrollIntoView({ block: 'start' });
    }
    close() {
      if (!this.shown) return;
      this.hold();
      this.root.hidden = true;
      this.plane.flow.light();
      if (this.plane.frame) this.plane.draw(this.plane.frame, true);
    }
    hold() {
      clearTimeout(this.timer);
      this.timer = 0;
    }
    run() {
      this.hold();
      this.timer = setTimeout(async () => {
        await this.on();
        if (this.shown) this.run();
        this.write();
      }, PACE);
      this.write();
    }
    async on() {
      if (this.at + 1 < this.phases.length) return this.go(this.at + 1);
      const running = this.timer;
      await this.plane.live.step({}); // the same random numbers: exactly what was shown
      await new Promise((done) => { requestAnimationFrame(done); });
      this.timer = running;
      return this.open();
    }

    go(at) {
      this.at = at;
      const phase = this.phases[at];
      this.write();
      this.plane.flow.light(LIT[`${phase.key} ${phase.side}`] || LIT[phase.key]);
      const scene = this.scene(at), moves = phase.key === 'update';
      if (phase.points.before) this.plane.picture.show({ ...scene, arrays: { ...scene.arrays, fake: PG.floats(phase.points.before) } }, true);
      this.plane.picture.show(scene, !moves);
      this.plane.flow.show(scene);
    }

    // The picture as it stands after this step: what earlier steps of the iteration left, and this step's batch.
    scene(at) {
      const { head, arrays } = this.base, scene = { ...arrays, real: NONE, fake: NONE, arrows: NONE };
      let { scale, scores, losses } = head, weights = null;
      for (const [i, phase] of this.phases.slice(0, at + 1).entries()) {
        const begins = phase.key === 'noise';
        if (begins) Object.assign(scene, { real: NONE, fake: NONE });
        const { noise, fakes, reals, arrows } = phase.points;
        if (noise) scene.noise = PG.floats(noise);
        if (fakes) scene.fake = PG.floats(fakes);
        if (reals) scene.real = PG.floats(reals);
        scene.arrows = arrows ? PG.floats(arrows) : NONE;
        weights = sizes(phase, scale);
        if (phase.key === 'scores') scores = { ...scores, ...phase.numbers };
        if (phase.key === 'loss') losses = { ...losses, [`${phase.side}_loss`]: phase.numbers.loss + (phase.numbers.penalty || 0) };
        if (phase.surface) {
          scene.surface = PG.bytes(phase.surface);
          scale = phase.scale;
        }
      }
      return { head: { ...head, scale, scores, losses }, arrays: scene, weights };
    }

    write() {
      const phase = this.phases[this.at], last = this.at + 1 === this.phases.length;
      const button = (name, sign, onclick, more) => el('button', { class: 'btn', type: 'button', 'data-slow': name, onclick, ...more }, sign ? icon(sign) : null, W[name]);
      const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.slow : null;
      const row = el('div', { class: 'tools-row' },
        button('back', 'left', () => { this.hold(); this.go(Math.max(0, this.at - 1)); }, { disabled: !this.at }),
        button(last ? 'next' : 'on', 'right', () => { this.hold(); this.on(); }),
        this.timer ? button('rest', 'pause', () => { this.hold(); this.write(); }) : button('run', 'play', () => this.run()),
        button('close', 'x', () => this.close()));
      fill(this.root,
        el('div', { class: 'label-row' },
          el('span', { class: 'label' }, t(W[phase.side]) + t(W.turn(phase.turn, phase.turns))),
          el('span', { class: 'mono hint' }, t(W.step(this.at + 1, this.phases.length)))),
        el('p', { 'aria-live': 'polite' }, t(phase.caption)),
        el('span', { class: 'hint' }, t(W.batch)), row);
      const again = { on: 'next', next: 'on' }[focused];
      if (focused) (row.querySelector(`[data-slow="${focused}"]`) || row.querySelector(`[data-slow="${again}"]`) || row.lastChild).focus();
    }
  }
  PG.ganSlow = (plane) => new Slow(plane);
})();
