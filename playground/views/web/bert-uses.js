// The BERT room, fine-tuned: one of four uses, its texts, what the head says, and what happened inside.
(() => {
  const { el } = PG;
  const WORDS = {
    tasks: { en: 'Four uses', zh: '四种用途' },
    go: { en: 'Ask the model', zh: '问模型' },
    working: { en: 'Reading the text', zh: '正在读文字' },
    shown: { en: 'Answers listed', zh: '列出的答案数' },
    longest: { en: 'Longest answer, in pieces', zh: '答案最长（词元数）' },
    tuned: { en: 'How it was tuned, how good it is', zh: '怎样微调，效果如何' },
    gaps: { en: 'This model fills gaps; it has no head for any of these four uses.', zh: '这个模型是用来填空的，没有这四种用途的输出头。' },
    toGaps: { en: 'Open it under “Fill the gap”', zh: '在“填空”中打开' },
    empty: { en: 'Choose a fine-tuned model for this use.', zh: '请为这个用途选择一个微调过的模型。' },
    how: {
      en: 'Pre-training gives a vector for every token. Fine-tuning puts one small layer on some of these vectors and trains everything a little further '
        + 'on labelled examples. The same body serves all four uses; only which vectors are read differs.',
      zh: '预训练为每个词元给出一个向量。微调在其中一些向量上加一个很小的层，再用带标注的例子把整个模型稍加训练。'
        + '四种用途共用同一个主体，不同的只是读取哪些向量。',
    },
  };
  const TASKS = {
    single: {
      name: { en: 'One text, a class', zh: '一段文字，一个类别' }, say: { en: 'Is this review for or against?', zh: '这条影评是褒还是贬？' },
      first: { label: { en: 'Text', zh: '文字' }, rows: 4 },
    },
    pair: {
      name: { en: 'Two texts, a class', zh: '两段文字，一个类别' }, say: { en: 'Does B follow from A?', zh: '由 A 能推出 B 吗？' },
      first: { label: { en: 'A: what is given', zh: 'A：已知' }, rows: 3 }, second: { label: { en: 'B: does it follow?', zh: 'B：能推出吗？' }, rows: 3 },
    },
    answer: {
      name: { en: 'A question, a span', zh: '一个问题，一个片段' }, say: { en: 'Where in the passage is the answer?', zh: '答案在短文的哪里？' },
      first: { label: { en: 'Question', zh: '问题' }, rows: 2 }, second: { label: { en: 'Passage', zh: '短文' }, rows: 8 },
    },
    tags: {
      name: { en: 'A tag for every word', zh: '每个词一个标签' }, say: { en: 'Which words are names?', zh: '哪些词是名称？' },
      first: { label: { en: 'Text', zh: '文字' }, rows: 5 },
    },
  };
  const AUTOS = {
    AutoModelForMaskedLM: 'gap', AutoModelForSequenceClassification: 'classes', AutoModelForTokenClassification: 'tags',
    AutoModelForQuestionAnswering: 'answer',
  };
  const PATIENCE = 250;  // ms before a working notice replaces the answer
  const LINKED = 1500;   // characters of a question that still fit into the address
  const TABLE = 'text/csv;charset=utf-8';

  PG.bertUse = (model) => AUTOS[model.auto];

  const fromAddress = () => {
    try { return JSON.parse(PG.query.get('bertuse')) || {}; } catch { return {}; }
  };

  class Room {
    constructor(root, { tasks }) {
      this.mode = 'uses';
      this.tasks = Object.fromEntries(tasks.map((task) => [task.key, task]));
      this.turn = 0;
      this.answer = null;
      this.picked = {};   // by task: the question as it was left
      const wish = fromAddress();
      this.task = this.tasks[wish.task] || tasks.find((task) => task.model) || tasks[0];
      this.question = { ...this.opening(this.task), ...(this.tasks[wish.task] ? this.kept(wish) : {}) };
      this.build(root);
      this.refit();
      this.ask();
    }

    opening(task) {
      const { text, pair } = task.examples[0] || { text: '', pair: '' };
      return { text, pair, model: task.model, top: 5, longest: 30 };
    }

    kept({ text, pair, model, top, longest }) {
      return JSON.parse(JSON.stringify({ text, pair, model, top, longest })); // what is missing stays as it was
    }

    // ---- the page
    build(root) {
      this.row = PG.bertUseRow(Object.keys(this.tasks).map((key) => ({ key, ...TASKS[key] })), WORDS.tasks, (key) => this.turnTo(key));
      this.column = el('div', { class: 'room-in' });
      this.fields = el('div', { class: 'use-fields' });
      this.tuned = el('div');
      this.examples = el('div');
      this.more = el('div');
      this.card = PG.card();
      this.figure = PG.card();
      this.reply = PG.bertUseAnswer(this.card);
      this.tabs = PG.bertTabs(this);
      this.inside = PG.inside(this.tabs.root);
      this.foot = PG.foot({ how: WORDS.how, code: () => this.answer?.code || '', lesson: 'bert', files: this.files() });
      const picked = el('div'), body = el('div');
      this.picker = PG.picker(picked, {
        family: 'bert', picked: this.question.model, shows: (model) => PG.bertUse(model) !== 'gap', onPick: (key, model) => this.pickModel(key, model),
      });
      PG.room(body, {
        input: [picked, this.tuned, this.fields, PG.go(WORDS.go, () => this.submit()), this.examples, this.more],
        output: [this.card, this.figure, this.inside], foot: this.foot,
      });
      root.append(this.row.root, body);
    }

    // What the column holds for the task at hand.
    refit() {
      const { first, second } = TASKS[this.task.key], { top, longest } = this.question;
      const keys = (event) => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); } };
      const area = ({ label, rows }, value) => {
        const input = el('textarea', { class: 'cell typed', rows, dir: 'auto', spellcheck: 'false', 'aria-label': label, onkeydown: keys });
        input.value = value;
        return input;
      };
      this.text = area(first, this.question.text);
      this.pair = second ? area(second, this.question.pair) : null;
      this.count = el('span', { class: 'hint' });
      PG.fill(this.fields, PG.field(first.label, null, this.text), second ? PG.field(second.label, null, this.pair) : null, this.count);
      this.shelf = PG.examples(this.task.examples.map((one) => ({ name: one.name, text: one.text })), (i) => this.example(i), this.exampleAt());
      PG.fill(this.examples, this.shelf.root);
      const most = (key, label, max) => PG.slider({
        label: WORDS[label], min: 1, max, step: 1, value: this.question[key], onchange: (v) => this.change({ [key]: v, ...this.typed() }),
      }).root;
      const settings = { classes: () => [most('top', 'shown', 20)], answer: () => [most('top', 'shown', 20), most('longest', 'longest', 60)], tags: () => [] };
      const own = settings[this.task.use]();
      PG.fill(this.more, own.length ? PG.more(null, own) : null);
      this.row.pick(this.task.key);
      PG.fill(this.tuned, this.question.model === this.task.model && this.task.card ? PG.bertUseCard(this.task.card, WORDS.tuned) : null);
    }

    files() {
      const whenAnswered = (make) => () => this.answer && make();
      return [
        { name: 'answers.csv', make: whenAnswered(() => PG.save('answers.csv', this.reply.table(), TABLE)) },
        { name: 'answers.json', make: whenAnswered(() => PG.save('answers.json', PG.json({ question: this.asked, ...this.answer }), 'application/json')) },
        { name: 'figure.svg', make: whenAnswered(() => PG.svgFile('figure.svg', this.figure.querySelector('.panel-body'))) },
      ];
    }

    // ---- tasks and models
    turnTo(key, part) {
      if (key !== this.task.key) {
        this.picked[this.task.key] = { ...this.question, ...this.typed() };
        this.task = this.tasks[key];
        this.question = this.picked[key] || this.opening(this.task);
      }
      Object.assign(this.question, part);
      this.picker.pick(this.question.model);
      this.refit();
      return this.ask();
    }

    pickModel(key, model) {
      const use = PG.bertUse(model), fits = this.task.use === use || !use;
      if (use === 'gap') return this.elsewhere(key);
      const own = Object.values(this.tasks).find((task) => task.model === key) || (fits ? this.task : Object.values(this.tasks).find((task) => task.use === use));
      if (own === this.task) Object.assign(this.question, this.typed());
      this.turnTo(own.key, { model: key });
    }

    // Called when another way into the room meets a fine-tuned model.
    open(key) { this.picker.find(key).then((model) => this.pickModel(key, model)); }

    elsewhere(model) {
      const onclick = () => { this.picker.pick(this.question.model); PG.emit('bert-way', { key: 'gap', model }); };
      this.refuse(WORDS.gaps, { label: WORDS.toGaps, onclick });
    }

    // ---- questions
    example(i) {
      const { text, pair } = this.task.examples[i];
      this.text.value = text;
      if (this.pair) this.pair.value = pair;
      this.change({ text, pair });
    }

    exampleAt() { return this.task.examples.findIndex((one) => one.text === this.question.text && one.pair === this.question.pair); }

    typed() { return { text: this.text.value, pair: this.pair?.value || '' }; }

    submit() { this.change(this.typed()).then(() => PG.reveal(this.card)); }

    change(part) {
      this.question = { ...this.question, ...part };
      this.shelf.pick(this.exampleAt());
      return this.ask();
    }

    async ask() {
      const turn = ++this.turn, { question } = this;
      this.leaving?.abort();
      if (!question.model) return this.refuse(WORDS.empty);
      this.leaving = new AbortController();
      this.card.setAttribute('aria-busy', 'true');
      const slow = setTimeout(() => PG.busy(this.card, WORDS.working, () => this.stop()), this.answer ? PATIENCE : 0);
      const answer = await PG.ask('bert/use', question, this.leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      clearTimeout(slow);
      if (turn !== this.turn || !answer) return;
      this.card.removeAttribute('aria-busy');
      if (answer.needs && !this.pair) this.turnTo(answer.needs, { model: question.model }); // this task has no second field
      else if (answer.wrong) this.refuse(answer.wrong); else this.take(question, answer);
    }

    stop() {
      this.turn += 1;
      this.leaving.abort();
      this.card.removeAttribute('aria-busy');
      this.card.replaceChildren();
      this.reply.draw();
    }

    // What was typed stays; what stood inside belonged to another question.
    refuse(wrong, button) {
      this.card.removeAttribute('aria-busy');
      this.picture?.stop();
      this.inside.hidden = this.figure.hidden = true;
      this.card.replaceChildren(PG.notice('wrong', wrong, button));
    }

    take(question, answer) {
      if (answer.said.use !== this.task.use) { // an address, or a model nobody could know
        const key = Object.keys(this.tasks).find((one) => this.tasks[one].use === answer.said.use);
        this.task = this.tasks[key];
        this.refit();
      }
      Object.assign(this, { asked: question, answer });
      const { tokens } = answer;
      PG.fill(this.count, { en: `${tokens.texts.length} of ${tokens.most} tokens`, zh: `${tokens.texts.length} / ${tokens.most} 个词元` });
      this.inside.hidden = this.figure.hidden = false;
      this.link(question);
      this.reply.show(answer, question, question.model === this.task.model ? this.task.examples[this.exampleAt()] : null);
      this.figure.replaceChildren();
      PG.bertUseFigure(this.figure, answer, this.task.key);
      this.tabs.redraw();
      this.foot.refresh();
    }

    link(question) {
      const said = JSON.stringify({ task: this.task.key, ...question });
      this.linked ||= PG.query.has('bertuse') || this.opened !== undefined;
      this.opened = true;
      if (this.linked && said.length <= LINKED) PG.inAddress('bertuse', said, true);
    }

    rest() { this.picture?.stop(); }
  }

  PG.bertUses = (root, value) => new Room(root, value);
})();
