// The BERT room, filling gaps: a sentence with gaps, what fits them, and what happened inside.
(() => {
  const WORDS = {
    go: { en: 'Fill the gap', zh: '填空' },
    working: { en: 'Reading the sentence', zh: '正在读句子' },
    shown: { en: 'Words shown', zh: '显示词数' },
    scale: { en: 'Numbers', zh: '数值' },
    probability: { en: 'probability', zh: '概率' },
    logit: { en: 'logit', zh: 'logit（未归一化分数）' },
    tuned: { en: 'This model was fine-tuned for another task and no longer fills gaps.', zh: '这个模型已针对别的任务微调，不再填空。' },
    toUses: { en: 'Open it under “Fine-tuned uses”', zh: '在“微调后的用途”中打开' },
    how: {
      en: 'BERT was trained by hiding 15 % of the pieces of a large text and guessing them. To guess, each token asks a question '
        + '(its query), every token offers a key, and where they fit, values flow: that is attention, from both sides at once.',
      zh: 'BERT 的训练方法是：把大量文本中 15 % 的词元藏起来再猜。猜的时候，每个词元提出一个查询，每个词元给出一个键，'
        + '两者相合处就传递值：这就是注意力，左右两边同时进行。',
    },
  };
  const PATIENCE = 250;  // ms before a working notice replaces the answer
  const LINKED = 1500;   // characters of a question that still fit into the address
  const TABLE = 'text/csv;charset=utf-8';

  const fromAddress = () => {
    try { return JSON.parse(PG.query.get('bert')) || {}; } catch { return {}; }
  };

  class Room {
    constructor(root, value) {
      const { text, pair, masks } = value.examples[0];
      this.value = value;
      this.first = { text, pair, masks, model: value.model, top: 5 };
      this.question = { ...this.first, ...fromAddress() };
      this.mode = 'gap';
      this.turn = 0;
      this.build(root);
      this.ask();
    }

    // ---- the page
    build(root) {
      const picked = PG.el('div');
      this.sentence = PG.sentence({ toggle: (at) => this.toggle(at), submit: () => this.submit() });
      this.sentence.set(this.question.text, this.question.pair);
      this.examples = PG.examples(this.value.examples, (i) => this.example(i), this.exampleAt());
      this.card = PG.card();
      this.reply = PG.bertAnswer(this.card);
      this.tabs = PG.bertTabs(this);
      this.inside = PG.inside(this.tabs.root);
      this.foot = PG.foot({ how: WORDS.how, code: () => this.answer?.code || '', lesson: 'bert', files: this.files() });
      this.picker = PG.picker(picked, {
        family: 'bert', picked: this.question.model, shows: (model) => [undefined, 'gap'].includes(PG.bertUse(model)),
        onPick: (key, model) => this.pickModel(key, model),
      });
      PG.room(root, {
        input: [picked, this.sentence.root, PG.go(WORDS.go, () => this.submit()), this.examples.root, this.settings()],
        output: [this.card, this.inside], foot: this.foot,
      });
    }

    settings() {
      const top = PG.slider({
        label: WORDS.shown, min: 1, max: 20, step: 1, value: this.question.top, onchange: (v) => this.change({ top: v }),
      });
      const scale = PG.choice({
        label: WORDS.scale, value: 'probability', onchange: (key) => this.reply.setScale(key),
        options: ['probability', 'logit'].map((key) => ({ key, label: WORDS[key] })),
      });
      return PG.more(null, top.root, scale.root);
    }

    files() {
      const whenAnswered = (make) => () => this.answer && make();
      return [
        { name: 'attention.npz', make: whenAnswered(() => this.saveWeights()) },
        { name: 'answers.csv', make: whenAnswered(() => PG.save('answers.csv', this.reply.table(), TABLE)) },
        { name: 'answers.json', make: whenAnswered(() => this.saveAnswers()) },
        { name: 'figure.svg', make: whenAnswered(() => PG.svgFile('figure.svg', this.tabs.host(this.tabs.current()))) },
      ];
    }

    // ---- models; one with a fine-tuned head opens in its own view
    pickModel(model, about) {
      if ([undefined, 'gap'].includes(PG.bertUse(about))) return this.change({ model, ...this.typed() });
      const onclick = () => {
        this.picker.pick(this.question.model);
        this.stop();
        this.inside.hidden = !this.answer;
        PG.emit('bert-way', { key: 'uses', model });
      };
      this.picture?.stop();
      this.inside.hidden = true;
      this.card.replaceChildren(PG.notice('note', WORDS.tuned, { label: WORDS.toUses, onclick }));
    }

    open(model) { this.picker.pick(model); this.change({ model, ...this.typed() }); }

    // ---- questions
    example(i) {
      const { text, pair, masks } = this.value.examples[i];
      this.sentence.set(text, pair);
      this.change({ text, pair, masks });
    }

    exampleAt() {
      const { text, pair, masks } = this.question;
      return this.value.examples.findIndex((one) => one.text === text && one.pair === pair && String(one.masks) === String(masks));
    }

    toggle(at) {
      const { text, hidden } = this.answer.chips.find((chip) => chip.at === at);
      const outside = (mask) => mask < at || mask >= at + [...text].length, { masks } = this.question;
      this.change({ masks: hidden ? masks.filter(outside) : [...masks, at] });
    }

    // What stands in the text fields while they are open; words hidden in another text mean nothing in it.
    typed() {
      if (!this.sentence.editing && this.answer) return {};
      const { text, pair } = this.sentence.get(), same = text === this.question.text && pair === this.question.pair;
      return { text, pair, masks: same ? this.question.masks : [] };
    }

    submit() { this.change(this.typed()).then(() => PG.reveal(this.card)); }

    change(part) {
      this.question = { ...this.question, ...part };
      this.examples.pick(this.exampleAt());
      return this.ask();
    }

    async ask() {
      const turn = ++this.turn, { question } = this;
      this.leaving?.abort();
      this.leaving = new AbortController();
      this.card.setAttribute('aria-busy', 'true');
      const slow = setTimeout(() => this.work(), this.answer ? PATIENCE : 0);
      const answer = await PG.ask('bert/ask', question, this.leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      clearTimeout(slow);
      if (turn !== this.turn || !answer) return;
      this.card.removeAttribute('aria-busy');
      if (answer.wrong) this.refuse(answer.wrong); else this.take(question, answer);
    }

    work() { PG.busy(this.card, WORDS.working, () => this.stop()); }

    stop() {
      this.turn += 1;
      this.leaving.abort();
      this.card.removeAttribute('aria-busy');
      this.card.replaceChildren();
      this.reply.draw();
    }

    // The sentence stays as typed; the words below it still belong to the last answer.
    refuse(wrong) {
      this.picture?.stop();
      this.inside.hidden = true;
      this.card.replaceChildren(PG.notice('wrong', wrong));
      if (!this.asked) return this.sentence.edit(true);
      const { text, pair, masks } = this.asked;
      Object.assign(this.question, { text, pair, masks });
    }

    take(question, answer) {
      const { tokens, chips } = answer;
      Object.assign(this, { asked: question, answer });
      this.inside.hidden = false;
      this.link(question);
      this.sentence.show(chips, { used: tokens.texts.length, most: tokens.most, cut: tokens.cut });
      this.reply.show(answer, question.pair);
      this.tabs.redraw();
      this.foot.refresh();
    }

    // The address leads back to this question, unless it is the one the room opens with.
    link({ text, pair, masks, model, top }) {
      const said = JSON.stringify({ text, pair, masks, model, top });
      this.linked ||= PG.query.has('bert') || said !== JSON.stringify(this.first);
      if (this.linked && said.length <= LINKED) PG.inAddress('bert', said, true);
    }

    // ---- downloads
    async saveWeights() {
      this.tabs.show('attention');
      const { ids } = this.answer.tokens;
      await this.picture.npz({ ids: { data: Int32Array.from(ids), shape: [ids.length] } });
    }

    saveAnswers() { PG.save('answers.json', PG.json({ question: this.asked, ...this.answer, edited: this.edited }), 'application/json'); }
  }

  PG.bertGap = (root, value) => new Room(root, value);
})();
