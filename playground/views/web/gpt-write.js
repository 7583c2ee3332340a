// The GPT room, writing on: a beginning, what comes after it, branches from any place of it, and what happened inside.
(() => {
  const { el } = PG;
  const W = {
    how: {
      en: 'The model reads the text once and keeps the keys and values of every token. It gives each token of its vocabulary a probability to come '
        + 'next, one is chosen, appended and read, and so on. Nothing is ever taken back: what was said is context like any other.',
      zh: '模型把文字读一遍，记下每个词元的键和值，再给词表中每个词元一个“接下来就是它”的概率；选出一个，接上，读入，如此继续。'
        + '说出的话不会收回，和其他上文一样成为语境。',
    },
    together: { en: 'Both wrote the same', zh: '两边写得一样' },
  };
  const LINKED = 1800; // characters of a question that still fit into the address
  const FIRST = { temperature: .8, top_k: 0, top_p: .95, min_p: 0, typical_p: 1, repetition_penalty: 1, greedy: false, seed: 1 };
  const KEPT = ['text', 'model', 'start', 'chat', 'make', 'tokens', 'line', 'settings', 'other', 'width', 'steps', 'penalty'];
  const SOON = 300; // ms before the view "Next token" follows the controls of the input column

  const fromAddress = () => {
    try {
      const said = JSON.parse(PG.query.get('gptwrite')) || {};
      return Object.fromEntries(KEPT.filter((key) => key in said).map((key) => [key, said[key]]));
    } catch { return {}; }
  };
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  class Room {
    constructor(root, value) {
      this.value = value;
      this.mode = 'write';
      this.first = {
        text: value.examples[0].text, model: value.model, start: false, chat: false, make: 'one', tokens: 24, line: false,
        settings: { ...FIRST }, other: { ...FIRST, greedy: true }, width: 4, steps: 12, penalty: 1,
      };
      const wish = fromAddress();
      this.question = { ...this.first, ...wish, settings: { ...FIRST, ...wish.settings }, other: { ...this.first.other, ...wish.other } };
      this.linked = PG.query.has('gptwrite');
      this.tree = PG.gptTree();
      this.turn = 0;
      this.build(root);
      this.send();
    }

    // ---- the page
    build(root) {
      const picked = el('div');
      this.input = PG.gptInput(this);
      const sheet = (name) => PG.gptSheet({
        name, onCursor: (branch, place) => this.goTo(branch, place),
        again: name ? null : () => this.again(), dice: name ? null : () => { this.settle({ ...this.settings, seed: this.settings.seed + 1 }); this.again(); },
      });
      this.sheets = { one: sheet(''), a: sheet('A'), b: sheet('B') };
      this.beams = PG.gptBeams({ onTake: (found) => this.adopt(found) });
      this.apart = el('h2', { class: 'panel-title' });
      this.pair = el('div', { class: 'write-pair', hidden: true }, this.apart, el('div', { class: 'write-two' }, this.sheets.a.root, this.sheets.b.root));
      this.notes = el('div');
      this.place = { say: el('div'), bars: el('div', { class: 'write-bars' }) };
      this.branches = el('div');
      const colour = (style, both) => Object.values(this.sheets).forEach(({ text }) => text.colour(style, both));
      this.legend = PG.gptTextLegend({
        style: 'chance', both: false, onStyle: (style) => colour(style), onBoth: (both) => { colour(this.sheets.one.text.style, both); this.knowAll(both); },
      });
      this.below = el('div', { class: 'write-below' }, el('div', {}, this.place.say, this.branches), this.place.bars);
      this.card = PG.card(this.notes, this.sheets.one.root, this.pair, this.beams.root, this.legend, this.below);
      this.tabs = PG.gptTabs(this);
      this.inside = PG.inside(this.tabs.root);
      this.inside.hidden = true;
      this.foot = PG.foot({ how: W.how, code: () => this.code(), lesson: 'gpt', files: PG.gptFiles(this) });
      this.picker = PG.picker(picked, { family: 'gpt', picked: this.question.model, onPick: (model) => { this.set({ model }); this.send(); } });
      PG.room(root, { input: [picked, ...this.input.nodes()], output: [this.card, this.inside], foot: this.foot });
      this.refit();
    }

    refit() {
      const { make } = this.question, search = make === 'beams';
      this.sheets.one.root.hidden = make !== 'one';
      this.pair.hidden = make !== 'two';
      this.beams.root.hidden = !search;
      this.legend.hidden = this.below.hidden = search;
    }

    code() {
      const { make } = this.question;
      if (make === 'beams') return this.beams.code;
      if (make === 'two') return ['a', 'b'].map((key) => this.sheets[key].branch?.code).filter(Boolean).join('\n\n');
      return this.now?.code || this.answer?.code || '';
    }

    // ---- settings, shared with the view "Next token"
    get settings() { return this.question.settings; }

    set(part) {
      const turned = part.make && part.make !== this.question.make;
      Object.assign(this.question, part);
      if (turned) this.turnTo();
      this.link();
    }

    settle(settings, from) {
      this.question.settings = { ...settings };
      if (from !== this.input) this.input.rules.set(this.question.settings);
      this.link();
      if (!from && this.tabs.current() === 'next') return; // it was the view itself that asked
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.tabs.redraw('next'), SOON);
    }

    turnTo() {
      this.stop();
      this.refit();
      const { make } = this.question;
      if (this.now) this.input.say(this.standing(), this.now);
      if (make === 'one' && this.now) this.show(this.now, this.cursor);
      if (make !== 'one' && !(make === 'two' ? this.sheets.a.branch : this.beams.code)) this.send();
      this.foot.refresh();
    }

    // ---- what is asked
    exampleAt() { return this.value.examples.findIndex(({ text }) => text === this.question.text); }

    example(i) {
      this.input.put({ ...this.question, text: this.value.examples[i].text });
      this.send();
    }

    // Called from elsewhere in the room with a text to go on from.
    open({ text, model = this.question.model }) {
      this.picker.pick(model);
      this.set({ model });
      this.input.put({ text, start: false, chat: false });
      this.submit();
    }

    // From the cursor if the beginning is the one that was read, else from the new beginning.
    submit() { return this.send().then(() => PG.reveal(this.card)); }

    send() {
      const typed = this.input.typed(), origin = { ...typed, model: this.question.model }, fresh = !this.now || !same(origin, this.origin);
      this.set(typed);
      this.input.examples.pick(this.exampleAt());
      this.input.recount();
      const point = fresh ? { origin } : this.standing();
      return this.question.make === 'beams' ? this.search(point) : this.write(point);
    }

    // Where writing goes on: at the cursor; to compare and to search, what was written since is no beginning.
    standing() {
      const { now, cursor, question: { make } } = this;
      if (make === 'one' || cursor < now.given + now.told.length) return { branch: now, at: cursor };
      return make === 'two' && this.compared?.sides.includes(now) ? this.compared.point : { branch: now, at: now.given };
    }

    again() { return this.write(this.point || { branch: this.now, at: this.now.given }, true); }

    // The branch that is written on from a point: the one that ends there, or a new one.
    from({ origin, branch, at }, anew) {
      if (origin) return this.tree.seed(origin);
      return !anew && at === branch.given + branch.told.length ? branch : this.tree.sprout(branch, at);
    }

    async write(point, anew = false) {
      this.stop();
      const turn = ++this.turn, { tokens, line, settings, other, make } = this.question, two = make === 'two';
      this.point = point.branch ? { branch: point.branch, at: point.at } : point;
      const sides = two ? [['a', settings], ['b', other]] : [['one', settings]];
      this.notes.replaceChildren();
      this.below.hidden = true;
      const runs = sides.map(([key, how]) => ({ sheet: this.sheets[key], how, branch: this.from(point, anew || two) }));
      if (two) PG.fill(this.apart, '');
      const said = await Promise.all(runs.map(({ sheet, how, branch }) => sheet.write(this.tree, branch, { settings: how, tokens, line })));
      const wrong = said.find((one) => one.wrong)?.wrong, done = runs.filter(({ branch }) => branch.prompt.most);
      if (wrong && turn === this.turn) this.refuse(wrong);
      if (!done.length || turn !== this.turn) return;
      this.begin(point);
      done.forEach(({ branch }) => { if (!this.tree.branches.includes(branch)) this.tree.enter(branch); });
      if (two) {
        this.compared = { point, sides: runs.map((run) => run.branch) };
        PG.fill(this.apart, () => this.parting(...this.compared.sides));
      }
      const { branch } = done[0];
      this.show(branch, branch.given + branch.told.length);
    }

    // Another beginning has branches of its own.
    begin({ origin }) {
      if (!origin || same(origin, this.origin)) return;
      this.tree.clear();
      this.origin = origin;
    }

    parting(a, b) {
      const [left, right] = [PG.t(PG.gptApart(a.settings, b.settings)), PG.t(PG.gptApart(b.settings, a.settings))];
      const at = a.told.findIndex(({ id }, i) => b.told[i]?.id !== id), piece = ({ told }) => told[at]?.piece || '∅';
      if (at < 0) return PG.t(W.together);
      return PG.t({
        en: `${left} | ${right}: they part at token ${at + 1}, “${piece(a)}” and “${piece(b)}”`,
        zh: `${left} | ${right}：从第 ${at + 1} 个词元分开，“${piece(a)}”与“${piece(b)}”`,
      });
    }

    stop() {
      Object.values(this.sheets).forEach((sheet) => sheet.stop());
      this.beams.stop();
    }

    refuse(wrong) {
      PG.fill(this.notes, PG.notice('wrong', wrong));
      this.below.hidden = !this.now || this.question.make === 'beams';
    }

    // ---- the cursor, and what stands there
    sheetOf(branch) {
      return this.question.make === 'two' ? Object.values(this.sheets).find((sheet) => sheet !== this.sheets.one && sheet.branch === branch) : this.sheets.one;
    }

    show(branch, place) {
      Object.assign(this, { now: branch, cursor: place });
      this.sheetOf(branch)?.show(branch, place);
      return this.look();
    }

    goTo(branch, place) {
      Object.assign(this, { now: branch, cursor: place });
      this.sheetOf(branch)?.text.put(place);
      this.look();
    }

    async look() {
      const { now, cursor } = this, turn = this.looking = {}, asked = this.tree.asked(now, cursor);
      const [answer] = await Promise.all([PG.ask('gpt/ask', { ...asked, top: 10 }), cursor < now.given ? this.know(now) : null]);
      if (turn !== this.looking) return;
      if (answer.wrong) { this.refuse(answer.wrong); return; }
      Object.assign(this, { asked, answer });
      const token = cursor < now.given ? now.known?.[cursor - 1] : now.told[cursor - now.given];
      PG.gptPlace(this.place, answer, token || null, (id) => this.take(id));
      PG.fill(this.branches, () => PG.gptBranches(this.tree, this.now, (branch) => this.pick(branch)));
      this.refit();
      this.inside.hidden = false;
      this.input.say(this.standing(), this.now);
      this.input.know({ positions: answer.model.positions, start: answer.model.start, talks: answer.model.talks });
      this.tabs.redraw();
      this.foot.refresh();
    }

    pick(branch) {
      if (this.question.make !== 'one') { this.input.make.set('one'); this.question.make = 'one'; this.input.refit(); this.refit(); }
      this.show(branch, branch.given + branch.told.length);
    }

    // What the model thought of the beginning; asked when it is to be seen.
    async know(branch) {
      if (branch.known) return;
      const said = await PG.ask('gpt/read', this.tree.asked(branch, branch.given));
      if (!said.wrong) branch.known = said.told.map(PG.gptTold);
    }

    async knowAll(both) {
      if (!both) return;
      const shown = Object.values(this.sheets).filter(({ branch }) => branch?.prompt.most);
      await Promise.all(shown.map(({ branch }) => this.know(branch)));
      shown.forEach(({ text }) => text.paint());
    }

    // A token picked by hand: the next one of the text, or the first of a new branch.
    async take(id) {
      if (this.question.make === 'beams') { this.adopt({ ids: [id] }, true); return; }
      const { now, cursor } = this, last = now.given + now.told.length;
      if (cursor >= now.given && now.told[cursor - now.given]?.id === id) { this.goTo(now, cursor + 1); return; }
      this.stop();
      const asked = this.tree.asked(now, cursor), said = await PG.ask('gpt/read', { ...asked, more: [...asked.more, id], last: 1 });
      if (said.wrong) { this.refuse(said.wrong); return; }
      const branch = cursor === last ? now : this.tree.enter(this.tree.sprout(now, cursor));
      branch.told.push({ ...PG.gptTold(said.told[0]), picked: true });
      Object.assign(branch, { why: null, code: '' });
      this.toOne();
      this.show(branch, branch.given + branch.told.length);
    }

    toOne() {
      if (this.question.make === 'one') return;
      this.question.make = 'one';
      this.input.make.set('one');
      this.input.refit();
      this.refit();
    }

    // ---- beam search
    async search(point) {
      this.stop();
      const { width, steps, penalty } = this.question, branch = this.from(point, true), turn = ++this.turn;
      this.notes.replaceChildren();
      this.searched = { point, branch };
      const asked = this.tree.asked(branch, branch.given + branch.told.length);
      const said = await this.beams.search(asked, { width, steps, penalty });
      if (said.wrong && turn === this.turn) this.refuse(said.wrong);
      this.foot.refresh();
      if (!said.wrong && turn === this.turn) this.glance(asked);
    }

    // The views inside show what the search began from until one of its texts is taken.
    async glance(asked) {
      const answer = await PG.ask('gpt/ask', { ...asked, top: 10 });
      if (answer.wrong || this.question.make !== 'beams') return;
      Object.assign(this, { asked, answer });
      this.inside.hidden = false;
      this.tabs.redraw();
    }

    // A text found becomes a branch; so does a token picked by hand after what the search began from.
    async adopt({ ids }, picked = false) {
      const { point, branch: start } = this.searched, { begun } = this.beams;
      const branch = this.from(point, true);
      if (!branch.prompt.most || begun.cut) this.tree.seat(branch, begun);
      const asked = this.tree.asked(branch, branch.given + branch.told.length);
      const said = await PG.ask('gpt/read', { ...asked, more: [...asked.more, ...ids], last: ids.length });
      if (said.wrong) { this.refuse(said.wrong); return; }
      branch.told.push(...said.told.map((one) => ({ ...PG.gptTold(one), picked })));
      Object.assign(branch, { from: start.from, why: null, settings: null, code: picked ? '' : this.beams.code });
      this.begin(point);
      this.toOne();
      this.show(this.tree.enter(branch), branch.given + branch.told.length);
    }

    // ---- the address
    link() {
      const said = Object.fromEntries(KEPT.map((key) => [key, this.question[key]]));
      this.linked ||= !same(said, Object.fromEntries(KEPT.map((key) => [key, this.first[key]])));
      const text = JSON.stringify(said);
      if (this.linked && text.length <= LINKED) PG.inAddress('gptwrite', text, true);
    }
  }

  PG.gptWrite = (root, value) => new Room(root, value);
})();
