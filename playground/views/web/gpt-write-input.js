// The input column of "Write on": model, beginning, what to make of it, how many tokens, how they are chosen.
(() => {
  const { el } = PG;
  const W = {
    beginning: { en: 'Beginning', zh: '开头' },
    start: { en: 'Begin with', zh: '以此开头：' },
    chat: { en: 'As a talk (chat template)', zh: '作为对话（对话模板）' },
    go: { en: 'Write on', zh: '接着写' },
    fromBeginning: { en: 'Goes on after the beginning.', zh: '从开头之后接着写。' },
    fromEnd: { en: 'Goes on at the end.', zh: '从末尾接着写。' },
    make: { en: 'What to make', zh: '写什么' },
    one: { en: 'one text', zh: '一段文字' },
    two: { en: 'two, A | B', zh: '两段，A | B' },
    beams: { en: 'beam search', zh: '束搜索' },
    settings: { en: 'Settings', zh: '设置' },
    tokens: { en: 'New tokens, at most', zh: '最多写多少个新词元' },
    line: { en: 'Stop at the end of the line', zh: '写到行末就停' },
    width: { en: 'Beams kept', zh: '束宽（保留几条）' },
    steps: { en: 'Steps', zh: '步数' },
    penalty: { en: 'Length penalty', zh: '长度惩罚' },
  };
  const COUNTS = [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
  const PATIENCE = 250; // ms after the last key before the tokens are counted

  const tokensOf = ({ count, positions }) => ({ en: `${count} of ${positions} tokens`, zh: `${count} / ${positions} 个词元` });

  // The room asks: room.question (text, model, start, chat, make, tokens, line, settings, other, width, steps, penalty);
  // it hears: room.ask(), room.example(i), room.pickModel(key), room.settle(settings).
  class Input {
    constructor(room) {
      this.room = room;
      const { question } = room;
      this.count = el('span', { class: 'hint write-count' });
      this.text = el('textarea', {
        rows: 6, dir: 'auto', spellcheck: 'false', 'aria-label': W.beginning, oninput: () => this.typing(),
        onkeydown: (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); room.submit(); } },
      });
      this.text.value = question.text;
      this.startName = el('span', { class: 'mono' });
      this.start = PG.check({ label: '', value: question.start, onchange: () => this.recount() });
      this.start.root.lastChild.append(...[el('span', {}, W.start, ' '), this.startName]);
      this.chat = PG.check({ label: W.chat, value: question.chat, onchange: () => this.recount() });
      this.make = PG.choice({
        label: W.make, value: question.make, onchange: (make) => { room.set({ make }); this.refit(); },
        options: ['one', 'two', 'beams'].map((key) => ({ key, label: W[key] })),
      });
      this.length = el('div');
      this.line = PG.check({ label: W.line, value: question.line, onchange: (line) => room.set({ line }) });
      this.place = el('p', { class: 'hint write-from' });
      this.rules = PG.gptSettings({ value: question.settings, onchange: (settings) => room.settle(settings, this) });
      this.others = PG.gptSettings({ value: question.other, name: 'B', onchange: (other) => room.set({ other }) });
      this.sideA = el('h3', { class: 'label write-side', text: 'A' });
      this.rules.root.prepend(this.sideA);
      this.search = el('div', { class: 'write-settings' }, [
        this.slider('width', 2, 8, 1), this.slider('steps', 1, 30, 1), this.slider('penalty', 0, 2, .1),
      ]);
      this.writing = el('div', { class: 'write-settings' }, this.length, this.line.root);
      this.examples = PG.examples(room.value.examples, (i) => room.example(i), room.exampleAt());
      this.know({ positions: 512, start: '', talks: question.chat });
      this.refit();
    }

    // In the order in which they stand.
    nodes() {
      const switches = el('div', { class: 'write-switches' }, this.start.root, this.chat.root);
      const field = PG.field(W.beginning, this.count, this.text, switches);
      const go = el('div', {}, PG.go(W.go, () => this.room.submit()), this.place);
      const settings = PG.more(W.settings, this.writing, this.rules.root, this.others.root, this.search);
      settings.classList.add('write-more');
      settings.open = matchMedia('(min-width: 40rem)').matches; // on a phone they would stand between the button and the text
      return [field, this.make.root, go, settings, this.examples.root];
    }

    slider(key, min, max, step) {
      const format = (v) => String(Number(v.toFixed(1)));
      return PG.slider({ label: W[key], min, max, step, value: this.room.question[key], format, oninput: (v) => this.room.set({ [key]: v }) }).root;
    }

    // What only the model knows: how much it reads, whether it has a first token and a chat template.
    know({ positions, start, talks }) {
      const news = JSON.stringify([positions, start, talks]);
      if (news === this.known) return;
      this.known = news;
      const wanted = [...COUNTS, this.room.question.tokens, positions - 1].filter((n) => n < positions);
      const counts = [...new Set(wanted)].sort((a, b) => a - b);
      const nearest = Math.max(0, counts.findLastIndex((n) => n <= this.room.question.tokens));
      PG.fill(this.length, PG.slider({
        label: W.tokens, min: 0, max: counts.length - 1, step: 1, value: nearest, format: (i) => String(counts[i]),
        oninput: (i) => this.room.set({ tokens: counts[i] }),
      }).root);
      if (this.room.question.tokens > positions - 1) this.room.set({ tokens: positions - 1 });
      this.startName.textContent = start;
      this.start.root.hidden = !start;
      this.chat.root.hidden = !talks;
      if (!talks && start) this.chat.set(false);
    }

    refit() {
      const { make } = this.room.question;
      this.writing.hidden = this.rules.root.hidden = make === 'beams';
      this.search.hidden = make !== 'beams';
      this.others.root.hidden = this.sideA.hidden = make !== 'two';
    }

    // Where the button goes on: at a place of a branch.
    say({ at }, { given, told }) {
      const end = at === given + told.length;
      const inside = { en: `Goes on at the cursor, after token ${at}.`, zh: `从光标处接着写（第 ${at} 个词元之后）。` };
      PG.fill(this.place, at === undefined || at === given ? W.fromBeginning : end ? W.fromEnd : inside);
    }

    typed() { return { text: this.text.value, start: this.start.get(), chat: this.chat.get() }; }

    put({ text, start, chat }) {
      this.text.value = text;
      this.start.set(start);
      this.chat.set(chat);
      this.recount();
    }

    typing() {
      PG.fill(this.place, W.fromBeginning);
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.recount(), PATIENCE);
    }

    async recount() {
      const asked = JSON.stringify({ ...this.typed(), model: this.room.question.model });
      const said = await PG.ask('gpt/count', JSON.parse(asked));
      if (said.wrong || asked !== JSON.stringify({ ...this.typed(), model: this.room.question.model })) return;
      PG.fill(this.count, tokensOf(said));
      this.count.classList.toggle('over', said.count > said.positions);
      this.know(said);
    }
  }

  PG.gptInput = (room) => new Input(room);
})();
