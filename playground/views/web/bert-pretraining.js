// The view "Pre-training" of the BERT room: tokens chosen by drawn numbers, what the model then sees, and what it pays.
(() => {
  const { el, icon, t } = PG;
  const W = {
    label: { en: 'Pre-training', zh: '预训练' },
    working: { en: 'Hiding and guessing', zh: '正在隐藏并猜测' },
    seed: { en: 'Seed', zh: '种子' },
    fresh: { en: 'New seed', zh: '换种子' },
    share: { en: 'Share to choose', zh: '选中比例' },
    draws: { en: 'The numbers drawn', zh: '抽到的数' },
    sees: { en: 'What the model sees', zh: '模型看到的' },
    guesses: { en: 'What it guesses, and what that costs', zh: '它的猜测与代价' },
    loss: { en: 'mean loss, nats', zh: '平均损失（nat）' },
    perplexity: { en: 'perplexity', zh: '困惑度' },
    first: { en: 'first choice right', zh: '首选猜中' },
    five: { en: 'among its first five', zh: '前五猜中' },
    typed: { en: 'a gap that was typed: nobody knows what stood here', zh: '这是输入的空，没有原词，不参与' },
    special: { en: 'never chosen', zh: '从不选中' },
    unchosen: { en: 'not chosen', zh: '未选中' },
    shown: { en: 'shown as ', zh: '显示为 ' },
    masked: { en: 'becomes the mask', zh: '换成掩码' },
    swapped: { en: 'becomes a random piece', zh: '换成随机词元' },
    kept: { en: 'stays as it is', zh: '保持不变' },
    none: { en: 'This seed chose no token: nothing to guess, nothing to learn', zh: '这个种子没有选中任何词元：没有可猜的，也学不到什么' },
    source: {
      en: 'Devlin et al. 2018, section 3.1. Each token draws by itself; the authors’ program picks exactly 15 % of each row. '
        + 'Loss: −log of the probability given to the true piece, in nats; perplexity: e to the mean loss.',
      zh: 'Devlin 等 2018，第 3.1 节。这里每个词元各自抽取；原作者的程序每行恰好选 15 %。损失：真实词元概率的 −log（单位 nat）；困惑度：e 的平均损失次方。',
    },
  };
  const two = (v) => v.toFixed(2), three = (v) => v.toFixed(3);
  const count = (n) => n.toLocaleString('en');
  const rule = (share) => ({
    en: `Every token draws a number from 0 to 1: below ${two(share)} it is chosen. A chosen one draws again: below 0.80 it is replaced by the mask, `
      + 'below 0.90 by any piece of the vocabulary, else it stays. The model must guess all of them, also those that stayed: it cannot tell which.',
    zh: `每个词元抽一个 0 到 1 的数：小于 ${two(share)} 就被选中。选中的再抽一次：小于 0.80 换成掩码，小于 0.90 换成词表中任意一个词元，否则不变。`
      + '所有选中的都要猜，包括没变的：模型分不出哪些没变。',
  });
  const finding = ({ guesses, open, loss }) => {
    const n = guesses.length, all = open.filter(Boolean).length, right = guesses.filter(({ rank }) => rank === 1).length;
    if (!n) return W.none;
    return {
      en: `${n} of ${all} tokens ${n === 1 ? 'is' : 'are'} chosen; it guesses ${right} right: mean loss ${two(loss)}`,
      zh: `${all} 个词元中选中 ${n} 个，猜对 ${right} 个：平均损失 ${two(loss)}`,
    };
  };

  // ---- one card per token: its draw on a scale from 0 to 1, and, if it is chosen, its fate
  const gauge = (value, marks, kind) => el('span', { class: `gauge ${kind}` },
    marks.map((mark) => el('i', { class: 'gauge-mark', style: { left: `${mark * 100}%` } })),
    el('i', { class: 'gauge-at', style: { left: `${value * 100}%` } }));
  const fate = (told, at) => (told.masked[at] ? 'masked' : told.swapped[at] ? 'swapped' : told.chosen[at] ? 'kept' : 'unchosen');
  const drawCard = (told, at) => {
    const { texts, special } = told.tokens, chosen = told.chosen[at], closed = !told.open[at];
    const why = closed ? (special[at] ? W.special : W.typed) : W[fate(told, at)];
    return el('li', { class: `draw-card ${closed ? 'closed' : fate(told, at)}`, title: () => `${texts[at]}: ${t(why)}` },
      el('span', { class: 'draw-piece mono', text: texts[at] }),
      closed ? el('span', { class: 'draw-number', text: '–' }) : [
        el('span', { class: 'draw-number mono', text: three(told.draws[at]) }), gauge(told.draws[at], [told.share], chosen ? 'hit' : '')],
      chosen ? el('span', { class: 'draw-fate' },
        el('span', { class: 'draw-number mono', text: three(told.fates[at]) }), gauge(told.fates[at], [.8, .9], 'hit'),
        el('span', { class: 'draw-to' }, icon('down'), el('b', { class: 'mono', text: told.seen[at] }))) : null);
  };
  const legend = (told) => {
    const n = (kind) => told.chosen.filter((_, at) => fate(told, at) === kind && told.open[at]).length;
    const item = (kind) => el('li', { class: `draw-key ${kind}` }, W[kind], ' ', el('b', { class: 'mono', text: String(n(kind)) }));
    return el('ul', { class: 'draw-legend' }, ['masked', 'swapped', 'kept', 'unchosen'].map(item));
  };

  // ---- the text as the model gets it
  const seen = (told) => el('p', { class: 'practice-seen mono', dir: 'auto' }, told.seen.map((piece, at) => [
    at ? ' ' : null, el('span', { class: `seen-piece ${told.chosen[at] ? fate(told, at) : ''}${told.open[at] ? '' : ' closed'}`, text: piece }),
  ]));

  // ---- one row per chosen token: what stood there, the loss as a bar, what was guessed
  const place = (rank) => {
    if (rank === 1) return [icon('check'), { en: 'first choice', zh: '首选' }];
    if (rank <= 5) return [icon('check'), { en: `choice ${rank}`, zh: `第 ${rank} 选` }];
    return [icon('x'), { en: `choice ${count(rank)}`, zh: `第 ${count(rank)} 选` }];
  };
  const guessRow = (told, guess, most) => {
    const { position, truth, loss, rank, probability, labels, scores } = guess, kind = fate(told, position);
    return el('li', { class: 'guess' },
      el('span', { class: 'guess-truth' }, el('b', { class: 'mono', text: truth }),
        el('span', { class: 'hint' }, kind === 'kept' ? W.kept : [W.shown, el('span', { class: 'mono', text: told.seen[position] })])),
      el('span', { class: 'guess-loss', title: () => `−ln ${probability.toPrecision(3)} = ${loss.toFixed(3)}` },
        el('span', { class: 'guess-bar', style: { width: `calc((100% - 3.5rem) * ${loss / most})` } }),
        el('span', { class: 'bar-value mono', text: two(loss) })),
      el('span', { class: `guess-place${rank <= 5 ? ' hit' : ''}` }, place(rank)),
      el('span', { class: 'guess-words' }, labels.map((word, i) => el('span', { class: `guess-word${word === truth && rank === i + 1 ? ' right' : ''}` },
        el('span', { class: 'mono', text: word }), ' ', el('span', { class: 'hint', text: PG.chance(scores[i]) })))));
  };
  const figures = ({ guesses, loss }) => {
    const n = guesses.length, right = (most) => guesses.filter(({ rank }) => rank <= most).length;
    const one = (value, name) => el('li', {}, el('b', { text: value }), el('span', {}, name));
    const perplexity = Math.exp(loss), said = perplexity >= 100 ? count(Math.round(perplexity)) : perplexity.toFixed(1);
    return el('ul', { class: 'practice-figures' },
      one(two(loss), W.loss), one(said, W.perplexity), one(`${right(1)} / ${n}`, W.first), one(`${right(5)} / ${n}`, W.five));
  };

  const table = (told) => PG.csv([['position', 'piece', 'draw', 'chosen', 'second draw', 'seen', 'loss', 'rank', 'first choice'],
    ...told.tokens.texts.map((piece, at) => {
      const guess = told.guesses.find(({ position }) => position === at);
      return [at, piece, told.draws[at], String(told.chosen[at]), told.chosen[at] ? told.fates[at] : '', told.seen[at],
        guess?.loss ?? '', guess?.rank ?? '', guess?.labels[0] ?? ''];
    })]);

  class Practice {
    constructor(host, room) {
      const state = (room.practice ||= { seed: null, share: .15 });
      Object.assign(this, { room, state, told: null, turn: 0 });
      this.build(host);
      this.ask({ seed: state.seed });
    }

    build(host) {
      this.panel = PG.panel({
        title: W.working, read: () => t(rule(this.state.share)), source: W.source,
        tools: {
          CSV: () => this.told && PG.save('pretraining.csv', table(this.told), 'text/csv;charset=utf-8'),
          SVG: () => this.told && PG.svgFile('pretraining.svg', this.body),
          PNG: () => this.told && PG.pngFile('pretraining.png', this.body),
        },
      });
      this.field = el('input', {
        class: 'cell mono seed', type: 'number', min: 0, step: 1, 'aria-label': W.seed,
        onchange: () => this.ask({ seed: Math.round(Number(this.field.value)) }),
      });
      const again = () => this.ask({ seed: null, after: this.state.seed ?? -1 });
      const fresh = el('button', { class: 'btn', type: 'button', onclick: again }, icon('dice'), W.fresh);
      const share = PG.slider({
        label: W.share, min: .05, max: .5, step: .05, value: this.state.share, format: (v) => `${Math.round(v * 100)} %`,
        onchange: (v) => { this.state.share = v; this.ask({ seed: this.state.seed }); },
      });
      this.body = el('div');
      this.panel.body.append(
        el('div', { class: 'practice-controls' },
          el('label', { class: 'seed-field' }, el('span', { class: 'label' }, W.seed), this.field), fresh, share.root),
        this.body);
      host.append(this.panel.root);
    }

    async ask(part) {
      const turn = ++this.turn, told = await PG.ask('bert/practise', { ...this.room.asked, masks: [], share: this.state.share, ...part });
      if (turn !== this.turn) return;
      if (told.wrong) { PG.fill(this.body, PG.notice('wrong', told.wrong)); return; }
      this.told = told;
      this.state.seed = told.seed;
      this.field.value = told.seed;
      this.draw();
    }

    draw() {
      const { told } = this, most = Math.max(1, ...told.guesses.map(({ loss }) => loss));
      this.panel.set(finding(told));
      this.panel.setRead(rule(told.share));
      PG.fill(this.body,
        el('h4', { class: 'label' }, W.draws), legend(told),
        el('ol', { class: 'draw-cards' }, told.tokens.texts.map((_, at) => drawCard(told, at))),
        el('h4', { class: 'label' }, W.sees), seen(told),
        told.guesses.length ? [
          el('h4', { class: 'label' }, W.guesses), figures(told),
          el('ol', { class: 'guesses' }, told.guesses.map((guess) => guessRow(told, guess, most))),
        ] : null);
    }
  }

  PG.bertTab({
    key: 'pretraining',
    label: W.label,
    draw(host, room) {
      const first = el('div'), second = el('div', { class: 'pairs-below' });
      host.append(first, second);
      new Practice(first, room);
      PG.bertPairs(second, room);
    },
  });
})();
