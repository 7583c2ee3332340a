// The answer of the BERT room: what fits the gaps, the sentence filled in, and whether the second text follows.
(() => {
  const { el } = PG;
  const WORDS = {
    nogap: { en: 'There is no gap yet: click a word to hide it.', zh: '还没有空：点击一个词把它藏起来。' },
    candidates: { en: 'Most likely words', zh: '最可能的词' },
    gaps: { en: 'Gap', zh: '空' },
    hid: { en: 'hidden word', zh: '被藏的词' },
    hidden: { en: 'You hid ', zh: '你藏起的是 ' },
    follows: { en: 'follows', zh: '接得上' },
    random: { en: 'does not', zh: '接不上' },
    nonext: {
      en: 'This model was not trained to say whether one sentence follows another.', zh: '这个模型没有学过判断一句话是否接在另一句之后。',
    },
    read: { en: 'Read from the vector of the first token (next sentence prediction).', zh: '由第一个词元的向量读出（下一句预测）。' },
  };
  const UNSURE = .6; // below this share a verdict would be a guess
  const LONG = 140;  // characters from which the sentence is set smaller
  const count = (n) => n.toLocaleString('en');

  const fits = (word, gap, many) => (many
    ? { en: `“${word}” fits gap ${gap + 1} best`, zh: `“${word}” 最适合第 ${gap + 1} 个空` }
    : { en: `“${word}” fits the gap best`, zh: `“${word}” 最适合这个空` });
  const shares = ({ rest, others, labels }) => {
    const n = labels.length, said = PG.chance(1 - rest);
    if (n === 1) {
      return {
        en: `The other ${count(others)} pieces of the vocabulary share ${PG.chance(rest)}.`,
        zh: `词表中其余 ${count(others)} 个词元共占 ${PG.chance(rest)}。`,
      };
    }
    return {
      en: `These ${n} words share ${said}, the other ${count(others)} the rest. Click a word to try it in the sentence.`,
      zh: `这 ${n} 个词共占 ${said}，其余 ${count(others)} 个分剩下的。点击一个词，放进句子里看看。`,
    };
  };
  const place = (rank, chance) => {
    const p = PG.chance(chance);
    return rank === 1
      ? { en: `: the model’s first choice, ${p}.`, zh: `：正是模型的首选，${p}。` }
      : { en: `: number ${count(rank)} of the model’s choices, ${p}.`, zh: `：在模型的选择中排第 ${count(rank)}，${p}。` };
  };
  const joins = (chance) => {
    const p = PG.pct(Math.max(chance, 1 - chance));
    if (Math.max(chance, 1 - chance) < UNSURE) {
      return chance >= .5
        ? { en: `It can hardly tell: ${p} that the second sentence follows the first`, zh: `它很难判断：第二句接得上第一句的概率是 ${p}` }
        : { en: `It can hardly tell: ${p} that the second sentence does not follow`, zh: `它很难判断：第二句接不上第一句的概率是 ${p}` };
    }
    return chance >= .5
      ? { en: `The second sentence follows the first, ${p}`, zh: `第二句接得上第一句，${p}` }
      : { en: `The second sentence does not follow the first, ${p}`, zh: `第二句接不上第一句，${p}` };
  };

  // The parts of the text with the tried words in its gaps; a piece that goes on is joined to what stands before it.
  const compose = (parts, word, gap) => {
    const out = [];
    let before = '';
    for (const part of parts) {
      if (typeof part === 'string') { out.push(part); before = part; continue; }
      const said = word(part), goesOn = said.startsWith('##'), text = goesOn ? said.slice(2) : said;
      if (goesOn && typeof out.at(-1) === 'string') out[out.length - 1] = out.at(-1).trimEnd();
      if (!goesOn && /[\p{L}\p{N}]$/u.test(before)) out.push(' ');
      out.push(el('mark', { text, class: part === gap ? 'now' : null }));
      before = text;
    }
    return out;
  };

  class Answer {
    constructor(host) { Object.assign(this, { host, gap: 0, tries: [], scale: 'probability', answer: null, pair: '' }); }

    // answer: what the verb "ask" says; pair: the second text of the question
    show(answer, pair) {
      const { fills } = answer;
      Object.assign(this, { answer, pair, gap: Math.min(this.gap, Math.max(0, fills.length - 1)), tries: fills.map(() => 0) });
      this.draw();
    }

    setScale(scale) { this.scale = scale; this.draw(); }

    draw() {
      if (!this.answer) return;
      const { fills, tokens, next } = this.answer, fill = fills[this.gap];
      this.host.replaceChildren(...[
        tokens.cut ? PG.notice('cut', PG.tokensCut(tokens)) : null,
        fill ? el('div', { class: 'answer' }, this.say(fill), this.bars(fill)) : this.noGap(),
        this.pair.trim() ? this.next(next) : null,
      ].filter(Boolean));
    }

    noGap() { return el('div', { class: 'answer-none' }, PG.notice('note', WORDS.nogap), this.filled()); }

    say(fill) {
      const many = this.answer.fills.length > 1;
      return el('div', { class: 'answer-say' },
        el('h2', { class: 'panel-title' }, fits(fill.labels[0], this.gap, many)),
        many ? this.chooser() : null,
        this.filled(),
        fill.hidden ? this.was(fill.hidden) : null,
        el('p', { class: 'read' }, shares(fill)));
    }

    was({ piece, rank, probability }) {
      return el('p', { class: 'read was' }, WORDS.hidden, PG.b(piece, 'mono'), place(rank, probability));
    }

    word(gap) { return this.answer.fills[gap].labels[this.tries[gap]]; }

    chooser() {
      const button = (_, gap) => el('button', {
        class: 'btn', type: 'button', 'aria-pressed': String(gap === this.gap), onclick: () => { this.gap = gap; this.draw(); },
      }, `${gap + 1} `, el('span', { class: 'mono', text: this.word(gap) }));
      return el('div', { class: 'tools-row', role: 'group', 'aria-label': WORDS.gaps }, this.answer.fills.map(button));
    }

    filled() {
      const { sentence } = this.answer, length = sentence.reduce((sum, part) => sum + (part.length || 6), 0);
      const parts = compose(sentence, (gap) => this.word(gap), this.gap);
      return el('p', { class: `filled${length > LONG ? ' long' : ''}`, dir: 'auto' }, parts);
    }

    bars(fill) {
      const truth = fill.hidden?.id;
      return PG.bars(fill, {
        label: WORDS.candidates, scale: this.scale, pick: this.tries[this.gap], onPick: (i) => this.tryWord(i),
        note: (i) => (fill.ids[i] === truth ? el('span', { class: 'hint was-here' }, WORDS.hid) : null),
      });
    }

    tryWord(i) {
      this.tries[this.gap] = i;
      this.draw();
      this.host.querySelectorAll('button.bar-row')[i]?.focus();
    }

    next(chance) {
      if (chance === null) return el('div', { class: 'next' }, el('p', { class: 'read' }, WORDS.nonext));
      const bars = { labels: [WORDS.follows, WORDS.random], scores: [chance, 1 - chance], rest: 0, others: 0 };
      return el('div', { class: 'next answer' },
        el('div', { class: 'answer-say' }, el('h3', { class: 'panel-title' }, joins(chance)), el('p', { class: 'read' }, WORDS.read)),
        PG.bars(bars, { mono: false }));
    }

    table() {
      const rows = this.answer.fills.flatMap((fill, gap) => fill.labels.map((label, i) => [
        gap + 1, fill.position, i + 1, label, fill.ids[i], fill.scores[i], fill.logits[i],
      ]));
      return PG.csv([['gap', 'position', 'rank', 'word', 'id', 'probability', 'logit'], ...rows]);
    }
  }

  PG.bertAnswer = (host) => new Answer(host);
})();
