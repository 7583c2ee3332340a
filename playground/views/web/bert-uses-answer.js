// What a fine-tuned head says: a class, entities in the text, or an answer in the passage. The title is the finding.
(() => {
  const { el } = PG;
  const UNSURE = .6, LONG = 160;
  const WORDS = {
    noAnswer: { en: 'no answer', zh: '没有答案' },
    classes: { en: 'Probability of each class', zh: '每个类别的概率' },
    answers: { en: 'Answers, likeliest first', zh: '答案，可能性从高到低' },
    names: { en: 'What it found', zh: '它找到的' },
    one: {
      en: 'One vector, that of the first token, goes through a small layer; softmax makes the classes add up to 1.',
      zh: '只有一个向量（第一个词元的）经过一个很小的层；softmax 使各类别的概率加起来为 1。',
    },
    many: { en: 'Each class is asked for on its own (sigmoid): several may hold, they need not add up to 1.', zh: '每个类别单独判断（sigmoid）：可以同时成立，加起来不必为 1。' },
    value: { en: 'This head gives one number and no classes. What it means is said by whoever trained the model.', zh: '这个输出头只给出一个数，没有类别。它的含义由训练者规定。' },
    triangle: { en: 'Each corner is a class with 100 %; the nearer the point, the likelier. The lines are where two are equal.', zh: '每个角表示该类别 100 %；点离得越近，概率越大。线上两个类别概率相等。' },
    tags: {
      en: 'A word has the tag of its first piece; words in a row with one kind are one name, its share the mean of its words’. Point at a word for its tags.',
      zh: '一个词的标签取它第一个词元的标签；连续同类的词合成一个名称，其概率为各词概率的平均。把指针放在词上可看各标签的概率。',
    },
    span: {
      en: 'Every stretch of the passage competes with every other and with “no answer”: the start’s logit plus the end’s, softmax over all of them. Click an answer to see it in the passage.',
      zh: '短文中的每个片段与其他片段以及“没有答案”竞争：起点的 logit 加终点的 logit，再对全部做 softmax。点击一个答案，在短文中查看。',
    },
  };
  const KINDS = {
    PER: { en: 'person', zh: '人物' }, ORG: { en: 'organisation', zh: '组织' }, LOC: { en: 'place', zh: '地点' }, MISC: { en: 'other name', zh: '其他名称' },
  };
  const RELATIONS = {
    entailment: { en: 'B follows from A', zh: '由 A 可以推出 B' }, neutral: { en: 'B may hold or not', zh: 'B 可能成立也可能不成立' },
    contradiction: { en: 'B contradicts A', zh: 'B 与 A 矛盾' },
  };
  const OPINIONS = { positive: { en: 'The review is for it', zh: '这是好评' }, negative: { en: 'The review is against it', zh: '这是差评' } };
  const CLASSES = {
    entailment: { en: 'entailment', zh: '蕴含' }, neutral: { en: 'neutral', zh: '中立' }, contradiction: { en: 'contradiction', zh: '矛盾' },
    positive: { en: 'positive', zh: '正面' }, negative: { en: 'negative', zh: '负面' },
  };
  const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : null);
  const kind = (name) => own(KINDS, name) || name;
  const named = (label) => own(CLASSES, label.toLowerCase()) || label;
  PG.bertClass = named;

  // ---- classes
  const sentence = (label, pair) => (pair ? own(RELATIONS, label.toLowerCase()) : own(OPINIONS, label.toLowerCase()))
    || { en: `“${PG.t(named(label))}” fits best`, zh: `最符合“${PG.t(named(label))}”` };
  const verdict = ({ kind: rule, labels, scores, logits, all, others }, pair) => {
    if (rule === 'value') return { en: `It gives ${PG.minus(logits[0], 3)}`, zh: `它给出 ${PG.minus(logits[0], 3)}` };
    if (rule === 'many') {
      const held = scores.filter((p) => p >= .5).length, n = labels.length + others;
      return { en: `${held} of ${n} labels hold`, zh: `${n} 个标签中有 ${held} 个成立` };
    }
    const said = sentence(labels[0], pair), p = PG.chance(scores[0]);
    const unsure = scores[0] < (all.length === 3 ? .5 : UNSURE);
    return unsure
      ? { en: `It can hardly tell: “${PG.t(named(labels[0]))}” leads with ${p}`, zh: `它很难判断：“${PG.t(named(labels[0]))}”领先，${p}` }
      : { en: `${said.en}, ${p}`, zh: `${said.zh}，${p}` };
  };
  const quote = (text, side) => el('p', { class: `filled${text.length > LONG ? ' long' : ' use-quote'}`, dir: 'auto' },
    side ? el('span', { class: 'chips-side', text: side }) : null, text);
  const classBars = (said) => PG.bars({ ...said, labels: said.labels.map(named), others: said.kind === 'many' ? 0 : said.others },
    { label: WORDS.classes, mono: false });
  const value = ({ logits }) => el('p', { class: 'big-answer' }, el('b', { text: PG.minus(logits[0], 3) }));

  const classes = ({ said }, { text, pair }, truth) => {
    const two = pair.trim(), corners = said.kind === 'one' && said.all.length === 3;
    return el('div', { class: 'answer use-answer' },
      el('div', { class: 'answer-say' },
        el('h2', { class: 'panel-title' }, () => verdict(said, two)),
        quote(text, two ? 'A' : ''), two ? quote(pair, 'B') : null, truth,
        el('p', { class: 'read' }, corners ? WORDS.triangle : WORDS[said.kind])),
      el('div', {},
        corners ? PG.triangle(said.all.map((one) => ({ ...one, label: named(one.label) }))) : null,
        said.kind === 'value' ? value(said) : classBars(said)));
  };

  // ---- tags
  const counted = (entities) => {
    const counts = new Map();
    entities.forEach(({ kind: name }) => counts.set(name, (counts.get(name) || 0) + 1));
    return [...counts];
  };
  const PLURAL = { person: 'people', 'other name': 'other names' };
  const amount = (name, n) => {
    const said = kind(name), en = said.en || said;
    const many = own(PLURAL, en) || (own(KINDS, name) ? `${en}s` : en);
    return { en: own(KINDS, name) ? `${n} ${n === 1 ? en : many}` : `${n} × ${en}`, zh: own(KINDS, name) ? `${n} 个${said.zh}` : `${n} × ${said}` };
  };
  const found = ({ entities }) => {
    if (!entities.length) return { en: 'It finds no name here', zh: '它在这里没有找到名称' };
    const parts = counted(entities).slice(0, 4).map(([name, n]) => amount(name, n));
    return { en: `It finds ${parts.map((part) => part.en).join(', ')}`, zh: `它找到 ${parts.map((part) => part.zh).join('、')}` };
  };
  const tags = ({ said }, truth) => {
    const sorted = [...said.entities].sort((a, b) => b.score - a.score);
    const bars = { labels: sorted.map((one) => one.text), scores: sorted.map((one) => one.score), rest: 0, others: 0 };
    return el('div', { class: 'answer use-answer tagged' },
      el('div', { class: 'answer-say' },
        el('h2', { class: 'panel-title' }, () => found(said)),
        PG.marked(said, { kind }), truth,
        el('p', { class: 'read' }, WORDS.tags)),
      said.entities.length ? PG.bars(bars, {
        label: WORDS.names, mono: false, note: (i) => el('span', { class: 'hint was-here' }, kind(sorted[i].kind)),
      }) : el('div'));
  };

  // ---- answers
  const answered = ({ spans, none, empty }) => {
    if (empty) return { en: `It finds no answer in this passage, ${PG.chance(none.chance)}`, zh: `它认为短文里没有答案，${PG.chance(none.chance)}` };
    const [{ text, chance }] = spans, short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
    return { en: `“${short}”, ${PG.chance(chance)}`, zh: `“${short}”，${PG.chance(chance)}` };
  };
  const ranked = ({ spans, none }) => [...spans, ...(none ? [{ ...none, none: true }] : [])].sort((a, b) => b.score - a.score);

  // ---- ready-made examples know what a reader would say; where the model errs, the page says so
  const names = (list) => list.map(([text, name]) => `${text} (${PG.t(kind(name))})`).join(', ');
  const judged = (said, truth) => {
    const same = {
      classes: () => said.labels[0] === truth,
      answer: () => (said.empty ? '' : said.spans[0].text) === truth,
      tags: () => JSON.stringify(said.entities.map((one) => [one.text, one.kind])) === JSON.stringify(truth),
    }[said.use]();
    const word = () => (said.use === 'tags' ? names(truth) : PG.t(said.use === 'classes' ? named(truth) : truth || WORDS.noAnswer));
    const errs = () => PG.t({ en: `Here it errs. A reader would say: ${word() || 'none'}.`, zh: `这里它错了。读者会说：${word() || '没有'}。` });
    const right = { en: 'A reader would say the same.', zh: '读者也会这么说。' };
    return el('p', { class: `read use-truth${same ? '' : ' errs'}` }, PG.icon(same ? 'check' : 'x'), same ? right : errs);
  };

  class Answer {
    constructor(host) { Object.assign(this, { host, answer: null, pick: 0 }); }

    // answer: what the verb "use" says; question: what was asked; example: the ready-made one it is, whose truth is known
    show(answer, question, example) { Object.assign(this, { answer, question, example, pick: 0 }); this.draw(); }

    draw() {
      if (!this.answer) return;
      const { tokens, said } = this.answer, truth = this.example ? judged(said, this.example.truth) : null;
      const drawn = { classes: () => classes(this.answer, this.question, truth), tags: () => tags(this.answer, truth), answer: () => this.span(truth) }[said.use]();
      PG.fill(this.host, tokens.cut ? PG.notice('cut', PG.tokensCut(tokens)) : null, drawn);
    }

    span(truth) {
      const { said } = this.answer, rows = ranked(said), picked = rows[this.pick];
      const bars = { labels: rows.map((one) => (one.none ? WORDS.noAnswer : one.text)), scores: rows.map((one) => one.chance), rest: said.rest, others: said.others };
      const onPick = (i) => { this.pick = i; this.draw(); this.host.querySelectorAll('button.bar-row')[i]?.focus(); };
      return el('div', {},
        el('div', { class: 'answer use-answer' },
          el('div', { class: 'answer-say' },
            el('h2', { class: 'panel-title' }, () => answered(said)),
            el('p', { class: 'use-question', dir: 'auto', text: this.question.text }),
            el('p', { class: `filled use-passage${this.question.pair.length > 400 ? ' long' : ''}`, dir: 'auto' }, PG.passage(this.answer.tokens, picked.none ? null : picked)),
            truth,
            el('p', { class: 'read' }, WORDS.span)),
          PG.bars(bars, { label: WORDS.answers, mono: false, pick: this.pick, onPick })),
        PG.spans(this.answer.tokens, said, picked.none ? null : picked));
    }

    table() {
      const { said } = this.answer;
      if (said.use === 'classes') {
        return PG.csv([['class', 'label', 'probability', 'logit'], ...said.labels.map((label, i) => [said.ids[i], label, said.scores[i], said.logits[i]])]);
      }
      if (said.use === 'tags') {
        return PG.csv([['word', 'tag', 'probability', 'name'], ...said.units.map((unit) => [
          unit.text, unit.tag, unit.chance, unit.entity === null ? '' : said.entities[unit.entity].text])]);
      }
      return PG.csv([['answer', 'probability', 'score', 'first token', 'last token'],
        ...ranked(said).map((one) => [one.none ? '(no answer)' : one.text, one.chance, one.score, one.start, one.end])]);
    }
  }

  PG.bertUseAnswer = (host) => new Answer(host);
})();
