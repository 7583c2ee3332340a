// The view "Edit and run again": a model or a text changed for one question, and what becomes of every answer. See bert-edit.js
// and gpt-edit.js for what can be changed in each room.
(() => {
  const { el, icon, t } = PG;
  const W = {
    undo: { en: 'Undo', zh: '撤销' },
    redo: { en: 'Redo', zh: '重做' },
    reset: { en: 'Reset', zh: '全部还原' },
    edits: { en: 'Changes', zh: '修改' },
    sweep: { en: 'Which head matters most?', zh: '哪个头最重要？' },
    sweeping: { en: 'Switching off each head in turn', zh: '正在逐个关闭每个头' },
    stop: { en: 'Stop', zh: '停止' },
    falls: { en: 'falls', zh: '下降' },
    rises: { en: 'rises', zh: '上升' },
    heads: { en: 'Layers and heads', zh: '层与头' },
    hint: { en: 'rows: layers, columns: heads', zh: '行：层，列：头' },
    tool: { en: 'A click', zh: '点击' },
    off: { en: 'switches off', zh: '关闭' },
    scale: { en: 'scales the output', zh: '缩放输出' },
    temper: { en: 'sets a temperature', zh: '设温度' },
    factor: { en: 'Factor on the head’s output', zh: '头的输出乘以' },
    temperature: { en: 'Temperature: scores divided by', zh: '温度：分数除以' },
    running: { en: 'Running the changed model', zh: '正在运行修改后的模型' },
  };
  const PATIENCE = 250, LINKED = 600; // ms before a working notice; characters of edits that still fit the address
  const empty = (edits) => Object.values(edits).every((list) => !list.length);
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // ---- edits are values: each change makes new ones
  const put = (list, layer, head, value) => [...list.filter(([l, h]) => l !== layer || h !== head), ...(value === undefined ? [] : [[layer, head, value]])];
  const toggled = (list, value) => (list.some((one) => same(one, value)) ? list.filter((one) => !same(one, value)) : [...list, value]);
  const swapped = (list, at, text) => [...list.filter(([one]) => one !== at), ...(text === null ? [] : [[at, text]])];

  const taken = new Set(); // keys of the address that were read: by the first room that shows the view
  const fromAddress = ({ key, none }) => {
    if (taken.has(key)) return none;
    taken.add(key);
    try {
      const fits = ([name, value]) => name in none && Array.isArray(value) === Array.isArray(none[name]);
      return { ...none, ...Object.fromEntries(Object.entries(JSON.parse(PG.query.get(key)) || {}).filter(fits)) };
    } catch { return none; }
  };
  const toAddress = ({ key }, edits) => {
    const url = new URL(location), said = JSON.stringify(Object.fromEntries(Object.entries(edits).filter(([, value]) => value.length || value === true)));
    if (empty(edits) || said.length > LINKED) url.searchParams.delete(key); else url.searchParams.set(key, said);
    history.replaceState(history.state, '', url);
  };

  class Alter {
    constructor(room, kind) {
      Object.assign(this, { room, kind, at: 0, tool: 'off', factor: 2, temperature: 4, picked: null, sweep: null, target: null, all: false, ...kind.fresh });
      this.history = [fromAddress(kind)];
    }

    get edits() { return this.history[this.at]; }

    // ---- the page
    draw(host) {
      this.leaving?.abort();
      this.stopSweep();
      this.adopt(this.room.asked);
      this.panel = PG.panel({ title: this.kind.start, read: this.kind.read, tools: this.tools() });
      this.bar = el('div', { class: 'alter-bar-row' });
      this.status = el('div');
      this.grid = el('div');
      this.sweeper = el('div', { class: 'alter-sweep' });
      this.words = el('div');
      this.more = el('div', { class: 'alter-more' });
      this.reply = el('div');
      this.body = el('div', { class: 'alter', hidden: true },
        el('div', { class: 'alter-left' }, this.words, this.heads(), this.grid, this.sweeper), el('div', { class: 'alter-right' }, this.reply));
      PG.fill(this.panel.body, this.bar, this.status, this.body, this.more);
      host.append(this.panel.root);
      this.run();
    }

    // What was changed in another text means nothing in this one; changes of the model stay as long as the model does.
    adopt(asked) {
      const before = this.asked;
      this.asked = asked;
      if (!before || before === asked) return;
      Object.assign(this, { sweep: null, target: null, picked: null, ...this.kind.forgotten });
      if (before.model !== asked.model) Object.assign(this, { history: [this.kind.none], at: 0 });
      else if (!this.kind.same(before, asked)) this.history = this.history.map((edits) => ({ ...edits, ...this.kind.ofText }));
    }

    tools() {
      return {
        SVG: () => PG.svgFile('edited.svg', this.body),
        PNG: () => PG.pngFile('edited.png', this.body),
        JSON: () => this.answer && PG.save('edited.json', PG.json(this.report()), 'application/json'),
      };
    }

    report() {
      const sweep = this.sweep && { target: this.sweep.target, rule: this.sweep.rule, chance: this.sweep.chance, cells: Object.fromEntries(this.sweep.cells) };
      return { question: this.asked, edits: this.edits, text: this.answer.text ?? this.answer.texts, rows: this.answer.rows, sweep };
    }

    heads() {
      const slider = (name, min, max, step) => PG.slider({ label: W[name], min, max, step, value: this[name], onchange: (v) => { this[name] = v; } });
      const factor = slider('factor', 0, 4, .25), temperature = slider('temperature', .25, 10, .25), sides = { scale: factor, temper: temperature };
      const choose = (key) => { this.tool = key; Object.entries(sides).forEach(([name, { root }]) => { root.hidden = name !== key; }); };
      this.tooling = PG.choice({ label: W.tool, value: this.tool, onchange: choose, options: ['off', 'scale', 'temper'].map((key) => ({ key, label: W[key] })) });
      choose(this.tool);
      return el('div', { class: 'alter-tools' },
        el('div', { class: 'label-row' }, el('h4', { class: 'label', text: W.heads }), el('span', { class: 'hint', text: this.kind.hint || W.hint })),
        this.tooling.root, factor.root, temperature.root, this.kind.setting?.(this));
    }

    // ---- changes
    // A head, or (-1) a whole layer.
    pick(layer, head) {
      const { edits } = this, of = (list) => list.find(([l, h]) => l === layer && h === head)?.[2];
      if (head < 0 || edits.layers.includes(layer)) return this.change({ ...edits, layers: toggled(edits.layers, layer) });
      const [list, value] = { off: ['heads', 0], scale: ['heads', this.factor], temper: ['scores', this.temperature] }[this.tool];
      return this.change({ ...edits, [list]: put(edits[list], layer, head, of(edits[list]) === value ? undefined : value) });
    }

    // What the board of words may do; `list` holds what stands in the place of words.
    hooks(list) {
      const pick = (at) => { this.picked = at; this.drawWords(); this.words.querySelector('.alter-form input')?.select(); };
      return {
        pick,
        replace: (at, text) => { this.picked = null; this.change({ ...this.edits, [list]: swapped(this.edits[list], at, text) }); this.drawWords(); },
        blind: (at) => { this.picked = null; this.change({ ...this.edits, unseen: toggled(this.edits.unseen, at) }); },
      };
    }

    change(next) {
      if (same(next, this.edits)) return;
      this.history = [...this.history.slice(0, this.at + 1), next];
      this.at += 1;
      this.run();
    }

    step(by) {
      this.at = Math.max(0, Math.min(this.history.length - 1, this.at + by));
      this.run();
    }

    // ---- what the changed model says
    async run() {
      const leaving = new AbortController(), { asked, edits } = this;
      this.leaving?.abort();
      this.leaving = leaving;
      this.drawBar();
      const slow = setTimeout(() => PG.busy(this.status, W.running, () => leaving.abort()), this.answer ? PATIENCE : 0);
      const answer = await PG.ask(this.kind.edit, { ...asked, edits, ...this.kind.watched?.(this) }, leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      clearTimeout(slow);
      if (leaving !== this.leaving) return;
      PG.fill(this.status);
      if (!answer) return;
      if (answer.wrong) this.refuse(answer.wrong); else this.take(answer, edits);
    }

    // The change that cannot be made is taken back; what was before it stays on the page.
    refuse(wrong) {
      PG.fill(this.status, PG.notice('wrong', wrong));
      if (!empty(this.edits)) {
        this.history = this.at ? this.history.slice(0, this.at) : [this.kind.none];
        this.at = this.history.length - 1;
        if (!this.answer) return this.run();
      }
      this.drawBar();
      if (this.answer) { this.drawGrid(); this.drawWords(); }
    }

    take(answer, edits) {
      const { kind } = this;
      this.answer = answer;
      this.room.edited = empty(edits) ? undefined : { edits, rows: answer.rows };
      this.body.hidden = false;
      if (!empty(edits) || PG.query.has(kind.key) || new URL(location).searchParams.has(kind.key)) toAddress(kind, edits);
      this.tooling.root.querySelector('[value=temper]').disabled = !answer.temperature;
      this.redraw();
    }

    redraw() {
      if (!this.answer) return;
      this.drawBar();
      this.drawGrid();
      this.drawWords();
      this.drawSweeper();
      PG.fill(this.reply, PG.editAnswer(this.answer, this.all, () => { this.all = true; this.redraw(); }));
      this.panel.set(empty(this.edits) ? this.kind.start : () => PG.editFinding(this.answer));
      this.panel.setSource(this.kind.source(this.room.answer.model.name, this.room));
      this.kind.more?.(this);
    }

    drawBar() {
      const { history, at, edits } = this;
      const button = (name, sign, onclick, idle) => el('button', { class: 'btn', type: 'button', onclick, disabled: idle }, sign ? icon(sign) : null, W[name]);
      const chip = ([text, without]) => el('button', {
        class: 'alter-tag', type: 'button', onclick: () => this.change(without), title: { en: 'take this change back', zh: '撤回这项修改' },
      }, el('span', {}, text), icon('x'));
      PG.fill(this.bar,
        el('div', { class: 'tools-row' }, button('undo', 'left', () => this.step(-1), !at), button('redo', 'right', () => this.step(1), at === history.length - 1),
          button('reset', 'again', () => this.change(this.kind.none), empty(edits))),
        el('div', { class: 'alter-tags', role: 'group', 'aria-label': W.edits }, this.kind.tags(this).map(chip)));
    }

    drawGrid() {
      const focus = document.activeElement?.dataset?.place, held = this.grid.contains(document.activeElement);
      PG.untip();
      PG.fill(this.grid, this.kind.grid(this));
      if (held && focus) this.grid.querySelector(`[data-place="${focus}"]`)?.focus();
    }

    drawWords() { PG.fill(this.words, this.kind.words(this)); }

    // ---- each head off in turn
    drawSweeper() {
      const about = this.kind.watch(this);
      if (!about) return PG.fill(this.sweeper);
      const onclick = () => (this.going ? this.stopSweep() : this.startSweep());
      const button = el('button', { class: 'btn', type: 'button', onclick }, this.going ? W.stop : W.sweep);
      PG.fill(this.sweeper, el('div', { class: 'alter-sweep-row' }, button, about.root),
        this.going ? this.progress() : null, this.sweep?.cells.size ? this.told() : null);
      return undefined;
    }

    progress() {
      const all = this.kind.count(this.answer), done = this.sweep?.cells.size || 0;
      return el('div', { class: 'matter-progress', role: 'status' }, el('span', { class: 'hint' }, W.sweeping),
        el('span', { class: 'matter-track' }, el('span', { style: { width: `${(100 * done) / all}%` } })),
        el('span', { class: 'hint mono', text: `${done} / ${all}` }));
    }

    told() {
      const heads = [...this.sweep.cells].filter(([place]) => this.kind.isHead(place, this.answer));
      if (!heads.length) return null;
      const [place, { change, chance }] = heads.reduce((a, b) => (Math.abs(b[1].change) > Math.abs(a[1].change) ? b : a));
      const [layer, head] = place.split(' ').map(Number);
      const { target, chance: before, rule } = this.sweep;
      const about = this.kind.named(target, this.room), where = PG.editName(layer, head);
      const share = `${PG.editShare(before, rule)} → ${PG.editShare(chance, rule)}`.replaceAll(' ', '\u00a0');
      return el('div', { class: 'alter-told' },
        el('p', { class: 'alter-most' }, () => ({
          en: `${where.en} matters most: without it ${t(about)} ${change < 0 ? 'falls' : 'rises'}, ${share}`,
          zh: `${where.zh}最重要：没有它，${t(about)}${change < 0 ? '下降' : '上升'}，${share}`,
        })),
        el('div', { class: 'legend' }, el('span', {}, W.falls), el('span', { class: 'legend-ramp', style: { background: this.ramp() } }), el('span', {}, W.rises)));
    }

    ramp() {
      const ramp = PG.ramp('--signed');
      return `linear-gradient(90deg, ${[.08, .29, .5, .71, .92].map((v) => PG.str(ramp(v))).join(',')})`;
    }

    async startSweep() {
      const going = this.going = new AbortController(), target = this.kind.target(this);
      this.sweep = null;
      this.drawSweeper();
      const take = (said) => { if (going === this.going) this.swept(said); };
      const question = { ...this.asked, edits: this.edits, target };
      const said = await PG.lines(this.kind.sweep, question, take, going.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      if (going !== this.going) return;
      this.going = null;
      if (said?.wrong) PG.fill(this.status, PG.notice('wrong', said.wrong));
      this.drawGrid();
      this.drawSweeper();
    }

    stopSweep() {
      this.going?.abort();
      this.going = null;
      if (this.sweeper?.isConnected && this.answer) this.drawSweeper();
    }

    swept(said) {
      if (said.about) {
        const { rule, chance } = said.about.target;
        this.sweep = { target: { ...this.target, ...said.about.target }, rule, chance, cells: new Map() };
      }
      else said.chances.forEach((chance, i) => this.sweep.cells.set(this.kind.cell(said, i), { chance, change: said.change[i] }));
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => { this.drawGrid(); this.drawSweeper(); });
    }
  }

  PG.on('theme', () => document.querySelectorAll('.alter').forEach((node) => node.dispatchEvent(new Event('repaint'))));

  PG.alterings = { put, toggled };
  // kind: {key: of the address, none: no edits, edit, sweep: verbs, start, read: texts, source(name); fresh, forgotten: what is chosen at
  // first, and for a new text; same(asked, asked): the same text? ofText: edits that go with a text; hint; setting, grid, words (view) -> nodes;
  // tags(view) -> [text, edits without it]; watch(view) -> select of what is watched, target(view) for the server, named(target, room);
  // cell(line, i) -> place, count(answer), isHead(place, answer); watched(view): more for the server; more(view)}.
  PG.altering = (host, room, kind) => {
    room.editing ||= new Alter(room, kind);
    room.editing.draw(host);
    room.editing.body.addEventListener('repaint', () => room.editing.redraw());
  };
})();
