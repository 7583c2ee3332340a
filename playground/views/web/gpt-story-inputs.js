// GPT-1's inputs: a task's texts as rows of tokens with start, delimiter and extract; what a head would read; what likelihood says.
(() => {
  const { el } = PG;
  const W = {
    task: { en: 'Task', zh: '任务' },
    go: { en: 'Build the input', zh: '生成输入' },
    labels: { en: 'Labels, with commas between them', zh: '标签，用逗号分开' },
    fit: { en: 'Fit a head now', zh: '现在拟合一个输出头' },
    fitting: { en: 'Reading 64 sentences and fitting', zh: '正在读 64 个句子并拟合' },
    state: { en: 'state at the last token', zh: '最后一个词元处的状态' },
    sum: { en: 'both orders added', zh: '两种顺序相加' },
    order: { en: ['A, then B', 'B, then A'], zh: ['先 A 后 B', '先 B 后 A'] },
    figure: {
      en: 'Every task becomes a row of tokens (figure 1 of the paper), so that the network needs no change: the last token stands after everything and has '
        + 'seen it all; '
        + 'one small matrix on its state is all that a task adds. The strip is that state, one cell a number.',
      zh: '每个任务都写成一行词元（论文图 1），网络本身不用改：最后一个词元排在一切之后，什么都看到了；'
        + '每个任务只需在它的状态上加一个小矩阵。色带就是这个状态，每格一个数。',
    },
    frank: {
      en: 'No head was fine-tuned for this model, so nothing can be read from the state yet. What stands here is scored by likelihood instead: the mean ln '
        + 'P per token of each answer '
        + 'after the prompt shown, compared by a softmax. It favours frequent words; a small model often errs.',
      zh: '这个模型没有为此微调输出头，因此状态里还读不出答案。这里改用似然打分：在下面的提示之后，每个答案平均每个词元的 ln P，再用 softmax 比较。'
        + '它偏爱常见词；小模型经常出错。',
    },
    similarFrank: {
      en: 'No head was fine-tuned for this model. Instead: how much likelier is each text after the other than with nothing before it? Shared words alone '
        + 'raise this, whatever they say.',
      zh: '这个模型没有微调输出头。这里改问：每段文字跟在另一段之后，比前面什么都没有时可能多少？只要用词相同就会升高，不管说的是什么。',
    },
    headRead: {
      en: 'Logistic regression on the last token’s state: 64 short opinions written for this room, half for, half against. Each is judged by a head that '
        + 'saw neither it nor its counterpart (8 parts). '
        + 'The network itself is not changed; GPT-1 trained all of it, on thousands of examples.',
      zh: '在最后一个词元的状态上做逻辑回归：为本页编写的 64 条短评，褒贬各半。每一条都由没见过它、也没见过与它成对的反面句子的输出头来判断（8 折）。'
        + '网络本身没有改动；GPT-1 则用成千上万个例子训练了整个网络。',
    },
    headOffer: {
      en: 'The state at the last token is what GPT-1’s heads read. Fit one here, on 64 short opinions, and see how far it gets.',
      zh: 'GPT-1 的输出头读的就是最后一个词元的状态。可以在这里用 64 条短评拟合一个，看看效果如何。',
    },
    for: { en: 'for', zh: '褒' },
    against: { en: 'against', zh: '贬' },
    every: { en: 'All 64, as judged unseen', zh: '全部 64 条（未见过时的判断）' },
    how: {
      en: 'GPT-1 is trained twice: first to foretell the next token in books (L1), then on a task’s labelled examples (L2), with a little of L1 kept '
        + 'beside it (L3 = L2 + λ L1). '
        + 'Rows with a start, a delimiter and an extract token make every task readable for the same network.',
      zh: 'GPT-1 训练两次：先在书籍上预测下一个词元（L1），再在任务的标注样本上训练（L2），同时保留一点 L1（L3 = L2 + λ L1）。'
        + '开始、分隔、提取三种词元把各种任务都写成同一个网络能读的一行。',
    },
  };
  const TASKS = {
    classify: { name: { en: 'Classification', zh: '分类' }, fields: [[{ en: 'Text', zh: '文字' }, 3]], labels: true },
    entail: { name: { en: 'Entailment', zh: '蕴含' }, fields: [[{ en: 'Premise', zh: '前提' }, 2], [{ en: 'Hypothesis', zh: '假设' }, 2]], labels: true },
    similar: { name: { en: 'Similarity', zh: '相似度' }, fields: [[{ en: 'Text A', zh: '文字 A' }, 2], [{ en: 'Text B', zh: '文字 B' }, 2]] },
    choose: { name: { en: 'Multiple choice', zh: '选择题' }, fields: [[{ en: 'Context', zh: '上下文' }, 3], [{ en: 'Answers, one a line', zh: '答案，每行一个' }, 4]] },
  };
  const ROLES = {
    start: { en: 'start', zh: '开始' }, delimiter: { en: 'delimiter', zh: '分隔' }, extract: { en: 'extract', zh: '提取' },
  };

  // ---- one row
  const token = (piece) => (text, i) => el('span', { class: `story-token as-${piece.role}${piece.text > 0 ? ' as-second' : ''}` },
    el('span', { class: 'mono', dir: 'auto' }, text), el('span', { class: 'story-id', text: String(piece.ids[i]) }));
  const group = (piece) => el('span', { class: 'story-piece' },
    el('span', { class: 'story-role' }, ROLES[piece.role] || ''), piece.cut ? el('span', { class: 'hint', text: `−${piece.cut}` }) : null,
    el('span', { class: 'story-tokens' }, piece.tokens.map(token(piece))));
  const row = (one, name, most, after) => el('div', { class: 'story-row' },
    name ? el('div', { class: 'label' }, name) : null,
    el('div', { class: 'story-line' }, one.pieces.map(group)),
    el('div', { class: 'story-state' }, el('span', { class: 'hint' }, W.state), PG.gptStrip(one.state, most, W.state), after || null));

  const standIns = (rows) => {
    const own = Object.fromEntries(rows[0].pieces.filter(({ role }) => role !== 'text').map((piece) => [piece.role, piece]));
    const said = (role) => (own[role] ? `${own[role].tokens.join(' ')} (${own[role].ids.join(' ')})` : '–');
    const split = rows[0].pieces.some(({ role }) => role === 'delimiter');
    return {
      en: `The paper adds three new tokens to the vocabulary. This model has none of them. In their place: start ${said('start')}, `
        + `${split ? `delimiter ${said('delimiter')}, ` : ''}`
        + `extract ${said('extract')}; the number is the token’s id. Radford et al. 2018, section 3.3 and figure 1.`,
      zh: `论文在词表中新加了三个词元。这个模型没有它们，用以下词元代替：开始 ${said('start')}，${split ? `分隔 ${said('delimiter')}，` : ''}`
        + `提取 ${said('extract')}；数字是词元编号。Radford 等 2018，第 3.3 节与图 1。`,
    };
  };

  class Inputs {
    constructor(room, wish) {
      this.room = room;
      this.how = W.how;
      const task = TASKS[wish.task] ? wish.task : 'classify', first = this.examples(task)[0];
      const given = Array.isArray(wish.texts) && wish.texts.every((text) => typeof text === 'string') && TASKS[wish.task];
      this.typed = { task, texts: given ? wish.texts : first.texts, labels: Array.isArray(wish.labels) && given ? wish.labels.map(String) : first.labels };
      this.figure = PG.card();
      this.answer = PG.card();
      this.answer.classList.add('story-answer');
      this.own = PG.card();
      this.cards = [this.figure, this.answer, this.own];
      this.asker = PG.gptAsker(this.figure, 'story_inputs', (answer) => this.take(answer));
      this.choice = PG.choice({
        label: W.task, value: task, options: Object.entries(TASKS).map(([key, { name }]) => ({ key, label: name })), onchange: (key) => this.turn(key),
      });
      this.fields = el('div', { class: 'story-fields' });
      this.shelf = el('div');
      this.nodes = [this.choice.root, this.fields, PG.go(W.go, () => this.submit()), this.shelf];
      this.files = [
        { name: 'input.json', make: () => this.told && PG.save('input.json', PG.json(this.told), 'application/json') },
        { name: 'figure.svg', make: () => this.told && PG.svgFile('figure.svg', this.figure.querySelector('.panel-body')) },
      ];
      this.refit();
    }

    examples(task) { return this.room.value.examples.filter((one) => one.task === task); }

    refit() {
      const { task, texts, labels } = this.typed, { fields, labels: wanted } = TASKS[task];
      const keys = (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.submit(); } };
      const values = task === 'choose' ? [texts[0], texts.slice(1).join('\n')] : texts;
      this.areas = fields.map(([label, rows], i) => {
        const area = el('textarea', { class: 'cell typed', rows, dir: 'auto', spellcheck: 'false', 'aria-label': label, onkeydown: keys });
        area.value = values[i] ?? '';
        return area;
      });
      this.names = wanted ? el('input', { class: 'cell', type: 'text', 'aria-label': W.labels, onkeydown: keys }) : null;
      if (this.names) this.names.value = labels.join(', ');
      PG.fill(this.fields, fields.map(([label], i) => PG.field(label, null, this.areas[i])), wanted ? PG.field(W.labels, null, this.names) : null);
      const own = this.examples(task), at = own.findIndex((one) => JSON.stringify(one.texts) === JSON.stringify(texts));
      const name = (one) => (task === 'choose' ? one.texts[0] : one.texts.join(' | '));
      PG.fill(this.shelf, PG.examples(own.map((one, i) => ({ name: String(i + 1), text: name(one) })), (i) => this.open(own[i]), at).root);
    }

    turn(task) { this.open(this.examples(task)[0]); }

    open({ task, texts, labels }) {
      this.typed = { task, texts, labels };
      this.refit();
      this.ask();
    }

    submit() {
      const values = this.areas.map((area) => area.value);
      const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);
      const texts = this.typed.task === 'choose' ? [values[0], ...lines(values[1])] : values;
      const labels = this.names ? this.names.value.split(/[,，]/).map((name) => name.trim()).filter(Boolean) : [];
      this.typed = { ...this.typed, texts, labels };
      this.ask();
      PG.reveal(this.figure);
    }

    kept() { return this.typed; }

    stop() { this.asker.stop(); }

    ask() {
      this.model = this.room.model;
      this.answer.hidden = this.own.hidden = true;
      this.room.views.inputs && this.room.link();
      return this.asker.ask({ ...this.typed, model: this.model });
    }

    code() {
      const { task, texts, labels } = this.typed, said = (value) => JSON.stringify(value);
      return `from playground.families.gpt import Shape, shaped\n\ntold = shaped(Shape(${said(task)}, (${texts.map(said).join(', ')},), `
        + `(${labels.map((one) => `${said(one)},`).join(' ')}), `
        + `${said(this.room.model)}))\nfor row in told.rows:\n    print(row.ids, row.state.shape)  # [feature]\n`
        + 'for score in told.scores:\n    print(score.name, score.mean)  # mean ln P of a token';
    }

    // ---- what came back
    take(answer) {
      this.told = answer;
      this.drawFigure(answer);
      this.answer.hidden = !answer.scores.length;
      if (answer.scores.length) this.drawAnswer(answer);
      this.own.hidden = answer.asked.task !== 'classify';
      if (!this.own.hidden) this.offer();
      this.foot?.refresh();
    }

    drawFigure({ rows, sum, asked }) {
      const most = Math.max(1e-9, ...[...rows.map(({ state }) => state), sum || []].flat().map(Math.abs));
      const count = rows.reduce((all, one) => all + one.pieces.reduce((n, piece) => n + piece.ids.length, 0), 0);
      const title = rows.length === 1
        ? { en: `${PG.t(TASKS[asked.task].name)}: one row of ${count} tokens, read at its last`, zh: `${TASKS[asked.task].name.zh}：一行 ${count} 个词元，在最后一个处读出` }
        : { en: `${TASKS[asked.task].name.en}: ${rows.length} rows, ${count} tokens, each read at its last`,
          zh: `${TASKS[asked.task].name.zh}：${rows.length} 行，共 ${count} 个词元，各在最后一个处读出` };
      const names = (i) => ({
        similar: { en: W.order.en[i], zh: W.order.zh[i] },
        choose: { en: `Answer ${i + 1}`, zh: `答案 ${i + 1}` },
      }[asked.task]);
      const panel = PG.panel({ title, read: W.figure, source: standIns(rows) });
      PG.fill(panel.body, rows.map((one, i) => row(one, names(i), most)),
        sum ? el('div', { class: 'story-row sum' }, el('div', { class: 'story-state' }, el('span', { class: 'hint' }, W.sum), PG.gptStrip(sum, most,
          W.sum))) : null);
      PG.fill(this.figure, panel.root);
    }

    drawAnswer({ asked, scores, shares, chosen }) {
      if (asked.task === 'similar') return this.drawSimilar(scores);
      const best = scores[chosen], name = PG.chance(shares[chosen]);
      const panel = PG.panel({
        title: { en: `By likelihood: “${best.name}”, ${name} among the ${scores.length}`, zh: `按似然：“${best.name}”，在 ${scores.length} 个中占 ${name}` },
        read: W.frank, source: { en: 'softmax over the mean ln P per token; beside each share: that mean', zh: '对平均每词元 ln P 做 softmax；每个份额旁是这个平均值' },
      });
      const order = scores.map((_, i) => i).sort((a, b) => shares[b] - shares[a]);
      const data = { labels: order.map((i) => scores[i].name), scores: order.map((i) => shares[i]), rest: 0, others: 0 };
      const note = (i) => ` (${PG.minus(scores[order[i]].mean, 2)})`;
      PG.fill(panel.body, el('p', { class: 'story-prompt mono', dir: 'auto' }, best.prompt, el('b', { text: best.answer })), PG.bars(data, { note,
        label: panel.title }));
      PG.fill(this.answer, panel.root);
    }

    drawSimilar(scores) {
      const gains = scores.map((one) => (one.alone === null ? null : one.mean - one.alone)), both = gains.every((gain) => gain !== null);
      const mean = both ? (gains[0] + gains[1]) / 2 : 0, signed = (v) => (v >= 0 ? `+${v.toFixed(2)}` : PG.minus(v, 2));
      const title = !both
        ? { en: 'How likely each text is after the other', zh: '每段文字在另一段之后有多可能' }
        : { en: `Each after the other: ${signed(mean)} in ln P per token`, zh: `互相跟在后面：平均每词元 ln P ${signed(mean)}` };
      const panel = PG.panel({ title, read: W.similarFrank, source: { en: 'mean ln P per token, higher is likelier', zh: '平均每词元 ln P，越高越可能' } });
      const head = [{ en: '', zh: '' }, { en: 'after the other', zh: '在另一段之后' }, { en: 'with nothing before', zh: '前面什么都没有' }, { en: 'difference', zh: '差' }];
      const line = (one, i) => [{ en: `Text ${'BA'[i]}`, zh: `文字 ${'BA'[i]}` }, PG.minus(one.mean, 2), one.alone === null ? '–' : PG.minus(one.alone, 2),
        both ? signed(gains[i]) : '–'];
      PG.fill(panel.body, el('div', { class: 'story-scroll' }, el('table', { class: 'story-table' },
        el('thead', {}, el('tr', {}, head.map((text) => el('th', {}, text)))),
        el('tbody', {}, scores.map((one, i) => el('tr', {}, line(one, i).map((text) => el('td', {}, text))))))));
      PG.fill(this.answer, panel.root);
    }

    // ---- a head of one's own
    offer() {
      const asker = PG.gptAsker(this.own, 'story_head', (told) => this.drawHead(told));
      const begin = () => asker.ask({ ...this.typed, model: this.model });
      if (this.fitted === this.model) return begin();
      PG.fill(this.own, el('p', { class: 'read' }, W.headOffer), el('button', {
        class: 'btn story-fit', type: 'button', onclick: () => { this.fitted = this.model; begin(); },
      }, W.fit));
      return null;
    }

    drawHead({ chance, right, before, all, seen, sentences }) {
      const panel = PG.panel({
        title: { en: `A head fitted here: ${right} of ${all} unseen sentences right`, zh: `在这里拟合的输出头：${all} 个没见过的句子对了 ${right} 个` },
        read: W.headRead,
        tools: { CSV: () => PG.save('opinions.csv', PG.csv([['sentence', 'for', 'P(for), unseen'], ...sentences.map((one) => [one.text, one.good ? 1 : 0,
          one.chance])]), 'text/csv;charset=utf-8') },
        source: {
          en: `Guessing gets ${all / 2}. On the sentences it was fitted on: ${PG.pct(seen)}. Read one token earlier, from the end of the text itself: `
            + `${before} of ${all}.`,
          zh: `乱猜能对 ${all / 2} 个。在用来拟合的句子上：${PG.pct(seen)}。若早一个词元、从文字自己的末尾读：${all} 个中对 ${before} 个。`,
        },
      });
      const up = chance >= .5, data = { labels: [up ? W.for : W.against, up ? W.against : W.for], scores: [up ? chance : 1 - chance,
        up ? 1 - chance : chance], rest: 0, others: 0 };
      const judged = ({ text, good, chance: p }) => el('li', { class: (p > .5) === good ? '' : 'miss' },
        el('span', { class: 'story-verdict' }, good ? W.for : W.against), el('span', { text }), el('span', { class: 'mono hint', text: p.toFixed(2) }));
      PG.fill(panel.body, PG.bars(data, { mono: false, label: panel.title }), el('details', { class: 'more' }, el('summary', {}, W.every),
        el('ol', { class: 'story-judged' }, sentences.map(judged))));
      PG.fill(this.own, panel.root);
    }
  }

  PG.gptStoryInputs = (room, wish) => new Inputs(room, wish);
})();
