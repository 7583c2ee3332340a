// What each example of a few-shot prompt does to the answer's probability: left out, made wrong, put elsewhere.
(() => {
  const { el, svg, t } = PG;
  const W = () => PG.gptCurveWords;
  const points = (v) => {
    const n = 100 * v, size = Math.abs(n), sign = n > 0 ? '+' : '\u2212';
    return size < .05 ? '0' : `${sign}${size.toFixed(size < 9.95 ? 1 : 0)}`;
  };
  const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));
  const said = (text) => `“${text}”`;

  // Asks one of the streaming verbs, one question at a time.
  class Asking {
    constructor(verb, onSaid) { Object.assign(this, { verb, onSaid }); }
    async go(question) {
      this.stop();
      const leaving = this.leaving = new AbortController();
      const take = (one) => { if (leaving === this.leaving && !leaving.signal.aborted) this.onSaid(one); };
      const end = await PG.lines(`gpt/${this.verb}`, question, take, leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      if (leaving === this.leaving && end) this.onSaid(end.wrong ? { wrong: end.wrong } : { over: true });
    }
    stop() { this.leaving?.abort(); }
  }

  // ---- bars with a sign, beside the examples
  const bar = (value, most) => {
    const share = 50 * Math.min(1, Math.abs(value) / most);
    return el('span', { class: `each-bar${value < 0 ? ' minus' : ''}` },
      el('span', { style: { width: `${share}%`, left: value < 0 ? `${50 - share}%` : '50%' } }));
  };
  const cell = (one, most, note) => el('td', {
    onmousemove: one && ((event) => PG.tip(event, note, el('span', { class: 'mono', text: PG.chance(one.chance) }))), onmouseleave: PG.untip,
  }, one ? el('span', { class: 'each-cell' }, bar(one.by, most), el('span', { class: 'mono', text: points(one.by) })) : null);

  PG.eachBars = (examples, { without, wrong }) => {
    const most = Math.max(.005, ...[...without, ...wrong.flat()].filter(Boolean).map((one) => Math.abs(one.by)));
    const flips = wrong.some((all) => all?.length);
    const worst = (i) => (wrong[i] || []).reduce((a, b) => (!a || b.by > a.by ? b : a), null);
    const row = ([given, answer], i) => el('tr', {},
      el('td', { class: 'each-at', text: String(i + 1) }),
      el('th', { scope: 'row', dir: 'auto', title: `${given} → ${answer}` }, el('span', {}, given), ' ', el('b', {}, answer)),
      cell(without[i], most, W().without),
      flips ? cell(worst(i), most, () => `${t(W().wrong)}: ${worst(i)?.what[1]}`) : null);
    return el('table', { class: 'each-table' },
      el('thead', {}, el('tr', {}, el('th'), el('th', {}, W().examples), el('th', {}, W().without), flips ? el('th', {}, W().wrong) : null)),
      el('tbody', {}, examples.map(row)));
  };

  // ---- orders as dots above a line of probabilities
  PG.ordersStrip = (onPick) => {
    const root = el('div', { class: 'orders-strip' });
    let data = null, width = 0;
    const heap = (found, x, step) => { // dots that meet stand on each other
      const heights = new Map();
      return found.map((one) => {
        const slot = Math.round(x(one.chance) / step), level = heights.get(slot) || 0;
        heights.set(slot, level + 1);
        return { one, cx: slot * step, level };
      });
    };
    const draw = () => {
      if (!data || !width) return;
      const rem = PG.rem(), { found, now, pick } = data, high = Math.max(...found.map(({ chance }) => chance), 1e-9),
        low = Math.min(...found.map(({ chance }) => chance));
      const span = high - low, from = Math.max(0, low - .08 * span - 1e-6), to = Math.min(1, high + .08 * span + 1e-6);
      const x = (v) => 1.5 * rem + ((v - from) / (to - from || 1)) * (width - 3 * rem), dots = heap(found, x, 8);
      const tall = Math.max(...dots.map(({ level }) => level)) + 1, step = Math.min(8, (5 * rem) / tall), base = 2.2 * rem + tall * step,
        height = base + 1.6 * rem;
      const dot = ({ one, cx, level }) => svg('circle', {
        class: `order-dot${one === pick ? ' on' : ''}${one === now ? ' now' : ''}`, cx, cy: base - 5 - level * step, r: one === now || one === pick ? 5 : 3.2,
        onclick: () => onPick(one), onmouseleave: PG.untip,
        onmousemove: (event) => PG.tip(event, el('b', { class: 'mono', text: one.what.map((i) => i + 1).join(' ') }),
          el('span', { class: 'mono', text: PG.chance(one.chance) })),
      });
      const ticks = [0, .5, 1].map((part) => from + part * (to - from)), here = dots.find(({ one }) => one === now);
      const order = [...dots].sort((a, b) => (a.one === now) - (b.one === now));
      PG.fill(root, svg('svg', { class: 'chart', width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': () => t(W().orderTitle) },
        svg('line', { class: 'curve-axis', x1: rem, x2: width - rem, y1: base, y2: base }),
        ticks.map((v) => svg('text', { class: 'chart-tick', x: x(v), y: base + 1.1 * rem, 'text-anchor': 'middle', text: PG.chance(v) })),
        order.map(dot),
        here ? [svg('line', { class: 'curve-call', x1: here.cx, x2: here.cx, y1: 1.1 * rem, y2: base - 11 - here.level * step }),
          svg('text', { class: 'chart-tick', x: Math.max(3 * rem, Math.min(width - 3 * rem, here.cx)), y: .85 * rem, 'text-anchor': 'middle',
            text: W().now })] : null));
    };
    PG.watchWidth(root, (w) => { width = w; draw(); });
    return { root, draw: (next) => { data = next; draw(); } };
  };

  class Each {
    constructor(room) {
      Object.assign(this, { room, answer: '', withWrong: false });
      this.panel = PG.panel({ title: W().each });
      this.controls = el('div', { class: 'curve-controls' });
      this.status = el('div');
      this.bars = el('div', { class: 'curve-scroll' });
      this.strip = PG.ordersStrip((one) => { this.pick = one; this.paintOrders(); });
      this.orderHead = el('h4', { class: 'sub-title' });
      this.orderStatus = el('div');
      this.orderRows = el('div');
      this.orders = el('section', { class: 'orders' }, this.orderHead, this.orderStatus, this.strip.root, this.orderRows);
      PG.fill(this.panel.body, this.controls, this.status, this.bars, this.orders);
      this.root = PG.card(this.panel.root);
      this.asking = new Asking('shots_without', (one) => this.take(one));
      this.askingOrders = new Asking('shots_orders', (one) => this.takeOrder(one));
      PG.on('lang', () => this.paintAll());
      PG.on('theme', () => this.paintAll());
    }

    update() {
      const mark = JSON.stringify(this.room.prompt);
      if (mark === this.mark) return;
      this.mark = mark;
      const { labels = [] } = this.room.prompt;
      if (labels.length && !labels.includes(this.answer)) this.answer = '';
      if (!labels.length) this.answer = '';
      this.start();
    }

    question() { return { prompt: this.room.prompt, answer: this.answer }; }
    control() {
      const { labels = [] } = this.room.prompt, again = (answer) => { this.answer = answer; this.start(); };
      const input = el('input', { class: 'cell', value: this.about?.answer || this.answer, 'aria-label': W().answer,
        onchange: () => again(input.value.trim()) });
      const which = labels.length
        ? PG.select({ label: W().answer, value: this.about?.answer || this.answer, onchange: again,
          options: labels.map((label) => ({ key: label, label })) }).root
        : PG.field(W().answer, null, input);
      PG.fill(this.controls, which, PG.check({ label: W().alsoWrong, value: this.withWrong,
        onchange: (on) => { this.withWrong = on; this.start(true); } }).root);
    }

    start(sameOrders) {
      const { examples, model } = this.room.prompt, count = examples.length;
      Object.assign(this, { about: null, without: [], wrong: [] });
      this.asking.stop();
      if (!sameOrders) {
        this.askingOrders.stop();
        Object.assign(this, { found: [], ordersOf: 0, pick: null, now: null, ordersWrong: null });
      }
      this.controls.hidden = !count;
      this.orders.hidden = !count;
      this.control();
      if (!count) { PG.fill(this.status, PG.notice('note', W().none)); this.paint(); return; }
      PG.busy(this.status, W().working, () => { this.asking.stop(); PG.fill(this.status, PG.notice('note', W().stopped)); });
      this.paintAll();
      const { labels = [] } = this.room.prompt, likeliest = labels.length && !this.answer ? this.likeliest() : this.answer;
      this.answer = likeliest;
      this.asking.go({ ...this.question(), wrong: this.withWrong });
      if (!sameOrders && count > 1 && count < 5 && model.startsWith('gpt/')) this.startOrders();
    }
    // Of the allowed answers the one that the card above puts first.
    likeliest() {
      const told = this.room.told?.labels;
      return told ? told.labels[told.sum.indexOf(Math.max(...told.sum))] : this.room.prompt.labels[0];
    }
    startOrders() {
      Object.assign(this, { found: [], pick: null, now: null, ordersOf: 0, trying: true });
      this.askingOrders.go(this.question());
    }

    take(one) {
      if (one.about) { this.about = one.about; this.control(); }
      (one.found || []).forEach((change) => {
        const [i] = change.what;
        if (change.kind === 'without') this.without[i] = change;
        else (this.wrong[i] ||= []).push(change);
      });
      if (one.over) this.status.replaceChildren();
      if (one.wrong) PG.fill(this.status, PG.notice('wrong', one.wrong));
      this.paint();
    }
    takeOrder(one) {
      if (one.about) { this.ordersOf = one.about.changes; this.ordersAnswer = one.about.answer; }
      if (one.found) this.found.push(...one.found);
      if (one.over || one.wrong) this.trying = false;
      if (one.wrong) this.ordersWrong = one.wrong;
      this.now = this.found.find(({ what }) => what.every((i, at) => i === at)) || null;
      this.paintOrders();
    }

    paintAll() { this.paint(); this.paintOrders(); }
    paint() {
      const { examples } = this.room.prompt, { about, without } = this;
      this.panel.set(this.finding());
      this.panel.setRead(examples.length ? this.read() : null);
      this.panel.setTools(about ? this.tools() : {});
      PG.fill(this.bars, about ? PG.eachBars(examples, { without, wrong: this.wrong }) : null);
      const model = this.room.prompt.model;
      this.panel.setSource(about ? {
        en: `probability of ${said(about.answer)} as it is: ${PG.chance(about.chance)} · product of its tokens’ probabilities · ${model}, float32`,
        zh: `${said(about.answer)} 现在的概率：${PG.chance(about.chance)} · 各词元概率之积 · ${model}，float32`,
      } : null);
    }
    read() {
      return {
        en: 'What its probability owes to an example, in percentage points. Teal: the example helps, without it (or with a wrong answer in it) the '
          + 'probability falls. Crimson: it rises.',
        zh: '概率里有多少来自这个例子（百分点）。青色：有帮助，去掉它（或把它的答案改错）概率就下降。深红：反而上升。',
      };
    }
    finding() {
      const { without, about } = this, all = without.filter(Boolean);
      if (!about || !all.length) return W().each;
      const i = without.indexOf(all.reduce((a, b) => (Math.abs(b.by) > Math.abs(a.by) ? b : a))), one = without[i], from = PG.chance(about.chance),
        to = PG.chance(one.chance);
      if (Math.abs(one.by) < .01) return { en: `No single example matters much for ${said(about.answer)}`, zh: `没有哪个例子单独对 ${said(about.answer)} 有多大影响` };
      return one.by > 0
        ? { en: `Example ${i + 1} does most: without it, ${said(about.answer)} falls from ${from} to ${to}`,
          zh: `例 ${i + 1} 作用最大：去掉它，${said(about.answer)} 从 ${from} 降到 ${to}` }
        : { en: `Example ${i + 1} stands in the way: without it, ${said(about.answer)} rises from ${from} to ${to}`,
          zh: `例 ${i + 1} 反而碍事：去掉它，${said(about.answer)} 从 ${from} 升到 ${to}` };
    }

    paintOrders() {
      const { found, ordersOf, pick, now } = this, { examples } = this.room.prompt, n = examples.length, over = found.length && found.length === ordersOf;
      if (!n) return;
      this.strip.root.hidden = !found.length;
      if (found.length) this.strip.draw({ found, now, pick });
      const sorted = [...found].sort((a, b) => b.chance - a.chance), best = sorted[0], worst = sorted.at(-1);
      PG.fill(this.orderHead, over && best ? this.orderFinding(best, worst) : W().orderTitle);
      const tries = Math.min(120, factorial(Math.min(n, 6)));
      const start = el('button', { class: 'btn', type: 'button', onclick: () => { this.startOrders(); this.paintOrders(); } }, PG.icon('shuffle'),
        W().tryOrders(tries));
      const running = () => PG.notice('note', W().ordersWorking(found.length, ordersOf || tries), {
        label: { en: 'Stop', zh: '停止' }, onclick: () => { this.askingOrders.stop(); this.trying = false; this.paintOrders(); } });
      PG.fill(this.orderStatus, this.ordersWrong ? PG.notice('wrong', this.ordersWrong)
        : n < 2 ? el('p', { class: 'read' }, W().oneOnly) : this.trying ? running() : over ? null : start);
      const line = (name, one) => one && el('tr', {}, el('th', { scope: 'row' }, name), el('td', { class: 'mono', text: one.what.map((i) => i + 1).join(' ') }),
        el('td', { class: 'mono num', text: PG.chance(one.chance) }),
        el('td', {}, one === now ? null : el('button', { class: 'btn link', type: 'button', onclick: () => PG.curveBack.order(this.room, one.what) },
          W().use)));
      const picked = pick && pick !== best && pick !== worst && pick !== now;
      PG.fill(this.orderRows, found.length > 1 ? el('table', { class: 'orders-table' }, el('tbody', {},
        line(W().best, best), line(W().now, now), line(W().worst, worst), picked ? line({ en: 'chosen', zh: '所选' }, pick) : null)) : null);
    }
    orderFinding(best, worst) {
      const answer = said(this.ordersAnswer), from = PG.chance(worst.chance), to = PG.chance(best.chance);
      const all = factorial(this.room.prompt.examples.length) === this.found.length, n = this.found.length;
      if (best.chance - worst.chance < .01) return { en: `Their order hardly matters: ${answer} keeps ${PG.chance(best.chance)}`,
        zh: `顺序几乎没有影响：${answer} 始终约 ${PG.chance(best.chance)}` };
      return {
        en: `${all ? 'The order alone' : `The order alone (${n} tried)`} moves ${answer} between ${from} and ${to}`,
        zh: `${all ? '单是顺序' : `单是顺序（试了 ${n} 种）`}就让 ${answer} 在 ${from} 到 ${to} 之间变动`,
      };
    }

    tools() {
      const rows = () => {
        const { examples } = this.room.prompt, head = [['kind', 'what', 'probability', 'change']];
        const own = [...this.without, ...this.wrong.flat()].filter(Boolean).map((one) => [one.kind,
          `${examples[one.what[0]].join(' -> ')}${one.what[1] ? ` => ${one.what[1]}` : ''}`, one.chance, -one.by]);
        return [...head, ...own, ...this.found.map((one) => [one.kind, one.what.map((i) => i + 1).join(' '), one.chance, -one.by])];
      };
      return { SVG: () => PG.svgFile('examples.svg', this.panel.body), CSV: () => PG.save('examples.csv', PG.csv(rows()), 'text/csv;charset=utf-8') };
    }
  }

  PG.curveEach = (room) => new Each(room);
})();
