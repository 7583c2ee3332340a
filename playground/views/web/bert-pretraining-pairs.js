// Next sentence prediction on a pair: as given, the other way round, and with sentences from elsewhere.
(() => {
  const { el } = PG;
  const W = {
    title: { en: 'The second task: does one sentence follow the other?', zh: '第二个任务：一句是否接在另一句之后？' },
    read: {
      en: 'Half of the pairs in pre-training were neighbours in a text, half were not; the model reads the answer off the vector of the first token. '
        + 'The random sentences are real prose the embedded model never trained on. Its pairs were long passages: of two short sentences it mostly says no.',
      zh: '预训练时，一半的句对在原文中相邻，一半不相邻；模型从第一个词元的向量读出答案。随机句子取自嵌入模型没有训练过的真实文章。它学的是长段落：遇到两个短句，它多半说接不上。',
    },
    nohead: {
      en: 'This model was not trained to say whether one sentence follows another: it has no head for next sentence prediction.',
      zh: '这个模型没有学过判断一句是否接在另一句之后：它没有“下一句预测”的头。',
    },
    need: { en: 'There is one sentence only; this task needs two.', zh: '现在只有一个句子，这个任务需要两个。' },
    split: { en: 'Cut the text at the full stop', zh: '在句号处切成两句' },
    example: { en: 'Take an example', zh: '用一个例子' },
    given: { en: 'as given', zh: '原来的顺序' },
    swapped: { en: 'swapped', zh: '前后对调' },
    stranger: { en: 'random second sentence', zh: '随机的第二句' },
    again: { en: 'Other random sentences', zh: '换一批随机句子' },
    follows: { en: 'follows', zh: '接得上' },
    working: { en: 'Asking for every pair', zh: '正在逐对询问' },
    source: (name) => ({ en: `softmax of the next-sentence head, float32 · ${name}`, zh: `下一句预测头的 softmax，float32 · ${name}` }),
  };
  const EXAMPLE = {
    first: 'The boy was very hungry. He had eaten nothing since the morning, and he had no money in his pocket.',
    second: 'He went to the door of the house and asked the woman for a piece of bread.',
  };

  // What the pairs say together, once all are there.
  const finding = (orders) => {
    const of = (kind) => orders.filter((one) => one.kind === kind), [given] = of('given'), [swapped] = of('swapped'), others = of('stranger');
    if (!given || !swapped || !others.length) return W.title;
    const below = others.filter(({ follows }) => follows < given.follows).length, n = others.length, p = (one) => PG.chance(one.follows);
    const turn = swapped.follows < given.follows
      ? { en: `swapped it falls to ${p(swapped)}`, zh: `对调后降到 ${p(swapped)}` } : { en: `swapped it is ${p(swapped)}`, zh: `对调后是 ${p(swapped)}` };
    return {
      en: `As given, the second follows with ${p(given)}; ${turn.en}; ${below} of ${n} random sentences score lower`,
      zh: `按原顺序，接得上的概率是 ${p(given)}；${turn.zh}；${n} 个随机句子中有 ${below} 个更低`,
    };
  };
  const row = ({ kind, first, second, follows }) => el('li', { class: `pair ${kind}` },
    el('span', { class: 'pair-texts' }, el('span', { class: 'hint' }, W[kind]),
      el('span', { class: 'pair-text', dir: 'auto' }, kind === 'stranger' ? null : `${first} `, el('b', { text: second }))),
    el('span', { class: 'pair-bar' },
      el('span', { class: 'bar-fill', style: { width: `calc((100% - 4.5rem) * ${follows})` } }),
      el('b', { class: 'bar-value', text: PG.chance(follows) })));

  class Pairs {
    constructor(host, room) {
      Object.assign(this, { room, orders: [], seed: (room.practice ||= { seed: null, share: .15 }).strangers || 0 });
      this.panel = PG.panel({
        title: W.title, read: W.read, source: W.source(room.answer.model.name),
        tools: {
          CSV: () => this.orders.length && PG.save('pairs.csv', this.table(), 'text/csv;charset=utf-8'),
          SVG: () => this.orders.length && PG.svgFile('pairs.svg', this.list), PNG: () => this.orders.length && PG.pngFile('pairs.png', this.list),
        },
      });
      host.append(this.panel.root);
      if (!room.answer.model.has_next) { PG.fill(this.panel.body, PG.notice('note', W.nohead)); return; }
      this.find();
    }

    async find() {
      const said = await PG.ask('bert/pair', this.room.asked);
      if (said.wrong) PG.fill(this.panel.body, PG.notice('wrong', said.wrong));
      else if (said.second.trim()) this.ask(said);
      else this.offer(said);
    }

    offer({ halves }) {
      const button = (text, pair) => el('button', { class: 'btn', type: 'button', onclick: () => this.ask(pair) }, text);
      PG.fill(this.panel.body, PG.notice('note', W.need), el('div', { class: 'tools-row' },
        halves ? button(W.split, { first: halves[0], second: halves[1] }) : null, button(W.example, EXAMPLE)));
    }

    async ask(pair) {
      const { name } = this.room.answer.model, mine = (this.asked = new AbortController());
      this.pair = pair;
      this.orders = [];
      const list = (this.list = el('ol', { class: 'pairs' })), place = el('div');
      PG.fill(this.panel.body, list, place);
      const busy = PG.busy(place, W.working, () => { mine.abort(); busy.done(); });
      const { first, second } = pair, question = { first, second, model: name, seed: this.seed };
      const said = await PG.lines('bert/orders', question, (order) => { this.orders.push(order); list.append(row(order)); }, mine.signal)
        .catch((error) => { if (error.name !== 'AbortError') throw error; });
      busy.done();
      if (mine !== this.asked || !said) return;
      if (said.wrong) { PG.fill(place, PG.notice('wrong', said.wrong)); return; }
      this.panel.set(finding(this.orders));
      place.append(el('div', { class: 'tools-row' }, el('button', { class: 'btn', type: 'button', onclick: () => this.others() }, PG.icon('dice'), W.again)));
    }

    others() {
      this.seed += 1;
      this.room.practice.strangers = this.seed;
      this.ask(this.pair);
    }

    table() { return PG.csv([['kind', 'first', 'second', 'follows'], ...this.orders.map((one) => [one.kind, one.first, one.second, one.follows])]); }
  }

  PG.bertPairs = (host, room) => new Pairs(host, room);
})();
