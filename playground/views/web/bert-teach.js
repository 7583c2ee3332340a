// The BERT room, fine-tuned by its visitor: a few labelled sentences, a training one watches, an answer at once.
(() => {
  const { el, fill, t } = PG;
  const W = PG.teachWords;
  const CALM = 450; // ms after the last key before sentences are read
  const CSV = 'text/csv;charset=utf-8';
  const SLOW = { head: 1, last: 0, all: 0 }; // updates a picture; 0: as fast as it can

  class Room {
    constructor(host, value) {
      this.value = value;
      this.plan = { ...value.plan };
      this.plans();
      this.tried = { text: value.sets[0].tries[0][0], pair: value.sets[0].tries[0][1] };
      this.runRows = [];
      this.code = '';
      this.build(host);
      this.readTable().then(() => this.begin());
    }

    // ---- the page
    build(host) {
      const { value } = this;
      this.table = PG.teachTable({ rows: value.sets[0].rows, limits: value.limits, onChange: () => this.edited() });
      this.sets = PG.choice({
        label: W.ready, value: value.sets[0].key, options: value.sets.map(({ key, name }) => ({ key, label: name })), onchange: (key) => this.useSet(key),
      });
      this.notes = el('div', { class: 'teach-notes' });
      this.about = el('p', { class: 'hint teach-about' });
      const pick = PG.choice({
        label: W.choice, value: this.plan.choice, options: value.choices.map(({ key }) => ({ key, label: W[key] })), onchange: (key) => this.choose(key),
      });
      pick.root.append(this.about);
      this.live = PG.live({
        verb: 'bert/teach_', unit: W.unit, speed: SLOW[this.plan.choice], draw: (frame) => this.take(frame),
        question: (newSeed) => this.question(newSeed), view: () => ({ try: this.tried }),
      });
      const { live } = this, toggle = live.toggle.bind(live);
      live.toggle = () => (this.stale && !live.playing ? this.begin(true) : toggle());
      this.settingsHost = el('div');
      this.card = PG.card(this.look());
      this.use = PG.card(this.user());
      this.inside = PG.inside(this.tabs().root);
      this.foot = PG.foot({ how: W.how, code: () => this.code, lesson: 'bert', files: this.files() });
      PG.room(host, {
        wide: true, foot: this.foot, output: [this.card, this.use, this.inside],
        input: [this.sets.root, PG.field(W.table, this.table.counted, this.table.root, this.notes), pick.root, this.settingsHost],
      });
      this.settings();
      PG.on('lang', () => this.live.frame && this.take(this.live.frame));
      PG.on('theme', () => requestAnimationFrame(() => this.live.frame && this.take(this.live.frame)));
    }

    plans() {
      const { rate, epochs, batch } = this.value.choices.find(({ key }) => key === this.plan.choice);
      Object.assign(this.plan, { rate, epochs, batch: Math.min(8, batch) });
    }

    settings() {
      const { plan, value } = this, most = value.choices.find(({ key }) => key === plan.choice).batch;
      const anew = (name) => (v) => { this.plan = { ...this.plan, [name]: v }; this.begin(); };
      const turn = (name) => (v) => { this.plan = { ...this.plan, [name]: v }; this.live.change({ [name]: v }); };
      const [low, high] = value.rates.map(Math.log10);
      const sliders = [
        PG.slider({
          label: W.rate, min: low, max: high, step: 0.05, value: Math.log10(plan.rate), format: (v) => (10 ** v).toPrecision(2),
          onchange: (v) => turn('rate')(Number((10 ** v).toPrecision(3))),
        }),
        PG.slider({ label: W.epochs, min: 1, max: value.epochs, step: 1, value: plan.epochs, onchange: turn('epochs') }),
        PG.slider({ label: W.batch, min: 1, max: most, step: 1, value: plan.batch, onchange: anew('batch') }),
        PG.slider({ label: W.held, min: 0, max: 0.5, step: 0.05, value: plan.held, format: (v) => `${Math.round(v * 100)} %`, onchange: anew('held') }),
        PG.slider({ label: W.penalty, min: 0, max: 0.1, step: 0.005, value: plan.penalty, format: (v) => v.toFixed(3), onchange: turn('penalty') }),
        PG.slider({
          label: W.stop, min: 0, max: 0.5, step: 0.01, value: plan.stop_loss, format: (v) => (v ? v.toFixed(2) : t(W.never)), onchange: turn('stop_loss'),
        }),
      ];
      this.seed = PG.slider({ label: W.seed, min: 0, max: 99, step: 1, value: plan.seed, onchange: anew('seed') });
      const open = this.settingsHost.querySelector('details')?.open;
      const more = PG.more(null, sliders.map(({ root }) => root), this.seed.root);
      more.open = Boolean(open);
      fill(this.settingsHost, more);
      fill(this.about, W.abouts[plan.choice]);
    }

    look() {
      const lines = [{ key: 'train', name: W.train, colour: '--c-bar' }, { key: 'held', name: W.heldOut, colour: '--c-ink' }];
      this.map = PG.teachMap({ onPick: (i) => this.runRows[i] && this.table.show(this.runRows[i].row) });
      this.charts = [
        PG.chart({ x: W.unit, y: W.loss, lines, height: 10.75, floor: 0 }), PG.chart({ x: W.unit, y: W.accuracy, lines, height: 10.75, floor: 0, ceil: 1 }),
      ];
      this.picture = el('div', { class: 'teach-look' }, this.map.root, el('div', { class: 'teach-charts' }, this.charts.map(({ root }) => root)));
      this.top = PG.panel({ title: '', tools: {
        SVG: () => PG.svgFile('fine-tuning.svg', this.picture), PNG: () => PG.pngFile('fine-tuning.png', this.picture), CSV: () => this.saveCurves(),
      } });
      this.say = PG.lean.words(this.top);
      this.top.root.prepend(this.live.root);
      this.top.root.classList.add('teach-top');
      fill(this.top.body, this.picture, this.live.line);
      return this.top.root;
    }

    user() {
      const area = (key, label, rows) => {
        const box = el('textarea', {
          class: 'cell', rows, 'aria-label': label, maxlength: this.value.limits.chars, oninput: () => this.typed({ [key]: box.value }),
        });
        box.value = this.tried[key];
        box.placeholder = t(label);
        return box;
      };
      this.text = area('text', W.sentence, 2);
      this.pair = area('pair', W.second, 2);
      this.tries = el('div', { class: 'teach-tries' });
      this.bars = el('ol', { class: 'bars' });
      this.usePanel = PG.panel({ title: W.useTitle, read: W.useRead });
      this.useSay = PG.lean.words(this.usePanel);
      this.useNote = el('div', { class: 'hint' });
      fill(this.usePanel.body, el('div', { class: 'teach-use' }, el('div', {}, this.text, this.pair, this.useNote, this.tries), this.bars));
      this.offerTries(this.value.sets[0].tries);
      return this.usePanel.root;
    }

    offerTries(tries) {
      fill(this.tries, tries.map(([text, pair]) => el('button', {
        class: 'btn', type: 'button', onclick: () => { this.text.value = text; this.pair.value = pair; this.typed({ text, pair }, 0); },
      }, pair ? `${text} / ${pair}` : text)));
    }

    tabs() {
      const confusion = (host) => {
        this.matrices = { held: PG.mlpMatrix(), train: PG.mlpMatrix() };
        this.matrixPanel = PG.panel({ title: '', read: W.matrixRead, tools: { CSV: () => this.saveConfusion() } });
        this.matrixSay = PG.lean.words(this.matrixPanel);
        fill(this.matrixPanel.body, el('div', { class: 'matrix-pair' },
          el('figure', {}, el('figcaption', {}, W.heldOut), this.matrices.held.root), el('figure', {}, el('figcaption', {}, W.train), this.matrices.train.root)));
        fill(host, this.matrixPanel.root);
        this.drawConfusion();
      };
      const every = (host) => {
        this.everyPanel = PG.panel({ title: '', read: W.everyRead, tools: { CSV: () => this.saveSentences() } });
        this.everySay = PG.lean.words(this.everyPanel);
        this.everyBody = el('div', { class: 'teach-scroll' });
        fill(this.everyPanel.body, this.everyBody);
        fill(host, this.everyPanel.root);
        this.drawEvery();
      };
      this.calmly = PG.lean.calm(500, () => this.drawEvery());
      this.views = PG.tabs([{ key: 'confusion', label: W.confusion, draw: confusion }, { key: 'every', label: W.every, draw: every }]);
      return this.views;
    }

    // ---- sentences
    useSet(key) {
      const set = this.value.sets.find((one) => one.key === key), [text, pair] = set.tries[0];
      this.table.set(set.rows);
      this.offerTries(set.tries);
      this.text.value = text;
      this.pair.value = pair;
      this.tried = { text, pair };
      this.readTable().then((well) => well && this.begin());
    }

    edited() {
      clearTimeout(this.due);
      this.sets.set('');
      this.setStale(true);
      this.due = setTimeout(() => this.readTable().then((well) => {
        if (well && !this.live.playing && !this.live.frame?.head.at) this.begin();
      }), CALM);
    }

    setStale(on) {
      this.stale = on;
      if (on) this.runRows.forEach(({ row }) => row.mark(null));
      this.tellNotes();
    }

    // Reads every sentence once on the server, which then knows them; says what is wrong with the table.
    async readTable() {
      this.reading?.abort();
      const { signal } = this.reading = new AbortController(), lines = PG.teachLines((said) => this.read(said));
      this.said = null;
      const answer = await PG.stream('bert/teach_read', { rows: this.table.get() }, lines, signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
        return { left: true };
      });
      if (answer.left) return false;
      this.wrong = answer.wrong;
      this.tellNotes();
      return !answer.wrong;
    }
    read(said) { this.said = said; this.tellNotes(); }
    tellNotes() {
      const { said, wrong } = this, changed = this.stale && this.live.frame?.head.at;
      if (wrong) { fill(this.notes, PG.notice('wrong', wrong)); return; }
      const busy = said && !said.names && PG.notice('', W.reading(said.read, said.of));
      const least = said?.names && Math.min(...said.counts);
      fill(this.notes, busy, said?.cut?.length ? PG.notice('cut', W.cut(said.cut.length, this.value.limits.tokens)) : null,
        least < 6 ? PG.notice('cut', W.few) : null, said?.twice ? PG.notice('cut', W.twice(said.twice)) : null, changed ? PG.notice('cut', W.stale) : null);
    }

    // ---- training
    question(newSeed) {
      if (newSeed) { this.plan = { ...this.plan, seed: Math.floor(Math.random() * 100) }; this.seed.set(this.plan.seed); }
      this.rowsSent = this.table.kept().map((row) => ({ row, cells: row.get() }));
      return { ...this.plan, rows: this.rowsSent.map(({ cells }) => cells) };
    }
    async begin(playing = this.live.playing) {
      this.top.root.setAttribute('aria-busy', 'true');
      const well = await this.live.start(false, playing);
      this.top.root.removeAttribute('aria-busy');
      if (well) this.tellCode();
      return well;
    }
    choose(key) {
      this.plan = { ...this.plan, choice: key };
      this.plans();
      this.settings();
      this.live.setSpeed(SLOW[key]);
      this.begin();
    }
    typed(part, wait = 160) {
      this.tried = { ...this.tried, ...part };
      clearTimeout(this.asking);
      this.asking = setTimeout(() => { this.live.look(); this.tellCode(); }, wait);
    }
    async tellCode() {
      const said = await PG.ask('bert/teach_code', { ...this.plan, ...this.tried });
      if (said.code) { this.code = said.code; this.foot.refresh(); }
    }

    // ---- a picture of the training
    take(frame) {
      const { head } = frame;
      if (head.run !== this.run || (!head.at && this.rowsSent)) {
        if (this.rowsSent) { this.runRows = this.rowsSent; this.rowsSent = null; this.stale = false; this.tellNotes(); }
        this.fresh = head.run !== this.run;
        this.run = head.run;
      }
      this.drawTop(frame);
      this.drawMap(frame);
      this.drawCharts(frame);
      this.drawUse(head);
      this.drawConfusion();
      this.calmly();
      if (!this.stale) this.markRows(frame);
    }

    drawTop({ head }) {
      const { right, count } = head, at = head.measured;
      this.say.title(count.held ? W.found(at, right.held, count.held) : W.foundAll(at, right.train, count.train));
      this.say.read(count.held ? W.sure(count.held, head.likely, head.guess) : W.nothingHeld);
      this.say.source(W.source(head));
    }

    drawMap({ head, arrays }) {
      this.map.take({
        ...arrays, names: head.names, texts: this.runRows.map(({ cells }) => cells), tried: head.try?.place || null, fresh: this.fresh,
      });
      this.fresh = false;
    }

    drawCharts({ head, arrays: { curve } }) {
      const column = (k) => Float32Array.from({ length: curve.length / 5 }, (_, i) => curve[5 * i + k]), x = column(0), to = head.length;
      this.charts[0].draw({ x, from: 0, to, ys: { train: column(1), held: column(2) } });
      this.charts[1].draw({ x, from: 0, to, ys: { train: column(3), held: column(4) } });
    }

    drawUse({ names, try: tried }) {
      this.pair.hidden = !this.table.pairs;
      const wrong = tried?.wrong;
      fill(this.useNote, wrong || (tried?.cut ? W.useCut(tried.cut) : ''));
      const chances = tried?.chances || names.map(() => 0), best = tried?.chances ? chances.indexOf(Math.max(...chances)) : -1;
      this.useSay.title(best < 0 ? W.useTitle : W.says(names[best], chances[best]));
      const key = names.join('|');
      if (key !== this.barred) {
        this.barred = key;
        const track = () => el('span', { class: 'bar-track' }, el('span', { class: 'bar-fill' }), el('span', { class: 'bar-value' }));
        fill(this.bars, names.map((name) => el('li', { class: 'bar' },
          el('div', { class: 'bar-row' }, el('span', { class: 'bar-name', text: name, title: name }), track()))));
      }
      [...this.bars.children].forEach((bar, i) => {
        bar.classList.toggle('first', i === best);
        bar.querySelector('.bar-fill').style.width = `calc((100% - 4.5rem) * ${chances[i]})`;
        bar.querySelector('.bar-value').textContent = tried?.chances ? PG.chance(chances[i]) : '';
      });
    }

    markRows({ head, arrays }) {
      this.runRows.forEach(({ row }, i) => row.mark({
        colour: PG.teachColour(arrays.label[i]), held: Boolean(arrays.held[i]), said: arrays.said[i] === arrays.label[i] ? '' : head.names[arrays.said[i]],
      }));
    }

    drawConfusion() {
      const { frame } = this.live;
      if (!frame || !this.matrices || this.views?.current() === 'every') return;
      const { names, count } = frame.head, k = names.length, all = frame.arrays.confusion, held = all.subarray(k * k);
      const part = count.held ? held : all.subarray(0, k * k);
      this.matrices.held.root.parentNode.hidden = !count.held;
      this.matrices.held.draw(names, held);
      this.matrices.train.draw(names, all.subarray(0, k * k));
      const worst = [...part].map((v, i) => [v, Math.floor(i / k), i % k]).filter(([, a, b]) => a !== b).sort((a, b) => b[0] - a[0])[0];
      this.matrixSay.title(worst[0] ? W.mixed(names[worst[1]], names[worst[2]], worst[0]) : W.clean);
    }

    drawEvery() {
      const { frame } = this.live;
      if (!frame || !this.everyBody || this.views.current() !== 'every') return;
      const { head: { names }, arrays: { label, said, sure, held } } = frame, k = names.length;
      const order = [...label].map((own, i) => [sure[i * k + own], i]).sort((a, b) => a[0] - b[0]);
      const wrong = order.filter(([, i]) => said[i] !== label[i]).length;
      this.everySay.title(wrong ? W.someWrong(wrong) : W.allRight);
      const look = (i) => `teach-dot${held[i] ? ' held' : ''}${said[i] === label[i] ? '' : ' wrong'}`;
      const mark = (i) => el('i', { class: look(i), style: { '--dot': PG.teachColour(label[i]) } });
      fill(this.everyBody, el('table', { class: 'teach-list' },
        el('tr', {}, [W.text, W.label, W.its, W.part, W.own].map((name) => el('th', { scope: 'col' }, name))),
        order.map(([p, i]) => el('tr', { class: said[i] === label[i] ? '' : 'off' },
          el('td', {}, mark(i), (this.runRows[i]?.cells || []).slice(0, 2).filter(Boolean).join(' / ')), el('td', { text: names[label[i]] }),
          el('td', { text: names[said[i]] }), el('td', {}, held[i] ? W.heldOut : W.train), el('td', { class: 'mono', text: PG.chance(p) })))));
    }

    // ---- downloads
    files() {
      return [
        { name: 'my-bert.zip', make: () => this.saveWeights() },
        { name: 'sentences.csv', make: () => this.saveSentences() },
        { name: 'curves.csv', make: () => this.saveCurves() },
        { name: 'fine-tuning.svg', make: () => PG.svgFile('fine-tuning.svg', this.picture) },
      ];
    }
    async saveWeights() {
      if (!this.run || this.packing) return;
      const parts = [];
      this.packing = true;
      const said = await PG.stream('bert/teach_files', { run: this.run }, (chunk) => parts.push(chunk));
      this.packing = false;
      if (said.wrong) this.live.say(said.wrong, 'wrong'); else PG.save('my-bert.zip', new Blob(parts, { type: 'application/zip' }));
    }
    async saveSentences() {
      const said = this.run ? await this.live.ask('sentences') : {};
      if (said.wrong) this.live.say(said.wrong, 'wrong'); else if (said.csv) PG.save('sentences.csv', `\ufeff${said.csv}`, CSV);
    }
    saveCurves() {
      const { curve } = this.live.frame.arrays, rows = Array.from({ length: curve.length / 5 }, (_, i) => [...curve.subarray(5 * i, 5 * i + 5)]);
      PG.save('curves.csv', PG.csv([['updates', 'training loss', 'held-out loss', 'training accuracy', 'held-out accuracy'], ...rows]), CSV);
    }
    saveConfusion() {
      const { head: { names }, arrays: { confusion } } = this.live.frame, k = names.length;
      const rows = [...confusion].map((v, i) => [i < k * k ? 'training' : 'held out', names[Math.floor(i / k) % k], names[i % k], v]);
      PG.save('confusion.csv', PG.csv([['part', 'true', 'said', 'count'], ...rows]), CSV);
    }
  }

  // Lines of JSON out of chunks of bytes.
  PG.teachLines = (onLine) => {
    const decoder = new TextDecoder();
    let rest = '';
    return (chunk) => {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop();
      lines.filter(Boolean).forEach((line) => onLine(JSON.parse(line)));
    };
  };

  PG.bertTeach = (host, value) => {
    const room = new Room(host, value);
    return { rest: () => { if (room.live.playing) room.live.pause(); } };
  };
})();
