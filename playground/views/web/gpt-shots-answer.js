// The answer card of a few-shot prompt: the sheet, its size, the allowed answers as bars, and what comes next without a list.
(() => {
  const { el, fill } = PG;
  const WAYS = {
    sum: { en: 'the sum of log-probabilities', zh: '对数概率之和' },
    mean: { en: 'the mean per token', zh: '每个词元的平均' },
    calibrated: { en: 'the sum, calibrated', zh: '校准后的和' },
    all: { en: 'all three side by side', zh: '三种并排' },
  };
  const SHORT = { sum: { en: 'sum', zh: '总和' }, mean: { en: 'per token', zh: '按词元平均' }, calibrated: { en: 'calibrated', zh: '校准' } };
  const W = {
    tokens: { en: 'Tokens', zh: '词元' },
    of: (n, most) => ({ en: `${n.toLocaleString('en')} of ${most.toLocaleString('en')}`, zh: `${n.toLocaleString('en')} / ${most.toLocaleString('en')}` }),
    show: { en: 'Show tokens', zh: '显示词元' },
    allowed: { en: 'Allowed answers', zh: '允许的答案' },
    by: { en: 'Scored by', zh: '计分方式' },
    ends: { en: 'Count the end of the line', zh: '把行尾也算进去' },
    next: { en: 'Next token', zh: '下一个词元' },
    stale: { en: 'The prompt has changed since it was run.', zh: '提示在运行之后改动过。' },
    preview: { en: 'This is what the model will read', zh: '模型将读到的内容' },
    run: { en: 'Run it', zh: '运行' },
    same: { en: 'A reader would say the same.', zh: '读者也会这么说。' },
    errs: (truth) => ({ en: `Here it errs. A reader would say: ${truth}.`, zh: `这里它错了。读者会说：${truth}。` }),
    answers: (said, p) => ({ en: `It answers “${said}”, ${p}`, zh: `它回答“${said}”，${p}` }),
    goes: (said, p) => ({ en: `It goes on with “${said}”, ${p}`, zh: `它接着写“${said}”，${p}` }),
    onward: (said) => ({ en: `It goes on with “${said}”`, zh: `它接着写“${said}”` }),
    silent: { en: 'It ends the line at once', zh: '它直接换行，没有回答' },
    endless: (n) => ({ en: `The line did not end within ${n} tokens.`, zh: `这一行在 ${n} 个词元内没有结束。` }),
    alone: (said) => ({ en: `Only these answers were offered; without the list, it says “${said}”.`, zh: `只提供了这些答案；没有列表时，它会说“${said}”。` }),
    mass: (p) => ({ en: `Of all it could say, the list holds ${p}.`, zh: `在它可能说的一切中，这份列表占 ${p}。` }),
    nested: (a, b) => ({
      en: `“${a}” begins “${b}”: unless the end of the line counts, the shorter one has at least the other’s probability.`,
      zh: `“${a}”是“${b}”的开头：如果不算行尾，较短的答案概率不会低于较长的。`,
    }),
    how: {
      sum: { en: 'p = the product over its tokens, made to add up to one over the list.', zh: 'p = 各词元概率之积，再在列表内归一化。' },
      mean: { en: 'The mean log-probability per token does not punish long answers.', zh: '按词元取平均对数概率，不会因答案长而吃亏。' },
      calibrated: {
        en: 'Divided by what it says to questions without content (N/A, nothing, [MASK]; Zhao et al. 2021).',
        zh: '除以它对无内容问题（N/A、空、[MASK]）给出的概率（Zhao 等，2021）。',
      },
      all: { en: 'The three ways stand under the prompt.', zh: '三种方式并排列在提示下方。' },
    },
    computing: { en: 'Asking it questions without content …', zh: '正在问它无内容的问题……' },
    cut: (names, n) => ({ en: `Too long by ${n} tokens, with room kept for the answer. Left out at the beginning: ${names}.`, zh: `超出 ${n} 个词元（已为回答留出空间）。开头放不下的：${names}。` }),
    part: (name) => ({ en: `part of ${name}`, zh: `${name}的一部分` }),
    content: { en: 'without content', zh: '无内容时' },
  };
  const LONG = 42;
  const short = (text) => ([...text].length > LONG ? `${[...text].slice(0, LONG).join('')}…` : text);
  const product = (list) => list.reduce((all, one) => all * one, 1);

  class Answer {
    // room: {ends, setEnds(on), run(), calibration() -> promise of {calibrated, bias}, truth()}
    constructor(card, room) { Object.assign(this, { card, room, way: 'sum', cuts: true, reply: null, shown: null }); }

    // shown: what "shots_preview" says; reply: what "shots" says to the same prompt, or null while it was not asked
    show(shown, reply) {
      if (reply && reply !== this.reply) this.calibration = null;
      Object.assign(this, { shown, reply: reply || this.reply, fresh: Boolean(reply) });
      this.draw();
      if (this.fresh) this.calibrate();
    }

    get listed() { return this.reply?.labels; }
    get shares() { return this.listed && ((this.way === 'calibrated' && this.calibration?.calibrated) || this.listed[this.way === 'mean' ? 'mean' : 'sum']); }
    get order() { const { shares } = this; return shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a]); }
    get said() { return this.listed ? this.listed.labels[this.order[0]] : this.reply.written.text; }

    async calibrate() {
      const { reply } = this;
      if (!this.listed || this.calibration || !['calibrated', 'all'].includes(this.way)) return;
      const said = await this.room.calibration();
      if (!said || reply !== this.reply) return;
      this.calibration = said;
      this.draw();
    }

    setWay(way) { this.way = way; this.draw(); this.calibrate(); }

    // ---- the card
    draw() {
      const had = this.card.contains(document.activeElement) && document.activeElement.dataset.key;
      const { shown, fresh } = this, texts = fresh ? this.reply.answer.tokens.texts : null;
      this.sheet = PG.shotsSheet({ ...shown, texts, chances: fresh ? this.reply.answer.chances : null }, fresh ? { text: this.said } : null, this.cuts);
      this.card.classList.toggle('stale', !fresh);
      fill(this.card,
        el('div', { class: 'panel shots-panel' },
          el('div', { class: 'panel-head' }, el('h2', { class: 'panel-title' }, fresh ? this.title() : W.preview), this.toolbox()),
          fresh ? this.verdict() : el('p', { class: 'read shots-verdict' }, this.reply ? W.stale : null),
          this.overflow(),
          el('div', { class: 'prompt-grid' }, this.sheet, this.side()),
          fresh && this.listed && this.way === 'all' ? this.table() : null));
      if (had) this.card.querySelector(`[data-key="${CSS.escape(had)}"]`)?.focus({ preventScroll: true });
    }

    title() {
      if (this.listed) return W.answers(short(this.said), PG.chance(this.shares[this.order[0]]));
      const { text, chances, ended } = this.reply.written;
      if (!text) return W.silent;
      return ended ? W.goes(short(text), PG.chance(product(chances))) : W.onward(short(text));
    }

    verdict() {
      const truth = this.room.truth();
      if (!truth) return null;
      const right = this.said === truth;
      return el('p', { class: `read shots-verdict${right ? '' : ' errs'}` }, PG.icon(right ? 'check' : 'x'), ' ', right ? W.same : W.errs(truth));
    }

    toolbox() {
      const cuts = PG.check({ label: W.show, value: this.cuts, onchange: (on) => { this.cuts = on; this.sheet.classList.toggle('cuts', on); } });
      cuts.root.querySelector('input').dataset.key = 'cuts';
      const tool = (name, save) => el('button', { class: 'btn ghost', type: 'button', 'data-key': name, onclick: save }, PG.icon('down'), name);
      return el('div', { class: 'tools' }, cuts.root,
        tool('TXT', () => PG.save('prompt.txt', this.shown.text)), this.fresh ? tool('CSV', () => this.save()) : null);
    }

    overflow() {
      const { fitted, parts } = this.shown;
      if (!fitted.start) return null;
      const last = parts.at(-1).block, blocks = [...new Set(parts.filter((part) => part.lost).map((part) => part.block))];
      const whole = (at) => parts.every((part) => part.block !== at || part.tokens[0] === part.tokens[1]);
      const say = (lang) => blocks.map((at) => { const name = PG.shotsBlockName(at, last); return whole(at) ? name[lang] : W.part(name[lang])[lang]; })
        .join(lang === 'en' ? ', ' : '、');
      const over = fitted.tokens - fitted.most;
      return PG.notice('cut', { en: W.cut(say('en'), over).en, zh: W.cut(say('zh'), over).zh });
    }

    // ---- beside the sheet
    side() {
      const { tokens, positions } = this.shown.fitted, share = Math.min(1, tokens / positions);
      return el('div', { class: 'prompt-side' },
        el('div', { class: 'meter-box' },
          el('div', { class: 'label-row' }, el('span', { class: 'label' }, W.tokens), el('span', { class: 'mono hint' }, W.of(tokens, positions))),
          el('div', { class: `meter${tokens > this.shown.fitted.most ? ' over' : ''}` }, el('span', { style: { width: `${100 * share}%` } }))),
        this.fresh ? [this.listed ? this.choices() : null, this.next()] : this.again());
    }

    again() {
      return el('div', { class: 'shots-again' }, el('button', { class: 'btn', type: 'button', 'data-key': 'again', onclick: () => this.room.run() }, PG.icon('play'), W.run));
    }

    choices() {
      const { listed, order, shares } = this;
      const bars = PG.bars({ labels: order.map((i) => listed.labels[i]), scores: order.map((i) => shares[i]), rest: 0, others: 0 }, { label: W.allowed });
      bars.classList.add('compact');
      [...bars.children].forEach((line, i) => this.explain(line, order[i]));
      const by = PG.select({
        label: W.by, value: this.way, options: Object.entries(WAYS).map(([key, label]) => ({ key, label })), onchange: (way) => this.setWay(way),
      });
      by.root.querySelector('select').dataset.key = 'way';
      by.root.classList.add('shots-way');
      const ends = PG.check({ label: W.ends, value: this.room.ends, onchange: (on) => this.room.setEnds(on) });
      ends.root.querySelector('input').dataset.key = 'ends';
      const waiting = ['calibrated', 'all'].includes(this.way) && !this.calibration;
      const [nest] = listed.nested;
      return el('div', { class: 'shots-labels' }, el('div', { class: 'label' }, W.allowed), bars,
        el('p', { class: 'read' }, this.without()),
        nest ? PG.notice('note', W.nested(listed.labels[nest[0]], listed.labels[nest[1]])) : null,
        by.root, el('p', { class: 'hint' }, waiting ? W.computing : W.how[this.way]), ends.root);
    }

    // What it says when nothing is offered; how much of that the list holds can be told if its answers exclude each other.
    without() {
      const { nested, chances } = this.listed, said = W.alone(short(this.reply.written.text) || '↵');
      if (nested.length) return said;
      const mass = W.mass(PG.chance(chances.reduce((a, b) => a + b, 0)));
      return { en: `${said.en} ${mass.en}`, zh: `${said.zh}${mass.zh}` };
    }

    // A bar tells its tokens with their log-probabilities to who points at it.
    explain(line, i) {
      const { tokens, logs, labels } = this.listed;
      line.addEventListener('mousemove', (event) => PG.tip(event, el('b', { class: 'mono', text: labels[i] }),
        tokens[i].map((token, at) => el('span', { class: 'mono', text: `${token} ${PG.minus(logs[i][at], 3)}` }))));
      line.addEventListener('mouseleave', PG.untip);
      line.firstChild.title = tokens[i].map((token, at) => `${token} ${PG.minus(logs[i][at], 3)}`).join(', ');
    }

    next() {
      const { labels, scores, others } = this.reply.answer.next, most = this.listed ? 4 : 6, first = scores.slice(0, most);
      const bars = PG.bars({ labels: labels.slice(0, most), scores: first, rest: Math.max(0, 1 - first.reduce((a, b) => a + b, 0)), others: others + labels.length - first.length }, { label: W.next });
      bars.classList.add('compact');
      const { ended, most: room, text } = this.reply.written;
      return el('div', {}, el('div', { class: 'label' }, W.next), bars, ended || !text ? null : el('p', { class: 'read' }, W.endless(room)));
    }

    // ---- all ways side by side; how much it leans without a question stands beside them
    table() {
      const { listed, order } = this, ways = ['sum', 'mean', 'calibrated'];
      const values = { sum: listed.sum, mean: listed.mean, calibrated: this.calibration?.calibrated, bias: this.calibration?.bias };
      const cell = (key, i) => {
        const list = values[key];
        if (!list) return el('td', { text: '…' });
        const best = list[i] === Math.max(...list) && key !== 'bias';
        return el('td', { class: best ? 'best' : null }, el('span', { class: 'way-bar', style: { width: `${100 * list[i]}%` } }), el('span', { class: 'mono', text: PG.chance(list[i]) }));
      };
      const row = (i) => el('tr', {}, el('th', { scope: 'row', class: 'mono', text: listed.labels[i] }), el('td', { class: 'way-tokens mono', text: listed.tokens[i].join(' ') }),
        [...ways, 'bias'].map((key) => cell(key, i)));
      return el('div', { class: 'shots-ways' }, el('table', {},
        el('thead', {}, el('tr', {}, el('td', {}), el('th', {}, W.tokens), ways.map((key) => el('th', { scope: 'col' }, SHORT[key])), el('th', { scope: 'col' }, W.content))),
        el('tbody', {}, order.map(row))));
    }

    // ---- files
    rows() {
      const { next } = this.reply.answer;
      if (!this.listed) return [['next token', 'id', 'probability'], ...next.labels.map((label, i) => [label, next.ids[i], next.scores[i]])];
      const { labels, tokens, logs, chances, sum, mean } = this.listed, more = this.calibration;
      return [['answer', 'tokens', 'log-probabilities', 'probability', 'share by sum', 'share by mean', ...(more ? ['calibrated', 'without content'] : [])],
        ...this.order.map((i) => [labels[i], tokens[i].join(' '), logs[i].join(' '), chances[i], sum[i], mean[i], ...(more ? [more.calibrated[i], more.bias[i]] : [])])];
    }
    save() { PG.save('answers.csv', PG.csv(this.rows()), 'text/csv;charset=utf-8'); }
  }

  PG.shotsAnswer = (card, room) => new Answer(card, room);
})();
