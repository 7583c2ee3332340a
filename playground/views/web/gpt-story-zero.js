// GPT-2's prompts without examples: the task is in the text. What the open model writes, what GPT-2 reached, how well each token was foretold.
(() => {
  const { el } = PG;
  const W = {
    task: { en: 'Task', zh: '任务' },
    prompt: { en: 'Prompt', zh: '提示' },
    go: { en: 'Write', zh: '写' },
    back: { en: 'Back to the example', zh: '恢复示例' },
    tokens: { en: 'New tokens, at most', zh: '最多写多少个新词元' },
    reading: { en: 'Reading', zh: '正在读' },
    none: { en: 'It ended at once, without a word', zh: '它一个词也没写就结束了' },
    read: {
      en: 'Nothing was trained for this task and there is no head: the model goes on with the likeliest token each time (GPT-2 summed up with a little '
        + 'chance, top-k 2). The stronger the colour, the surer it was.',
      zh: '没有为这个任务训练，也没有输出头：模型每次都接上最可能的词元（GPT-2 写摘要时带一点随机，top-k 2）。颜色越浓，它越有把握。',
    },
    paper: { en: 'What GPT-2 reached', zh: 'GPT-2 的成绩' },
    small: {
      en: (n, ratio) => `The model open here has ${n} weights, one for every ${ratio} of that GPT-2. What it wrote above is shown as it came; nobody `
        + `measured it on this task, and a model this small cannot be expected to do it.`,
      zh: (n, ratio) => `这里打开的模型有 ${n} 个权重，那个 GPT-2 是它的 ${ratio} 倍。上面写出的内容原样显示；没有人在这个任务上测过它，不能指望这么小的模型做到。`,
    },
    large: {
      en: (n) => `The model open here has ${n} weights. What it wrote above is shown as it came; one text is no measurement.`,
      zh: (n) => `这里打开的模型有 ${n} 个权重。上面写出的内容原样显示；一段文字不算测量。`,
    },
    lossRead: {
      en: 'How much each token of the text surprised the model: −ln P of it, given all before it. Perplexity is e to the mean of these bars, as if it '
        + 'chose among so many tokens each time. '
        + 'Per token it depends on the vocabulary; bits per byte can be compared between models.',
      zh: '文字里每个词元让模型意外多少：给定前面所有词元时的 −ln P。困惑度是 e 的（这些柱的平均值）次方，好比每次要在那么多个词元里选一个。'
        + '按词元算取决于词表；要在模型之间比较，用每字节比特数。',
    },
    lastRead: {
      en: 'The last word of the text is taken away and asked for. Its probability is that of its tokens, one after the other.',
      zh: '去掉文字的最后一个词，再让模型说出它。它的概率是各个词元概率依次相乘。',
    },
    how: {
      en: 'A model that foretells text well has to foretell what follows “TL;DR:” or “A:” as well. GPT-2 was asked for many tasks in this way, without any '
        + 'training for them: '
        + 'it did some far better than chance and most far worse than systems made for them.',
      zh: '能预测好文字的模型，也得预测“TL;DR:”或“A:”后面的内容。GPT-2 就这样被拿来做许多任务，完全没有为它们训练：有些远好于乱猜，大多数远不如专门的系统。',
    },
  };
  const HEIGHT = 5; // rem, of the tallest loss
  const TABLE = 'text/csv;charset=utf-8';
  const grouped = (n) => Math.round(n).toLocaleString('en');

  class Zero {
    constructor(room, wish) {
      this.room = room;
      this.how = W.how;
      this.tasks = Object.fromEntries(room.value.zero.map((one) => [one.key, one]));
      this.key = this.tasks[wish.key] ? wish.key : room.value.zero[0].key;
      this.prompts = typeof wish.prompt === 'string' ? { [this.key]: wish.prompt } : {};
      this.wrote = PG.card();
      this.paper = PG.card();
      this.losses = PG.card();
      this.cards = [this.wrote, this.paper, this.losses];
      this.last = PG.gptAsker(this.wrote, 'story_last', (told) => this.drawLast(told));
      this.measure = PG.gptAsker(this.losses, 'story_losses', (told) => this.drawLosses(told));
      this.choice = PG.choice({
        label: W.task, value: this.key, options: room.value.zero.map(({ key, name }) => ({ key, label: name })), onchange: (key) => this.turn(key),
      });
      this.say = el('span', { class: 'hint' });
      this.text = el('textarea', {
        class: 'cell typed', rows: 10, dir: 'auto', spellcheck: 'false', 'aria-label': W.prompt,
        onkeydown: (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.submit(); } },
      });
      this.length = el('div');
      const back = el('button', { class: 'btn link', type: 'button', onclick: () => { delete this.prompts[this.key]; this.refit(); this.ask(); } }, W.back);
      this.nodes = [
        this.choice.root, el('div', { class: 'story-fields' }, PG.field(W.prompt, null, this.say, this.text), el('div', { class: 'label-row under' },
          el('span'), back)),
        PG.go(W.go, () => this.submit()), this.length,
      ];
      this.files = [
        { name: 'losses.csv', make: () => this.told && PG.save('losses.csv', PG.csv([['token', 'loss in nats', 'rank'],
          ...this.told.tokens.map((token, i) => [token, this.told.nats[i], this.told.ranks[i]])]), TABLE) },
        { name: 'losses.svg', make: () => this.told && PG.svgFile('losses.svg', this.losses.querySelector('.panel-body')) },
      ];
      this.refit();
    }

    get task() { return this.tasks[this.key]; }

    get prompt() { return this.prompts[this.key] ?? this.task.prompt; }

    refit() {
      this.text.value = this.prompt;
      PG.fill(this.say, this.task.say);
      const { tokens } = this.task;
      this.most = tokens;
      PG.fill(this.length, this.key === 'last' ? null : PG.slider({ label: W.tokens, min: 4, max: 120, step: 4, value: tokens,
        oninput: (v) => { this.most = v; } }).root);
    }

    turn(key) {
      this.prompts[this.key] = this.text.value;
      this.key = key;
      this.refit();
      this.ask();
    }

    submit() {
      this.prompts[this.key] = this.text.value;
      this.ask();
      PG.reveal(this.wrote);
    }

    kept() { return { key: this.key, ...(this.prompt === this.task.prompt ? {} : { prompt: this.prompt }) }; }

    stop() {
      this.leaving?.abort();
      this.last.stop();
      this.measure.stop();
    }

    ask() {
      this.stop();
      this.model = this.room.model;
      if (this.room.views.zero) this.room.link();
      this.drawPaper();
      this.foot?.refresh();
      const asked = { text: this.prompt, model: this.model };
      if (this.key === 'last') this.last.ask(asked); else this.write(asked);
      return this.measure.ask(asked);
    }

    code() {
      const said = JSON.stringify(this.prompt);
      if (this.key === 'last') {
        return `from playground.families.gpt import Request, last_word\n\nprint(last_word(Request(${said}, ${JSON.stringify(this.room.model)}, top=1)))`;
      }
      return this.program || '';
    }

    // ---- what it writes, as it comes
    async write(asked) {
      this.leaving = new AbortController();
      const { signal } = this.leaving, panel = PG.panel({ title: W.reading, read: W.read }), told = [];
      const body = el('p', { class: 'story-wrote', dir: 'auto' }), out = el('span');
      PG.fill(this.wrote, panel.root);
      panel.body.append(body);
      const answer = await PG.lines('gpt/write', { ...asked, tokens: this.most, line: this.task.line, settings: { greedy: true } }, (line) => {
        if (signal.aborted) return;
        if (line.begun) PG.fill(body, el('span', { class: 'story-given', text: line.begun.tokens.runs.map(([text]) => text).join('') }), out);
        if (line.told) line.told.forEach((one) => { told.push(one); out.append(this.piece(one)); });
        if (line.ended) {
          this.program = line.ended.code;
          this.foot?.refresh();
        }
        const text = told.map(([, , said]) => said).join('').trim();
        panel.set(text ? { en: `It wrote “${text}”`, zh: `它写的是“${text}”` } : line.ended ? W.none : W.reading);
      }, signal).catch((error) => { if (error.name !== 'AbortError') throw error; });
      if (answer?.wrong && !signal.aborted) this.wrote.replaceChildren(PG.notice('wrong', answer.wrong));
    }

    piece([, name, text, chance, rank]) {
      return el('span', {
        class: 'story-new', style: { '--share': `${Math.round(chance * 100)}%` }, onmouseleave: PG.untip,
        onmousemove: (event) => PG.tip(event, el('b', { class: 'mono', text: name }), el('span', {}, `P ${chance.toFixed(4)}`), el('span', {},
          { en: `choice ${rank}`, zh: `第 ${rank} 选择` })),
      }, text);
    }

    drawLast({ word, chance, rank, guess, before }) {
      const share = PG.chance(chance), hit = guess.toLowerCase() === word.toLowerCase();
      const title = hit
        ? { en: `It says “${guess}” too: ${share}`, zh: `它也说“${guess}”：${share}` }
        : { en: `The last word is “${word}”; it says “${guess}”`, zh: `最后一个词是“${word}”，它说的是“${guess}”` };
      const panel = PG.panel({ title, read: W.lastRead, source: {
        en: `“${word}” has a probability of ${share}; its first token is choice number ${grouped(rank)}`,
        zh: `“${word}”的概率是 ${share}；它的第一个词元排在第 ${grouped(rank)} 位`,
      } });
      PG.fill(panel.body, el('p', { class: 'story-wrote', dir: 'auto' }, el('span', { class: 'story-given', text: `${before} ` }), el('span',
        { class: 'story-new', text: guess || '–' })));
      PG.fill(this.wrote, panel.root);
    }

    // ---- what the paper says
    async drawPaper() {
      const { paper, name } = this.task, turn = (this.papers = (this.papers || 0) + 1);
      const panel = PG.panel({ title: () => `${PG.t(W.paper)}: ${PG.t(name)}`, source: 'Radford, Wu, Child, Luan, Amodei, Sutskever 2019' });
      const frank = el('p', { class: 'read' });
      PG.fill(panel.body, el('p', { class: 'story-said' }, paper), frank);
      PG.fill(this.paper, panel.root);
      const size = await PG.ask('gpt/story_size', { model: this.model });
      if (turn !== this.papers || size.wrong) return;
      const said = size.ratio >= 2 ? W.small : W.large, n = grouped(size.parameters), ratio = grouped(size.ratio);
      PG.fill(frank, { en: said.en(n, ratio), zh: said.zh(n, ratio) });
    }

    // ---- how well each token was foretold
    drawLosses(told) {
      this.told = told;
      const { tokens, nats, ranks, perplexity, word, bits, cut } = told, most = Math.max(...nats, 1e-9);
      const panel = PG.panel({
        title: { en: `Perplexity ${PG.four(perplexity)} per token of this text`, zh: `这段文字的困惑度：每词元 ${PG.four(perplexity)}` },
        read: W.lossRead,
        source: {
          en: `${tokens.length} tokens; ${PG.four(bits)} bits per byte; perplexity per word ${PG.four(word)}. The prompt alone is measured, not what was `
            + `written.`,
          zh: `${tokens.length} 个词元；每字节 ${PG.four(bits)} 比特；每词困惑度 ${PG.four(word)}。只衡量提示本身，不包括写出的内容。`,
        },
      });
      const column = (text, i) => el('span', {
        class: 'story-loss', onmouseleave: PG.untip, onmousemove: (event) => PG.tip(event, el('b', { class: 'mono', text }),
          el('span', {}, `−ln P = ${nats[i].toFixed(3)}`), el('span', {}, { en: `choice ${grouped(ranks[i])}`, zh: `第 ${grouped(ranks[i])} 选择` })),
      }, el('span', { class: 'story-loss-room' }, el('span', { class: 'story-loss-bar', style: { height: `${(nats[i] / most) * HEIGHT}rem` } })),
      el('span', { class: 'mono', dir: 'auto' }, text));
      PG.fill(panel.body, cut ? PG.notice('cut', { en: `The first ${cut} tokens found no room.`, zh: `开头的 ${cut} 个词元放不下。` }) : null,
        el('div', { class: 'story-losses' }, tokens.map(column)));
      PG.fill(this.losses, panel.root);
    }
  }

  PG.gptStoryZero = (room, wish) => new Zero(room, wish);
})();
