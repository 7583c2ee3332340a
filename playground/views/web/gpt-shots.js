// The GPT room, few-shot: a prompt is built of a task, solved examples and a question; the model goes on from it.
(() => {
  const { el, fill, icon } = PG;
  const W = {
    ready: { en: 'Start from a ready task', zh: '从现成任务开始' },
    choose: { en: 'choose …', zh: '请选择……' },
    measured: { en: 'Small tasks, measured', zh: '小任务（有测评）' },
    more: { en: 'More small tasks', zh: '更多小任务' },
    natural: { en: 'Everyday English, for larger models', zh: '日常英语，适合较大的模型' },
    task: { en: '1. What is the task?', zh: '1. 任务是什么？' },
    described: { en: 'say it', zh: '写进提示' },
    examples: { en: '2. Solved examples', zh: '2. 做好的例子' },
    count: (n) => ({ en: `${n} in the prompt`, zh: `提示中有 ${n} 个` }),
    zero: { en: 'zero-shot', zh: '零样本' }, one: { en: 'one-shot', zh: '单样本' }, all: { en: 'few-shot', zh: '少样本' },
    shots: { en: 'Examples in the prompt', zh: '提示中的例子' },
    query: { en: '3. The question', zh: '3. 问题' },
    run: { en: 'Run the prompt', zh: '运行提示' },
    working: { en: 'Reading the prompt', zh: '正在读提示' },
    save: { en: 'Save', zh: '保存' }, open: { en: 'Open', zh: '打开' },
    saveTitle: { en: 'Save the whole prompt as JSON', zh: '把整个提示存为 JSON' }, openTitle: { en: 'Open a saved prompt', zh: '打开保存的提示' },
    large: { en: 'This file is too large for a saved prompt.', zh: '这个文件太大，不像是保存的提示。' },
    how: {
      en: 'GPT only ever predicts the next token. A prompt that looks like a solved worksheet makes the next line of the worksheet the likeliest text. '
        + 'No weight changes: what the examples teach is gone with the prompt.',
      zh: 'GPT 始终只预测下一个词元。提示写得像一张做好的练习题，最可能的下文就是这张练习的下一行。权重没有任何改变：例子教会的东西随提示一起消失。',
    },
  };
  const PATIENCE = 250;  // ms before a working notice replaces the answer
  const PAUSE = 200;     // ms without typing before the preview is made anew
  const LINKED = 1500;   // characters of a prompt that still fit into the address
  const FILE = 800000;   // bytes of a saved prompt
  const BACK = 40;       // steps that can be undone
  const copy = (state) => structuredClone(state);

  class Room {
    constructor(root, value) {
      Object.assign(this, { ...value, mode: 'shots', ends: false, past: [], turn: 0, state: copy(value.first), truthOf: value.first.query });
      this.build(root);
      this.begin();
    }

    // ---- the page
    build(root) {
      const picked = el('div');
      this.description = this.area(2, W.task, (text) => { this.state.description = text; });
      this.query = this.area(1, W.query, (text) => { this.state.query = text; });
      this.described = PG.check({ label: W.described, onchange: (on) => this.act((state) => { state.described = on; }) });
      this.amount = el('span', { class: 'hint' });
      this.shots = PG.choice({
        label: W.shots, options: ['zero', 'one', 'all'].map((key) => ({ key, label: W[key] })), onchange: (key) => this.act((state) => { state.count = key; }),
      });
      this.table = PG.shotsTable(this);
      this.layout = PG.shotsLayout(this);
      this.allowed = PG.shotsAllowed(this);
      this.said = el('div', { role: 'status' });
      this.card = PG.card();
      this.reply = PG.shotsAnswer(this.card, this);
      this.curve = el('div', { class: 'shots-curve', hidden: true });
      this.tabs = PG.gptTabs(this);
      this.inside = PG.inside(this.tabs.root);
      this.inside.hidden = true;
      this.foot = PG.foot({ how: W.how, code: () => this.told?.code || '', lesson: 'gpt', files: this.files() });
      this.picker = PG.picker(picked, { family: 'gpt', picked: this.state.model, onPick: (model) => this.act((state) => { state.model = model; }) });
      PG.room(root, {
        wide: true,
        input: [picked, this.starts(),
          el('div', { class: 'field' }, this.caption(W.task, this.described.root), this.description),
          el('div', { class: 'field' }, this.caption(W.examples, this.amount), this.shots.root, this.table.root),
          el('div', { class: 'field' }, this.caption(W.query), this.query),
          this.allowed.root,
          PG.go(W.run, () => this.run().then(() => PG.reveal(this.card))), this.keeping(), this.said,
          PG.more(null, this.layout.root)],
        output: [this.card, this.curve, this.inside], foot: this.foot,
      });
      this.set();
    }

    caption(label, more) { return el('div', { class: 'label-row' }, el('div', { class: 'label' }, label), more); }

    area(rows, label, take) {
      const field = el('textarea', {
        rows, class: 'shots-field', 'aria-label': label, spellcheck: 'false', oninput: () => { take(field.value); this.typed(); },
        onkeydown: (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.run(); } },
      });
      return field;
    }

    starts() {
      const group = (name) => el('optgroup', { label: W[name] },
        this.ready.filter((one) => one.group === name).map(({ key, name: said }) => el('option', { value: key, text: said })));
      this.start = el('select', { class: 'cell', id: 'shots-ready', onchange: () => this.begun(this.start.value) },
        el('option', { value: '', text: W.choose }), ['measured', 'more', 'natural'].map(group));
      return el('div', { class: 'field' }, el('label', { class: 'label', for: 'shots-ready' }, W.ready), this.start);
    }

    keeping() {
      const file = el('input', { type: 'file', accept: '.json,application/json', hidden: true, onchange: () => this.upload(file) });
      const button = (label, title, sign, onclick) => el('button', { class: 'btn', type: 'button', title, onclick }, icon(sign), label);
      return el('div', { class: 'tools-row shots-keep' }, button(W.save, W.saveTitle, 'down', () => this.keep()), button(W.open, W.openTitle, 'up', () => file.click()), file);
    }

    files() {
      const answered = (make) => () => this.told && make();
      return [
        { name: 'prompt.txt', make: answered(() => PG.save('prompt.txt', this.told.text)) },
        { name: 'prompt.json', make: () => this.keep() },
        { name: 'prompt.py', make: answered(() => PG.save('prompt.py', this.told.code, 'text/x-python')) },
        { name: 'answers.csv', make: answered(() => this.reply.save()) },
        { name: 'figure.svg', make: answered(() => PG.svgFile('figure.svg', this.card)) },
      ];
    }

    // ---- the state, and the fields that show it
    set() {
      const { state } = this;
      this.description.value = state.description;
      this.query.value = state.query;
      this.described.set(state.described);
      this.shots.set(state.count);
      this.start.value = state.key || '';
      this.picker.pick(state.model);
      this.layout.set();
      this.table.draw();
      this.table.back.hidden = !this.past.length;
      this.tell();
    }

    tell() {
      fill(this.amount, W.count(PG.shots.used(this.state).length));
      this.description.parentNode.classList.toggle('off', !this.state.described);
      this.allowed.set();
      this.table.tell();
    }

    // A change made by a click: it can be undone, and is asked at once.
    act(change) {
      this.remember();
      change(this.state);
      this.set();
      return this.run();
    }

    remember() {
      this.past.push(copy(this.state));
      if (this.past.length > BACK) this.past.shift();
    }

    undo() {
      if (!this.past.length) return;
      this.state = this.past.pop();
      this.set();
      this.run();
    }

    replace(state) { return this.act(() => { this.state = { key: '', truth: '', ...copy(state) }; }); }

    // A letter typed: the sheet follows, the model is not asked.
    typed(named) {
      if (named) this.table.draw();
      this.tell();
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.preview(), PAUSE);
    }

    // ---- ready tasks, files, the address
    async begun(key) {
      const said = key && await PG.ask('gpt/shots_start', { key });
      if (!said) return;
      if (said.wrong) return this.warn(said.wrong);
      this.truthOf = said.query;
      this.replace({ ...this.first, ...said, model: this.state.model, described: this.state.described, count: this.state.count });
    }

    warn(wrong) { fill(this.said, wrong ? PG.notice('wrong', wrong) : null); }

    async keep() {
      const said = await PG.ask('gpt/shots_save', { builder: PG.shots.kept(this.state) });
      this.warn(said.wrong);
      if (said.json) PG.save('prompt.json', said.json, 'application/json');
    }

    async upload(input) {
      const file = input.files[0];
      input.value = '';
      if (!file) return;
      if (file.size > FILE) return this.warn(W.large);
      const said = await PG.ask('gpt/shots_open', { text: await file.text() });
      this.warn(said.wrong);
      if (!said.wrong) this.replace(said);
    }

    async begin() {
      let builder = null;
      try { builder = JSON.parse(PG.query.get('gptshots')); } catch { /* a broken address begins anew */ }
      const said = builder ? await PG.ask('gpt/shots_checked', { builder }) : null;
      this.linked = Boolean(said && !said.wrong);
      if (this.linked) { this.state = { key: '', truth: '', ...said }; this.set(); }
      this.run();
    }

    // From elsewhere in the room: {task} or {builder}.
    open({ task, builder }) { return task ? this.begun(task) : builder && this.replace({ ...this.state, ...builder }); }

    link() {
      const said = JSON.stringify(PG.shots.kept(this.state));
      this.linked ||= said !== JSON.stringify(PG.shots.kept(this.first));
      if (this.linked && said.length <= LINKED) PG.inAddress('gptshots', said, true);
    }

    // ---- questions
    question() { return { prompt: PG.shots.prompt(this.state), ends: this.ends }; }

    setEnds(on) { this.ends = on; this.run(); }

    truth() { return this.state.truth && this.told?.prompt.query === this.truthOf ? this.state.truth : ''; }

    calibration() {
      const { told } = this, asked = told && { prompt: told.prompt, ends: told.ends };
      return PG.ask('gpt/shots_calibrated', asked).then((said) => (said.wrong ? null : said));
    }

    async preview() {
      const turn = ++this.turn, said = await PG.ask('gpt/shots_preview', this.question());
      if (turn !== this.turn) return;
      if (said.wrong) return this.refuse(said.wrong);
      this.reply.show(said, this.told && JSON.stringify(said.prompt) === JSON.stringify(this.told.prompt) ? this.told : null);
    }

    async run() {
      clearTimeout(this.pause);
      const turn = ++this.turn, question = this.question();
      this.leaving?.abort();
      this.leaving = new AbortController();
      this.card.setAttribute('aria-busy', 'true');
      const slow = setTimeout(() => PG.busy(this.card, W.working, () => this.stop()), this.told ? 4 * PATIENCE : 0);
      const said = await PG.ask('gpt/shots', question, this.leaving.signal).catch((error) => { if (error.name !== 'AbortError') throw error; });
      clearTimeout(slow);
      if (turn !== this.turn || !said) return;
      this.card.removeAttribute('aria-busy');
      if (said.wrong) this.refuse(said.wrong); else this.taken({ ...said, ends: question.ends });
    }

    stop() {
      this.turn += 1;
      this.leaving?.abort();
      this.card.removeAttribute('aria-busy');
      this.card.replaceChildren();
      this.preview();
    }

    // What was typed stays; the views below belong to no prompt any more.
    refuse(wrong) {
      this.card.classList.remove('stale');
      this.inside.hidden = true;
      this.curve.hidden = true;
      this.card.replaceChildren(PG.notice('wrong', wrong));
    }

    // For the views inside and the curve: asked, answer, prompt, parts (with token ranges), told (all of the reply).
    taken(told) {
      Object.assign(this, { told, asked: told.asked, answer: told.answer, prompt: told.prompt, parts: told.parts });
      this.inside.hidden = false;
      this.warn();
      this.link();
      this.reply.show(told, told);
      this.tabs.redraw();
      this.foot.refresh();
      this.curve.hidden = !PG.gptCurve;
      PG.gptCurve?.(this.curve, this);
    }

    // A candidate picked in a view inside: the text goes on under "Write on".
    take(id) {
      const { labels, ids } = this.answer.next, said = (labels[ids.indexOf(id)] || '').replaceAll('␣', ' ').replaceAll('↵', '\n');
      PG.emit('gpt-way', { key: 'write', text: this.asked.text + said, model: this.asked.model });
    }

    rest() { if (this.card.getAttribute('aria-busy')) this.stop(); }
  }

  PG.gptShots = (root, value) => new Room(root, value);
})();
