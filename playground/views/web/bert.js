// The BERT room: a sentence with gaps, what fits them, and what happened inside.
(() => {
  const { el } = PG;
  const WORDS = {
    title: { en: 'fills a gap by reading both sides of it', zh: '读左右两边，把空填上' },
    lead: {
      en: 'It sees the words before and after the gap at once, and gives every word it knows a probability (masked language modelling).',
      zh: '它同时看到空格前后的词，并给认识的每个词一个概率（掩码语言模型）。',
    },
    go: { en: 'Fill the gap', zh: '填空' },
    working: { en: 'Reading the sentence', zh: '正在读句子' },
    nogap: { en: 'There is no gap yet: click a word to hide it.', zh: '还没有空：点击一个词把它藏起来。' },
    tokens: { en: 'Tokens', zh: '词元' },
    attention: { en: 'Attention', zh: '注意力' },
    bertviz: 'BertViz',
    shown: { en: 'Words shown', zh: '显示词数' },
    scale: { en: 'Numbers', zh: '数值' },
    probability: { en: 'probability', zh: '概率' },
    logit: { en: 'logit', zh: 'logit（未归一化分数）' },
    candidates: { en: 'Most likely words', zh: '最可能的词' },
    gaps: { en: 'Gap', zh: '空' },
    hid: { en: 'hidden word', zh: '被藏的词' },
    follows: { en: 'follows', zh: '接得上' },
    random: { en: 'does not', zh: '接不上' },
    nonext: {
      en: 'This model was not trained to say whether one sentence follows another.', zh: '这个模型没有学过判断两句话是否相连。',
    },
    how: {
      en: 'BERT was trained by hiding 15 % of the pieces of a large text and guessing them. To guess, each token asks a question (its query), every token '
        + 'offers a key, and where they fit, values flow: that is attention, from both sides at once.',
      zh: 'BERT 的训练方法是：把大量文本中 15 % 的词元藏起来再猜。猜的时候，每个词元提出一个查询，每个词元给出一个键，两者相合处就传递值：这就是注意力，左右两边同时进行。',
    },
    limited: { en: 'The original pictures of BertViz (Vig 2019), drawn from the same weights, without any network.', zh: 'BertViz（Vig 2019）的原版图，用同样的权重绘制，不需要网络。' },
    view: { en: 'View', zh: '视图' },
    headview: { en: 'Heads of one layer', zh: '一层的各个头' },
    modelview: { en: 'All layers and heads', zh: '全部层和头' },
  };
  const PATIENCE = 250;  // ms before a working notice replaces the answer

  class Room {
    constructor(root, value) {
      const first = value.examples[0];
      this.value = value;
      this.question = { text: first.text, pair: first.pair, masks: first.masks, model: value.model, top: 5 };
      this.turn = 0;
      this.gap = 0;
      this.tries = [];
      this.scale = 'probability';
      this.build(root);
      this.ask();
    }

    // ---- the page
    build(root) {
      this.sentence = PG.sentence({ toggle: (at) => this.toggle(at), submit: () => this.submit() });
      this.sentence.set(this.question.text, this.question.pair);
      this.examples = PG.examples(this.value.examples, (i) => this.example(i), 0);
      this.examples.root.addEventListener('click', () => PG.untip());
      this.picked = el('div');
      this.picker = PG.picker(this.picked, { family: 'bert', picked: this.question.model, onPick: (key) => this.change({ model: key }) });
      this.card = PG.card();
      this.tabs = PG.tabs([
        { key: 'tokens', label: WORDS.tokens, draw: (host) => this.drawTokens(host) },
        { key: 'attention', label: WORDS.attention, draw: (host) => this.drawAttention(host) },
        { key: 'bertviz', label: WORDS.bertviz, draw: (host) => this.drawBertviz(host) },
      ], { label: { en: 'Inside', zh: '内部' }, pick: 'attention' });
      this.inside = PG.inside(this.tabs.root);
      this.foot = PG.foot({ how: WORDS.how, code: () => this.answer?.code || '', lesson: 'bert', files: this.files() });
      PG.room(root, {
        head: PG.roomHead({ kicker: 'BERT', title: WORDS.title, lead: WORDS.lead, cite: 'Devlin et al. 2018' }),
        input: [this.picked, this.sentence.root, PG.go(WORDS.go, () => this.submit()), this.examples.root, this.settings()],
        output: [this.card, this.inside], foot: this.foot,
      });
    }

    settings() {
      const top = PG.slider({ label: WORDS.shown, min: 1, max: 20, step: 1, value: 5, onchange: (v) => this.change({ top: v }) });
      const scale = PG.choice({
        label: WORDS.scale, value: 'probability', options: ['probability', 'logit'].map((key) => ({ key, label: WORDS[key] })),
        onchange: (key) => { this.scale = key; this.drawAnswer(); },
      });
      return PG.more(null, top.root, scale.root);
    }

    files() {
      return [
        { name: 'attention.npz', make: () => this.saveWeights() },
        { name: 'answers.csv', make: () => this.answer && PG.save('answers.csv', this.table(), 'text/csv;charset=utf-8') },
        { name: 'answers.json', make: () => this.answer && PG.save('answers.json', PG.json({ question: this.asked, ...this.answer }), 'application/json') },
        { name: 'figure.svg', make: () => PG.svgFile('figure.svg', this.tabs.host(this.tabs.current())) },
      ];
    }

    // ---- questions
    example(i) {
      const { text, pair, masks } = this.value.examples[i];
      this.sentence.set(text, pair);
      this.change({ text, pair, masks });
    }

    toggle(at) {
      const chip = this.answer.chips.find((one) => one.at === at), inside = (mask) => mask >= at && mask < at + [...chip.text].length;
      const masks = chip.hidden ? this.question.masks.filter((mask) => !inside(mask)) : [...this.question.masks, at];
      this.change({ masks });
    }

    submit() {
      const { text, pair } = this.sentence.get(), same = text === this.question.text && pair === this.question.pair;
      this.change({ text, pair, masks: same ? this.question.masks : [] });
    }

    change(part) {
      this.question = { ...this.question, ...part };
      const { text, pair, masks } = this.question;
      this.examples.pick(this.value.examples.findIndex((one) => one.text === text && one.pair === pair && String(one.masks) === String(masks)));
      return this.ask();
    }

    async ask() {
      const turn = ++this.turn, question = this.question;
      this.leaving?.abort();
      this.leaving = new AbortController();
      this.card.setAttribute('aria-busy', 'true');
      const slow = setTimeout(() => this.work(), this.answer ? PATIENCE : 0);
      let answer;
      try { answer = await PG.ask('bert/ask', question, this.leaving.signal); } catch (error) { if (error.name === 'AbortError') return; throw error; } finally { clearTimeout(slow); }
      if (turn !== this.turn) return;
      this.card.removeAttribute('aria-busy');
      if (answer.wrong) this.refuse(answer.wrong); else this.take(question, answer);
    }

    work() {
      PG.busy(this.card, WORDS.working, () => { this.leaving.abort(); this.turn += 1; this.card.removeAttribute('aria-busy'); this.drawAnswer(); });
    }

    refuse(wrong) {
      this.picture?.stop();
      this.inside.hidden = true;
      this.card.replaceChildren(PG.notice('wrong', wrong));
    }

    take(question, answer) {
      const { tokens } = answer;
      Object.assign(this, { asked: question, answer, gap: Math.min(this.gap, Math.max(0, answer.fills.length - 1)), tries: answer.fills.map(() => 0) });
      this.inside.hidden = false;
      this.sentence.show(answer.chips, { used: tokens.texts.length, most: tokens.most, cut: tokens.cut });
      this.drawAnswer();
      this.tabs.redraw();
      this.foot.refresh();
    }

    // ---- the answer
    drawAnswer() {
      if (!this.answer) return;
      const { fills, tokens, next } = this.answer, fill = fills[this.gap];
      this.card.replaceChildren(...[
        tokens.cut ? PG.notice('cut', PG.tokensCut(tokens)) : null,
        fill ? el('div', { class: 'answer' }, this.say(fill), this.bars(fill)) : this.noGap(),
        this.asked.pair.trim() ? this.drawNext(next) : null,
      ].filter(Boolean));
    }

    noGap() {
      return el('div', { class: 'answer-none' }, PG.notice('note', WORDS.nogap), this.filled());
    }

    say(fill) {
      const many = this.answer.fills.length > 1, word = fill.labels[0], n = this.gap + 1;
      const title = many ? { en: `“${word}” fits gap ${n} best`, zh: `“${word}” 最适合第 ${n} 个空` } : { en: `“${word}” fits the gap best`, zh: `“${word}” 最适合这个空` };
      return el('div', { class: 'answer-say' }, el('h2', { class: 'panel-title' }, title), many ? this.chooser() : null, this.filled(), this.hidden(fill), this.share(fill));
    }

    share({ rest, others, labels }) {
      const said = PG.chance(1 - rest), n = labels.length;
      return el('p', { class: 'read' }, n === 1
        ? { en: `The other ${others.toLocaleString('en')} pieces of the vocabulary share ${PG.chance(rest)}.`, zh: `词表中其余 ${others.toLocaleString('en')} 个词元共占 ${PG.chance(rest)}。` }
        : { en: `These ${n} words share ${said}, the other ${others.toLocaleString('en')} the rest. Click a word to try it in the sentence.`,
          zh: `这 ${n} 个词共占 ${said}，其余 ${others.toLocaleString('en')} 个分剩下的。点击一个词，放进句子里看看。` });
    }

    hidden({ hidden }) {
      if (!hidden) return null;
      const { piece, rank, probability } = hidden, p = PG.chance(probability), place = rank.toLocaleString('en');
      return el('p', { class: 'read was' }, { en: 'You hid ', zh: '你藏起的是 ' }, PG.b(piece, 'mono'),
        rank === 1 ? { en: `: the model’s first choice, ${p}.`, zh: `：正是模型的首选，${p}。` } : { en: `: number ${place} of the model’s choices, ${p}.`, zh: `：在模型的选择中排第 ${place}，${p}。` });
    }

    chooser() {
      return el('div', { class: 'tools-row', role: 'group', 'aria-label': WORDS.gaps }, this.answer.fills.map((fill, i) => el('button', {
        class: 'btn', type: 'button', 'aria-pressed': String(i === this.gap), onclick: () => { this.gap = i; this.drawAnswer(); },
      }, `${i + 1} `, el('span', { class: 'mono', text: this.word(i) }))));
    }

    word(i) { return this.answer.fills[i].labels[this.tries[i]]; }

    // The text with the tried words in its gaps; a piece that continues a word is joined to what stands before it.
    filled() {
      const { sentence } = this.answer, out = [];
      let before = '';
      for (const part of sentence) {
        if (typeof part === 'string') { out.push(part); before = part; continue; }
        const word = this.word(part), joined = word.startsWith('##'), text = joined ? word.slice(2) : word;
        if (joined && typeof out.at(-1) === 'string') out[out.length - 1] = out.at(-1).trimEnd();
        if (!joined && /[\p{L}\p{N}]$/u.test(before)) out.push(' ');
        out.push(el('mark', { text, class: part === this.gap ? 'now' : null }));
        before = text;
      }
      const length = sentence.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 6), 0);
      return el('p', { class: `filled${length > 140 ? ' long' : ''}`, dir: 'auto' }, out);
    }

    bars(fill) {
      const truth = fill.hidden?.id;
      return PG.bars(fill, {
        label: WORDS.candidates, scale: this.scale, pick: this.tries[this.gap],
        onPick: (i) => { this.tries[this.gap] = i; this.drawAnswer(); this.card.querySelectorAll('button.bar-row')[i]?.focus(); },
        note: (i) => (fill.ids[i] === truth ? el('span', { class: 'hint was-here' }, WORDS.hid) : null),
      });
    }

    drawNext(chance) {
      if (chance === null) return el('div', { class: 'next' }, el('p', { class: 'read' }, WORDS.nonext));
      const yes = chance >= .5, p = PG.pct(yes ? chance : 1 - chance), scores = [chance, 1 - chance];
      const title = yes ? { en: `The second sentence follows the first, ${p}`, zh: `第二句接得上第一句，${p}` } : { en: `The second sentence does not follow the first, ${p}`, zh: `第二句接不上第一句，${p}` };
      const how = { en: 'Read from the vector of the first token (next sentence prediction).', zh: '由第一个词元的向量读出（下一句预测）。' };
      return el('div', { class: 'next answer' }, el('div', { class: 'answer-say' }, el('h3', { class: 'panel-title' }, title), el('p', { class: 'read' }, how)),
        PG.bars({ labels: [WORDS.follows, WORDS.random], scores, rest: 0, others: 0 }, { mono: false }));
    }

    // ---- inside
    drawTokens(host) {
      if (this.answer) PG.tokens(host, this.answer.tokens, this.answer.chips);
    }

    drawAttention(host) {
      this.picture?.stop();
      if (!this.answer) return;
      const { attention, tokens, model } = this.answer, asked = this.asked;
      this.picture = PG.attention(host, { ...attention, texts: tokens.texts, special: tokens.special, segments: tokens.segments }, {
        stream: (take, first, signal) => PG.stream('bert/attention', { ...asked, first }, take, signal),
        open: (place) => PG.ask('bert/arithmetic', { ...asked, ...place }),
        source: { en: `softmax(q·k / √${model.width}), float32 · ${model.name} · read from one forward pass`, zh: `softmax(q·k / √${model.width})，float32 · ${model.name} · 来自一次前向计算` },
      });
    }

    drawBertviz(host) {
      if (!this.answer) return;
      const asked = this.asked, frame = el('div', { class: 'bertviz' });
      const show = async (view) => {
        const busy = PG.busy(frame, WORDS.working), said = await PG.ask('bert/bertviz', { ...asked, view, layer: this.answer.attention.pick[0] });
        busy.done();
        if (said.wrong) frame.replaceChildren(PG.notice('note', said.wrong)); else frame.replaceChildren(this.frame(said.html));
      };
      const choice = PG.choice({ label: WORDS.view, value: 'head', options: [{ key: 'head', label: WORDS.headview }, { key: 'model', label: WORDS.modelview }], onchange: show });
      host.append(el('p', { class: 'read' }, WORDS.limited), choice.root, frame);
      show('head');
    }

    // Its scripts run, but in an origin of their own: they reach neither this page nor the server.
    frame(html) {
      const frame = el('iframe', { sandbox: 'allow-scripts', srcdoc: html, title: 'BertViz', class: 'bertviz-frame' });
      const hear = (event) => {
        if (!frame.isConnected) return removeEventListener('message', hear);
        if (event.source === frame.contentWindow && Number.isFinite(event.data?.bertviz)) frame.style.height = `${Math.min(4000, event.data.bertviz + 8)}px`;
      };
      addEventListener('message', hear);
      return frame;
    }

    // ---- downloads
    async saveWeights() {
      if (!this.answer) return;
      if (!this.picture || this.tabs.current() !== 'attention') this.tabs.show('attention');
      await this.picture.npz({ ids: { data: Int32Array.from(this.answer.tokens.ids), shape: [this.answer.tokens.ids.length] } });
    }

    table() {
      const rows = this.answer.fills.flatMap((fill, gap) => fill.labels.map((label, i) => [gap + 1, fill.position, i + 1, label, fill.ids[i], fill.scores[i], fill.logits[i]]));
      return PG.csv([['gap', 'position', 'rank', 'word', 'id', 'probability', 'logit'], ...rows]);
    }
  }

  PG.widget('bert', (root, value) => { new Room(root, value); });
})();
