// A training in the page: play, pause, step, speed, seed, stop, and a time line to look back, replay and branch.
(() => {
  const { el, icon, fill, t } = PG;
  const WORDS = {
    play: { en: 'Play', zh: '播放' },
    pause: { en: 'Pause', zh: '暂停' },
    step: { en: 'One step', zh: '单步' },
    again: { en: 'From the beginning, same seed', zh: '从头开始，种子不变' },
    seed: { en: 'From the beginning, new seed', zh: '从头开始，换一个种子' },
    speed: { en: 'Speed', zh: '速度' },
    line: { en: 'Time line', zh: '时间线' },
    past: {
      en: 'You are looking back. Playing goes on from here and replaces what came later.',
      zh: '你正在回看。从这里继续播放，会替换之后的部分。',
    },
    both: { en: 'Keep both: branch here', zh: '两个都保留：在此分叉' },
    branch: { en: 'Branch', zh: '分支' },
    lost: {
      en: 'This training had been let go while its page was away; it has begun again from the same seed.',
      zh: '页面离开期间训练已被释放；现已用相同的种子重新开始。',
    },
  };
  const SLOWLY = -1;  // one step a second
  const SPEEDS = [
    [SLOWLY, { en: 'One a second', zh: '每秒一次' }],
    [1, { en: 'One a picture', zh: '每帧 1 次' }],
    [10, { en: '10 a picture', zh: '每帧 10 次' }],
    [100, { en: '100 a picture', zh: '每帧 100 次' }],
    [0, { en: 'As fast as it can', zh: '全速' }],
  ];
  const ALIVE = 12000;  // ms between two signs of life; the server waits 40 s
  const count = (n) => Math.round(n).toLocaleString('en');
  const lives = new Set();

  class Live {
    constructor({ verb, question, view = () => ({}), draw, unit, said, speed = 0 }) {
      Object.assign(this, { verb, question, view, unit, speed, tell: said });
      this.drawRoom = draw;
      this.frame = this.other = this.run = null;
      this.playing = this.newSeed = false;
      this.wishes = 0;
      this.turn = Promise.resolve();
      this.next = this.stop = null;
      this.branches = [];
      this.listeners = [];
      this.root = this.bar();
      this.line = this.timeLine();
      this.show();
      if (!lives.size) watch();
      lives.add(this);
    }

    // ---- furniture
    bar() {
      const button = (name, onclick, cls = 'btn icon') => el('button', {
        class: cls, type: 'button', title: WORDS[name], 'aria-label': WORDS[name], 'data-name': name, onclick,
      }, icon(name === 'seed' ? 'dice' : name));
      this.playButton = el('button', { class: 'go live-play', type: 'button', 'data-name': 'play', onclick: () => this.toggle() });
      this.speedPick = el('select', { class: 'cell', 'aria-label': WORDS.speed, onchange: () => this.setSpeed(Number(this.speedPick.value)) },
        SPEEDS.map(([key, label]) => el('option', { value: key, text: label })));
      this.speedPick.value = this.speed;
      this.counter = el('output', { class: 'live-count mono' });
      this.note = el('div', { class: 'live-note' });
      return el('div', { class: 'live' }, el('div', { class: 'live-bar' },
        this.playButton, button('step', () => this.step()), button('again', () => this.start()),
        button('seed', () => this.start(true)), this.speedPick, this.counter), this.note);
    }
    timeLine() {
      this.slider = el('input', { type: 'range', min: 0, max: 0, step: 1, 'aria-label': WORDS.line, oninput: () => this.back(this.snaps()[this.slider.value]) });
      this.when = el('output', { class: 'mono hint' });
      this.past = el('div', { class: 'live-past', hidden: true }, el('span', { class: 'hint' }, WORDS.past),
        el('button', { class: 'btn', type: 'button', onclick: () => this.fork() }, icon('branch'), WORDS.both));
      this.chips = el('div', { class: 'live-branches', hidden: true, role: 'group', 'aria-label': WORDS.branch });
      return el('div', { class: 'live-line' }, el('div', { class: 'label-row' }, el('span', { class: 'label' }, WORDS.line), this.when),
        this.slider, this.past, this.chips);
    }
    snaps() { return this.frame?.head.snaps || [0]; }
    say(text, kind = 'cut') { fill(this.note, text ? PG.notice(kind, text) : null); this.tell?.(text); }
    show() {
      const { head } = this.frame || {}, name = this.playing ? 'pause' : 'play';
      if (name !== this.shownName) fill(this.playButton, icon(name), el('span', {}, WORDS[name]));
      this.shownName = name;
      const unit = t(this.unit), at = head?.at ?? 0, snaps = this.snaps(), last = snaps.length - 1;
      this.counter.textContent = this.playing && head?.rate ? `${count(at)} ${unit} · ${count(head.rate)}/s` : `${count(at)} ${unit}`;
      let here = last;
      while (here > 0 && snaps[here] > at) here -= 1;
      this.slider.max = Math.max(1, last);
      this.slider.disabled = !last;
      this.slider.value = here;
      this.slider.style.setProperty('--at', `${last ? (here / last) * 100 : 0}%`);
      this.slider.setAttribute('aria-valuetext', `${count(at)} ${unit}`);
      this.when.textContent = `${count(at)} / ${count(Math.max(at, snaps[last]))} ${unit}`;
      this.past.hidden = this.playing || at >= snaps[last];
    }
    showBranches() {
      this.chips.hidden = this.branches.length < 2;
      fill(this.chips, this.branches.map((branch, i) => el('button', {
        class: 'btn', type: 'button', 'aria-pressed': String(branch.run === this.run), onclick: () => this.visit(branch.run),
      }, String.fromCharCode(65 + i), el('span', { class: 'hint' }, ` ${t({ en: 'from', zh: '始于' })} ${count(branch.from)}`))));
    }

    // ---- frames in
    take(frame) {
      this.frame = frame;
      this.run = frame.head.run;
      if (!this.due) this.due = requestAnimationFrame(() => { this.due = 0; this.draw(); });
      const { wrong, ended } = frame.head;
      if (wrong || ended) { this.halt(); this.say(wrong || ended, wrong ? 'wrong' : 'cut'); }
    }
    draw() {
      if (!this.frame) return;
      this.show();
      this.drawRoom(this.frame);
    }
    // What is pressed is done in the order in which it was pressed, and seen in that order: the answers of two requests
    // may overtake each other. What waits and would only be repeated (`name`) waits once.
    inTurn(work, name) {
      if (name && this.next?.name === name) return this.next.done;
      const mine = this.next = { name };
      mine.done = this.turn.then(() => {
        if (this.next === mine) this.next = null;
        return work();
      });
      this.turn = mine.done.catch(reportError).then(() => { if (this.playing && !this.stop) this.flow(); });
      return mine.done;
    }
    // Asks for pictures; what is wrong is said. Resolves to whether all went well. Only a stream has a signal and no turn.
    async pictures(name, extra = {}, signal) {
      const frames = PG.frames((frame) => { if (!signal?.aborted) this.take(frame); });
      const answer = await PG.stream(this.verb + name, { run: this.run, view: this.view(), ...extra }, frames, signal)
        .catch((error) => { if (error.name !== 'AbortError') throw error; return {}; });
      if (!answer.wrong || signal?.aborted) return true;
      if (name !== 'start' && await this.lost()) return signal ? this.inTurn(() => this.renew()) : this.renew();
      this.halt();
      this.say(answer.wrong, 'wrong');
      return false;
    }
    async lost() {
      const { runs } = await PG.ask(`${this.verb}alive`, { runs: [this.run] });
      return runs && !runs.length;
    }
    async renew() {
      const well = await this.begin();
      if (well) this.say(WORDS.lost);
      return well;
    }
    ask(verb, extra = {}, signal) { return PG.ask(this.verb + verb, { run: this.run, view: this.view(), ...extra }, signal); }

    // ---- what a reader does
    // `playing` is what the reader wants. The stream of pictures waits until all that was pressed has been done.
    async flow() {
      const { signal } = this.stop = new AbortController();
      for (let turn; turn !== this.turn;) await (turn = this.turn);
      if (signal.aborted) return;
      if (!this.run) { this.start(); return; }
      let last = null;
      do last = this.frame; // a stream that breaks off is taken up again, unless it brought nothing
      while (await this.stream(signal) && !signal.aborted && this.frame !== last);
      if (!signal.aborted) this.halt();
    }
    stream(signal) { return this.speed === SLOWLY ? this.slowly(signal) : this.pictures('play', { steps: this.speed }, signal); }
    async slowly(signal) {
      const well = await this.inTurn(() => signal.aborted || this.pictures('step'));
      await new Promise((done) => { setTimeout(done, 1000); });
      return well;
    }
    cut(playing) {
      this.wishes += 1;
      this.stop?.abort();
      this.stop = null;
      if (this.playing === playing) return;
      this.playing = playing;
      this.show();
      this.listeners.forEach((f) => f(playing));
    }
    halt() { this.cut(false); }
    on(f) { this.listeners.push(f); }
    toggle() {
      if (this.playing) { this.pause(); return; }
      this.say(null);
      this.play();
    }
    play() {
      this.cut(true);
      this.flow();
    }
    pause() {
      this.halt();
      return this.inTurn(() => this.run && this.pictures('look', { still: true }));
    }
    setSpeed(speed) {
      this.speed = speed;
      this.speedPick.value = speed;
      if (this.playing) this.play();
    }
    start(newSeed = false, playing = this.playing) {
      this.cut(playing);
      this.newSeed ||= newSeed;
      return this.inTurn(() => this.begin(), 'start');
    }
    async begin() {
      this.say(null);
      const { newSeed, branches } = this, question = this.question(newSeed);
      this.newSeed = false;
      if (!question) this.halt();
      if (!question || !await this.pictures('start', question)) return false;
      if (branches.length) PG.ask(`${this.verb}leave`, { runs: branches.map(({ run }) => run) });
      this.branches = [{ run: this.run, from: 0 }];
      this.other = null;
      this.showBranches();
      return true;
    }
    // Updates nobody asked for, so that there is something to see; whoever presses something meanwhile is served.
    async warmUp(most) {
      const { wishes } = this, left = () => (this.wishes === wishes ? most - this.frame.head.at : 0);
      while (left() > 0 && await this.inTurn(() => left() <= 0 || this.pictures('step', { steps: left() })));
    }
    step(extra) {
      this.halt();
      return this.inTurn(async () => {
        if (!this.run && !await this.begin()) return;
        this.say(null);
        await this.pictures('step', { still: true, ...extra });
      });
    }
    look() { return this.inTurn(() => this.run && this.pictures('look'), 'look'); }
    change(what) {
      this.say(null);
      return this.inTurn(() => this.run && this.pictures('change', what));
    }
    // Dragging asks for one place at a time, the last one wins.
    back(at) {
      this.goal = at;
      this.halt();
      return this.inTurn(() => {
        this.say(null);
        return this.pictures('back', { at: this.goal, still: true });
      }, 'back');
    }
    // A branch from here, or from the earlier step `from`, with one change.
    fork(what, from, playing = this.playing) {
      this.cut(playing);
      return this.inTurn(async () => {
        const parent = this.frame;
        if (!await this.pictures('fork') || this.branches.some(({ run }) => run === this.run)) return;
        this.other = parent;
        if (from !== undefined) await this.pictures('back', { at: from, still: true }); // the run may be further than what was last drawn of it
        this.branches.push({ run: this.run, from: this.frame.head.at });
        if (what) await this.pictures('change', what);
        this.showBranches();
      });
    }
    visit(run) {
      this.halt();
      return this.inTurn(async () => {
        if (!this.branches.some((branch) => branch.run === run)) return; // another training has begun meanwhile
        this.other = this.frame;
        this.run = run;
        await this.pictures('look', { still: true });
        this.showBranches();
      });
    }
  }

  // ---- a run lives as long as its page: it rests while nobody looks, and goes with the page
  const all = () => [...lives].flatMap((live) => live.branches.map(({ run }) => [live.verb, run]));
  const rest = () => lives.forEach((live) => { if (live.playing) live.pause(); });
  // The clock is a worker's: a browser lets a hidden page's own tick once a minute, too late for the server.
  const watch = () => {
    const clock = new Worker(URL.createObjectURL(new Blob([`setInterval(() => postMessage(0), ${ALIVE})`])));
    clock.onmessage = () => all().forEach(([verb, run]) => PG.ask(`${verb}alive`, { runs: [run] }));
  };
  addEventListener('pagehide', () => all().forEach(([verb, run]) => fetch(`pg/${verb}leave`, {
    method: 'POST', keepalive: true, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ runs: [run] }),
  })));
  document.addEventListener('visibilitychange', () => { if (document.hidden) rest(); });
  PG.on('room', rest);

  PG.live = (options) => {
    const live = new Live(options);
    PG.on('lang', () => { live.show(); live.showBranches(); });
    return live;
  };
})();
