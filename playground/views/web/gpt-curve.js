// The cards under a few-shot prompt's answer: the shots curve, what each example does, and where the model looks.
(() => {
  const { el, t } = PG;
  const W = () => PG.gptCurveWords;
  const MAIN = ['told', 'plain'];

  class Curve {
    constructor(room) {
      Object.assign(this, { room, state: PG.curveSettings.first(), kept: [], pick: null, table: {} });
      this.tools = { SVG: () => PG.svgFile('shots.svg', this.figure.root), PNG: () => PG.pngFile('shots.png', this.figure.root), CSV: () => this.csv() };
      this.panel = PG.panel({ title: W().open, read: () => this.read(), source: '' });
      this.figure = PG.curveFigure((line, point) => this.show(line, point));
      this.settings = el('div');
      this.status = el('div', { class: 'curve-status' });
      this.button = el('button', { class: 'btn', type: 'button', onclick: () => this.start() }, W().measure);
      this.keepButton = el('button', { class: 'btn', type: 'button', hidden: true, onclick: () => this.keep() }, PG.icon('plus'), W().keep);
      this.names = el('div', { class: 'curve-kept' });
      this.questions = el('div', { class: 'curve-questions', hidden: true });
      PG.fill(this.panel.body, this.settings, el('div', { class: 'tools-row' }, this.button, this.keepButton, this.names), this.status, this.figure.root,
        this.questions);
      this.root = PG.card(this.panel.root);
      PG.on('lang', () => this.paint());
      PG.on('theme', () => this.paint());
      this.seen();
    }

    // The first curve of a ready task is measured as soon as it comes into sight.
    seen() {
      const watch = new IntersectionObserver((seen) => {
        if (!seen.at(-1).isIntersecting || !this.state.list?.startsWith('task-')) return;
        watch.disconnect();
        if (!this.run) this.start();
      }, { threshold: .3 });
      watch.observe(this.root);
    }

    update() {
      const { ready = [], state: { key, list } } = this.room;
      this.tasks = ready.filter((one) => one.key.startsWith('task-'));
      if (this.state.list === null || (key !== this.key && this.state.list !== 'own')) {
        Object.assign(this.state, { list: this.tasks.some((one) => one.key === key) ? key : 'turn', labels: list === 'own' });
      }
      this.key = key;
      this.control();
      this.paint();
    }

    control() {
      PG.curveSettings.draw(this.settings, this.state, {
        tasks: this.tasks, prompt: this.room.prompt, onChange: () => this.paint(),
        fail: (wrong) => PG.fill(this.status, wrong ? PG.notice('wrong', wrong) : null),
      });
    }

    question() { return PG.curveSettings.question(this.state, this.room); }

    // ---- measuring
    async start() {
      this.leaving?.abort();
      const leaving = this.leaving = new AbortController(), question = this.question();
      const run = this.run = { question, mark: this.mark(question), name: this.name(), points: new Map(), results: new Map(), done: 0, prompts: 0,
        since: performance.now() };
      this.pick = null;
      this.bar = this.progress(() => this.stop(leaving, run));
      this.paint();
      const take = (said) => { if (run === this.run && !leaving.signal.aborted) this.take(run, said); };
      const said = await PG.lines('gpt/curve', question, take, leaving.signal).catch((error) => {
        if (error.name !== 'AbortError') throw error;
      });
      if (run !== this.run || !said) return;
      Object.assign(run, { over: true, wrong: said.wrong });
      this.paint();
    }

    progress(onStop) {
      const text = el('span', {}), fill = el('span'), stop = el('button', { class: 'btn', type: 'button', onclick: onStop }, { en: 'Stop', zh: '停止' });
      PG.fill(this.status, el('div', { class: 'notice', role: 'status' }, text, stop), el('div', { class: 'curve-track' }, fill));
      return { set: (done, all, rate) => {
        text.textContent = `${t(W().running(done, all))}${rate ? ` · ${t(W().speed(rate))}` : ''}`;
        fill.style.width = `${(100 * done) / Math.max(1, all)}%`;
      } };
    }

    stop(leaving, run) {
      leaving.abort();
      Object.assign(run, { over: true, stopped: true });
      this.paint();
    }

    // What is said of a measurement that has ended. The controls tell of the next one: an old one is named.
    tell(run, stale) {
      const note = run.wrong || (stale ? W().changed(run.name) : run.stopped ? W().stopped : null);
      PG.fill(this.status, note ? PG.notice(run.wrong ? 'wrong' : 'note', note) : null);
    }

    take(run, said) {
      if (said.plan) run.plan = said.plan;
      if (said.done) Object.assign(run, { seconds: said.done.seconds, rate: said.done.prompts / Math.max(.001, said.done.seconds) });
      if (said.step) {
        const { point, results, done, prompts } = said.step, key = `${point.line} ${point.shots}`;
        run.points.set(key, point);
        run.results.set(key, [...(run.results.get(key) || []), ...results]);
        Object.assign(run, { done, prompts });
        this.bar.set(done, prompts, Math.round((1000 * done) / (performance.now() - run.since)));
      }
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.paint());
    }

    // ---- what is shown
    mark(question) { return JSON.stringify(question); }
    name() { return `${t(this.listName())} · ${this.room.prompt.model.replace(/^.*\//, '')}`; }
    listName() {
      const { list } = this.state;
      return this.tasks.find((one) => one.key === list)?.name || (list === 'own' ? W().ownList : W().inTurn);
    }
    lines(run) {
      if (!run?.plan) return [];
      const points = (line) => run.plan.shots.map((k) => run.points.get(`${line} ${k}`)).filter(Boolean);
      const alone = !run.plan.lines.includes('told'), kind = (line) => (alone && line === 'plain' ? 'only' : MAIN.includes(line) ? line : 'order');
      return run.plan.lines.map((line) => ({ key: line, kind: kind(line), name: line === 'plain' && alone ? W().only : W()[line] || W().orders,
        points: points(line) }));
    }
    // The line of the prompt as the reader wants it.
    main(lines) { return lines.find(({ kind }) => kind === 'only') || lines.find(({ kind }) => kind === (this.run.question.described ? 'told' : 'plain')); }

    paint() {
      const { run, kept } = this, lines = this.lines(run), main = this.main(lines), stale = run && run.mark !== this.mark(this.question());
      const old = kept.map((one, at) => ({ ...one, at, kind: 'kept' }));
      const shots = [...new Set([...(run?.plan?.shots || this.state.shots), ...old.flatMap(({ points }) => points.map((p) => p.shots))])].sort((a, b) => a - b);
      this.figure.draw({
        shots, lines: [...old, ...lines], guess: run?.plan ? run.plan.guess : null, pick: this.pick,
        yours: main && !run.plan.draws ? { line: main.key, shots: this.room.prompt.examples.length } : null,
      });
      const measured = (line) => line?.points.filter((p) => p.asked === p.of) || [], whole = measured(main);
      const bare = run?.over && main?.kind === 'told' ? measured(lines.find(({ kind }) => kind === 'plain')) : [];
      this.panel.set(whole.length > 1 && (run.over || whole.length === run.plan.shots.length)
        ? W().finding(whole, bare) : run && !run.over ? W().running(run.done, run.prompts || '…') : W().open);
      this.panel.setRead(this.read(lines));
      this.panel.setSource(run?.plan ? this.source(run) : null);
      this.panel.setTools(run?.points.size ? this.tools : {});
      PG.fill(this.button, run ? W().again : W().measure);
      this.keepButton.hidden = !(run?.over && whole.length > 1);
      if (run?.over) this.tell(run, stale);
      this.listKept();
      this.listQuestions(lines);
    }

    read(lines = []) {
      const some = (kind) => lines.find((line) => line.kind === kind && line.points.length);
      if (!lines.length) {
        return {
          en: 'The same questions with 0, 1, 2, 4 and 8 solved examples in front: figure 1.2 of the GPT-3 paper, for this model and your prompt.',
          zh: '同样的问题，前面放 0、1、2、4、8 个做好的例子：这就是 GPT-3 论文的图 1.2，只是换成这个模型和你的提示。',
        };
      }
      const order = some('order') ? this.spread(lines) : null, both = some('told');
      return {
        en: `${both ? 'Violet: with the description; the other: without. ' : ''}Bars: 95 % intervals.`
          + `${order ? ` Grey: the same examples in ${order.n} other orders${order.en}.` : ''}`,
        zh: `${both ? '紫色：有任务说明；另一条：没有。' : ''}竖线：95 % 置信区间。${order ? `灰色：同样的例子换 ${order.n} 种顺序${order.zh}。` : ''}`,
      };
    }
    // How far the orders stand apart where they differ most.
    spread(lines) {
      const orders = lines.filter(({ kind }) => kind === 'order'), main = this.main(lines);
      const gap = (k) => {
        const all = [...orders, main].map((line) => line.points.find((p) => p.shots === k && p.asked === p.of)?.share).filter(Number.isFinite);
        return all.length === orders.length + 1 ? Math.max(...all) - Math.min(...all) : -1;
      };
      const most = Math.max(-1, ...this.run.plan.shots.map(gap)), points = Math.round(100 * most);
      if (most < 0) return { n: orders.length, en: '', zh: '' };
      return { n: orders.length, en: `; the order alone makes up to ${points} point${points === 1 ? '' : 's'}`, zh: `；单是顺序就能差到 ${points} 个百分点` };
    }

    source(run) {
      const { plan, question } = run, asks = question.task ? { en: `${plan.questions} held-out questions`, zh: `${plan.questions} 个留出的问题` }
        : { en: `${plan.questions} questions`, zh: `${plan.questions} 个问题` };
      const examples = plan.draws ? { en: 'examples drawn for each question', zh: '每题另抽例子' } : { en: 'your examples', zh: '你的例子' };
      const counts = plan.labels ? { en: 'likeliest of the allowed answers', zh: '取允许答案中最可能的' }
        : { en: 'greedy to the end of the line, exact match', zh: '贪心写到行尾，须完全一致' };
      const rate = run.rate ? { en: ` · ${run.rate.toFixed(run.rate < 10 ? 1 : 0)} prompts a second`,
        zh: ` · 每秒 ${run.rate.toFixed(run.rate < 10 ? 1 : 0)} 个提示` } : { en: '', zh: '' };
      const model = question.prompt.model;
      return {
        en: `${asks.en} · ${examples.en} · ${counts.en} · Wilson intervals · ${model}, float32${rate.en}`,
        zh: `${asks.zh} · ${examples.zh} · ${counts.zh} · 威尔逊区间 · ${model}，float32${rate.zh}`,
      };
    }

    // ---- curves that stay
    keep() {
      const main = this.main(this.lines(this.run));
      this.kept.push({ key: `kept${this.kept.length}`, name: this.run.name, points: main.points });
      this.kept = this.kept.slice(-6);
      this.paint();
    }
    listKept() {
      PG.fill(this.names, this.kept.map((one, at) => el('button', {
        class: 'btn ghost', type: 'button', title: W().drop, onclick: () => { this.kept.splice(at, 1); this.paint(); },
      }, el('span', { class: 'curve-key', style: { background: PG.token('--classes').split(',')[at % 10].trim() } }), one.name, PG.icon('x'))));
    }

    // ---- the questions
    show(line, point) {
      if (line.kind === 'kept') return;
      this.pick = { line: line.key, shots: point.shots };
      this.table.all = false;
      this.paint();
    }
    listQuestions(lines) {
      const { run } = this, last = this.main(lines)?.points.at(-1);
      const pick = this.pick || (run?.over && last ? { line: last.line, shots: last.shots } : null);
      const point = pick && run?.points.get(`${pick.line} ${pick.shots}`);
      this.questions.hidden = !point;
      if (!point) return;
      const files = { CSV: () => PG.save('shots-questions.csv', PG.csv(this.rows()), 'text/csv;charset=utf-8'),
        JSON: () => PG.save('shots-questions.json', PG.json(this.json()), 'application/json') };
      PG.curveTable(this.questions, { point, results: run.results.get(`${pick.line} ${pick.shots}`), state: this.table, files,
        onLoad: (one) => this.load(one) });
    }
    load(one) { PG.curveBack.load(this.room, one); }

    // ---- files
    all() { return [...this.run.results.values()].flat(); }
    rows() {
      return [['line', 'examples', 'question', 'prompt', 'answer', 'said', 'right', 'probability'],
        ...this.all().map((one) => [one.line, one.shots, one.query, one.text, one.answer, one.said, one.right ? 1 : 0, one.chance ?? ''])];
    }
    json() { return { question: this.run.question, plan: this.run.plan, points: [...this.run.points.values()], results: this.all() }; }
    csv() {
      const rows = [...this.run.points.values()].map((p) => [p.line, p.shots, p.right, p.asked, p.share, p.low, p.high]);
      PG.save('shots.csv', PG.csv([['line', 'examples', 'right', 'asked', 'share', 'low', 'high'], ...rows]), 'text/csv;charset=utf-8');
    }
  }

  // What is found here, put into the builder.
  PG.curveBack = {
    load: (room, { description, examples, query, answer }) => {
      room.truthOf = query;
      room.replace({
        ...room.state, described: Boolean(description), description: description || room.state.description, query, truth: answer,
        count: 'all', rows: examples.map(([given, said]) => [given, said, true]),
      });
    },
    // turn: numbers of the examples in use, first to last.
    order: (room, turn) => room.act((state) => {
      const used = PG.shots.used(state), next = turn.map((i) => used[i]);
      state.rows = state.rows.map((row) => (used.includes(row) ? next.shift() : row));
    }),
  };

  // host: below the answer; room: the builder, see gpt-shots.js
  PG.gptCurve = (host, room) => {
    room.cards ||= [new Curve(room), PG.curveEach(room), PG.curveSeen(room)];
    host.classList.add('curve-cards');
    host.replaceChildren(...room.cards.map(({ root }) => root));
    room.cards.forEach((card) => card.update());
  };
})();
