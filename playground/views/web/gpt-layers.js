// The view "Layer by layer" of the GPT room: every token after every layer as a board, one of its columns opened, and the map.
(() => {
  const { el, t } = PG;
  const W = {
    label: { en: 'Layer by layer', zh: '逐层' },
    board: { en: 'What each layer would say comes next', zh: '每一层会说接下来是什么' },
    reading: { en: 'Reading the layers', zh: '正在逐层读取' },
    show: { en: 'Shade by', zh: '深浅表示' },
    top: { en: 'first choice', zh: '首选' },
    chance: { en: 'probability', zh: '概率' },
    rank: { en: 'rank', zh: '名次' },
    entropy: { en: 'entropy', zh: '熵' },
    of: { en: 'of', zh: '针对' },
    final: { en: 'the model’s answer', zh: '模型的回答' },
    truth: { en: 'what really follows', zh: '文中的下一个' },
    next: { en: 'follows', zh: '下一个' },
    reads: { en: 'reads', zh: '读入' },
    bits: { en: 'bits', zh: '比特' },
    pick: { en: 'Click a candidate to follow it down the layers', zh: '点击一个候选，看它逐层的变化' },
    back: { en: 'Follow the model’s answer again', zh: '重新跟踪模型的回答' },
    stands: { en: 'dashed: what follows in the text, ', zh: '虚线：文中的下一个词元 ' },
    note: {
      en: 'Columns are the tokens the model has read, rows its layers. Each cell hands the token’s vector after that layer to the model’s last '
        + 'normalisation and its table of words, as if the model stopped there (logit lens). The table was trained for the last layer only: '
        + 'earlier rows are a reading, not an answer. Click a cell to open it.',
      zh: '列是模型读到的词元，行是各层。每一格把该层之后的向量交给模型最后的归一化和词表，就像模型到此为止（logit lens）。'
        + '词表只为最后一层训练过：前面各行只是一种读法，不是回答。点击一格可打开。',
    },
  };
  const MAP = {
    plane: 'gpt/plane', unfold: 'gpt/unfold',
    special: { en: 'with the first token (most models blow its vector up)', zh: '包括第一个词元（多数模型把它的向量放得很大）' },
  };
  const BLOCK = 24, WIDE = 4.75; // columns asked for at a time; rem of a column
  const ARRAYS = ['chance', 'entropy', 'final_chance', 'final_rank', 'truth_chance', 'truth_rank'];
  const unpacked = (told) => ({ ...told, ...Object.fromEntries(ARRAYS.map((name) => [name, PG.cloudFrame(told[name])])) });

  // ---- one cell: what it says below its word, and how dark it is
  const value = (block, show, of, i) => {
    if (show === 'top') return { text: PG.chance(block.chance[i]), share: Math.sqrt(block.chance[i]) };
    if (show === 'entropy') return { text: `${PG.lens.bits(block.entropy[i])}`, share: 1 - (block.entropy[i] * Math.LN2) / Math.log(block.vocabulary) };
    const chance = block[`${of}_chance`][i], rank = block[`${of}_rank`][i];
    if (!rank) return { text: '–', share: 0 };
    if (show === 'chance') return { text: PG.chance(chance), share: Math.sqrt(chance) };
    return { text: PG.lens.count(rank), share: 1 - Math.log(rank) / Math.log(block.vocabulary) };
  };

  class Board {
    constructor(host, room) {
      Object.assign(this, { room, state: room.layers, texts: room.answer.tokens.texts, blocks: [], asked: room.asked, seen: null, depth: room.answer.model.layers + 1 });
      this.panel = PG.panel({ title: W.board, read: W.note, tools: this.tools() });
      this.scroll = el('div', { class: 'board-scroll', tabindex: '0', role: 'group', 'aria-label': W.board, onkeydown: (event) => this.step(event) });
      this.frame = el('div', { class: 'board' });
      this.open = PG.lens.joined(el('div', { class: 'lens lens-alone' }));
      this.head = el('div', { class: 'board-open-head' });
      PG.fill(this.panel.body, this.controls(), this.scroll, this.head, this.open);
      host.append(this.panel.root);
      this.build();
      this.open.pgDraw = () => { this.blocks.forEach((block) => this.paint(block)); this.drawOpen(); };
      PG.watchWidth(this.open, () => this.drawOpen());
      room.layers.read = (position) => this.choose(position, this.state.cell);
      this.look();
    }

    tools() {
      return {
        CSV: () => this.seen && PG.save('lens.csv', PG.lens.table(this.seen), 'text/csv;charset=utf-8'),
        SVG: () => PG.svgFile('lens.svg', this.scroll), PNG: () => PG.pngFile('lens.png', this.scroll),
      };
    }

    controls() {
      const { state } = this, again = (part) => {
        Object.assign(state, part);
        of.root.hidden = !['chance', 'rank'].includes(state.show);
        this.blocks.forEach((block) => this.paint(block));
      };
      const options = (keys) => keys.map((key) => ({ key, label: W[key] }));
      const show = PG.choice({ label: W.show, value: state.show, options: options(['top', 'chance', 'rank', 'entropy']), onchange: (key) => again({ show: key }) });
      const of = PG.choice({ label: W.of, value: state.of, options: options(['final', 'truth']), onchange: (key) => again({ of: key }) });
      again({});
      return el('div', { class: 'attn-controls board-controls' }, show.root, of.root);
    }

    // ---- the board: blocks of columns, each asked for when it comes into sight
    build() {
      const { texts, depth } = this, count = Math.ceil(texts.length / BLOCK), rows = { '--rows': depth };
      const names = el('div', { class: 'board-names', style: rows }, el('span', { class: 'board-corner' }, W.reads),
        Array.from({ length: depth }, (_, row) => el('span', {}, PG.lens.named(row))), el('span', { class: 'board-corner' }, W.next));
      this.blocks = Array.from({ length: count }, (_, n) => {
        const first = n * BLOCK, columns = Math.min(BLOCK, texts.length - first);
        const root = el('div', { class: 'board-block', style: { '--rows': depth, width: `${columns * WIDE}rem` }, 'data-block': n });
        return { first, columns, root, told: null };
      });
      PG.fill(this.frame, names, this.blocks.map(({ root }) => root));
      PG.fill(this.scroll, this.frame);
      this.scroll.addEventListener('click', (event) => this.click(event));
      this.scroll.addEventListener('mousemove', (event) => this.tip(event));
      this.scroll.addEventListener('mouseleave', PG.untip);
      const seen = new IntersectionObserver((all) => all.forEach(({ isIntersecting, target }) => {
        const block = this.blocks[Number(target.dataset.block)];
        if (isIntersecting) this.load(block); else block.root.replaceChildren();
      }), { root: this.scroll, rootMargin: '0px 400px' });
      this.blocks.forEach(({ root }) => seen.observe(root));
      requestAnimationFrame(() => { this.scroll.scrollLeft = this.state.position * WIDE * PG.rem(); });
    }

    async load(block) {
      if (block.told) { this.paint(block); return; }
      if (block.loading) return;
      block.loading = true;
      const told = await PG.ask('gpt/grid', { ...this.asked, first: block.first, count: block.columns });
      block.loading = false;
      if (told.wrong) { PG.fill(block.root, PG.notice('wrong', told.wrong)); return; }
      block.told = unpacked(told);
      this.paint(block);
    }

    paint(block) {
      const { told, columns } = block;
      if (!told) return;
      const { state, depth } = this, ramp = PG.ramp('--amount');
      const cell = (row, c) => {
        const i = row * columns + c, { text, share } = value(told, state.show, state.of, i), ink = ramp(Math.max(0, share) * .75);
        const own = told.labels[row][c] === told.final[c] ? ' final' : '', at = block.first + c;
        const on = at === state.position && row === this.row() ? ' on' : '';
        return el('span', {
          class: `board-cell${own}${on}${row === depth - 1 ? ' last' : ''}`, 'data-at': at, 'data-row': row,
          style: { background: PG.str(ink), color: PG.inkOn(ink) },
        }, el('span', { class: 'lens-word mono', text: told.labels[row][c] }), el('span', { class: 'lens-share', text }));
      };
      const column = (c) => {
        const hit = told.truth[c] !== null && told.truth[c] === told.final[c];
        return [el('span', { class: 'board-token mono', text: this.texts[block.first + c] }), Array.from({ length: depth }, (_, row) => cell(row, c)),
          el('span', { class: `board-token follows mono${hit ? ' hit' : ''}`, text: told.truth[c] ?? '?' })];
      };
      PG.fill(block.root, Array.from({ length: columns }, (_, c) => column(c)));
    }

    row() { return Math.min(this.state.cell ?? this.depth - 1, this.depth - 1); }

    // ---- gestures
    spot(event) {
      const cell = event.target.closest?.('.board-cell');
      return cell && { at: Number(cell.dataset.at), row: Number(cell.dataset.row) };
    }

    click(event) {
      const spot = this.spot(event);
      if (!spot) return;
      this.choose(spot.at, spot.row);
      this.room.layers.tell?.(spot.at);
    }

    step(event) {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!move) return;
      event.preventDefault();
      const at = Math.max(0, Math.min(this.texts.length - 1, this.state.position + move[0])), row = Math.max(0, Math.min(this.depth - 1, this.row() + move[1]));
      this.choose(at, row);
      const left = at * WIDE * PG.rem();
      if (left < this.scroll.scrollLeft || left > this.scroll.scrollLeft + this.scroll.clientWidth - 2 * WIDE * PG.rem()) this.scroll.scrollLeft = left - this.scroll.clientWidth / 2;
    }

    choose(position, cell) {
      const moved = position !== this.state.position;
      Object.assign(this.state, { position, cell, picked: true });
      if (moved) this.state.follow = null;
      this.scroll.querySelectorAll('.board-cell').forEach((one) => {
        one.classList.toggle('on', Number(one.dataset.at) === position && Number(one.dataset.row) === this.row());
      });
      if (moved || !this.seen) this.look(); else this.drawOpen();
    }

    follow(id) { this.state.follow = id; this.look(); }

    tip(event) {
      const spot = this.spot(event);
      if (!spot) { PG.untip(); return; }
      const block = this.blocks[Math.floor(spot.at / BLOCK)], c = spot.at - block.first, i = spot.row * block.columns + c, { told } = block;
      const of = (name) => [el('span', { class: 'mono', text: told[name][c] }), ` ${PG.chance(told[`${name}_chance`][i])}, ${t(W.rank)} ${PG.lens.count(told[`${name}_rank`][i])}`];
      PG.tip(event, el('b', {}, PG.lens.named(spot.row), ' · ', el('span', { class: 'mono', text: this.texts[spot.at] })),
        el('span', {}, el('span', { class: 'mono', text: told.labels[spot.row][c] }), ` ${told.chance[i].toFixed(4)}`),
        el('span', {}, W.final, ': ', of('final')),
        told.truth[c] === null ? null : el('span', {}, W.truth, ': ', of('truth')),
        el('span', {}, W.entropy, `: ${PG.lens.bits(told.entropy[i])} `, W.bits));
    }

    // ---- one column opened
    async look() {
      const turn = (this.turn = {}), { position, follow } = this.state;
      const said = await PG.ask('gpt/lens', { ...this.asked, position, follow: follow ?? undefined });
      if (turn !== this.turn) return;
      if (said.wrong) { this.seen = null; PG.fill(this.open, PG.notice('wrong', said.wrong)); return; }
      this.seen = said;
      this.drawOpen();
    }

    drawOpen() {
      const { seen, state } = this;
      if (!seen) return;
      const row = this.row(), text = this.texts[state.position], held = state.follow != null;
      const bars = PG.bars(seen.rows[row], {
        pick: seen.rows[row].ids.indexOf(seen.final_id), onPick: (i) => this.follow(seen.rows[row].ids[i]), label: W.pick,
      });
      PG.fill(this.head, el('h4', { class: 'label' }, PG.lens.named(row), { en: ', after ', zh: '，读完 ' }, el('span', { class: 'mono', text })),
        el('span', { class: 'hint' }, W.pick), held ? el('button', { class: 'btn link', type: 'button', onclick: () => this.follow(null) }, W.back) : null);
      PG.fill(this.open, el('div', { class: 'board-bars' }, bars), PG.lens.curves(seen, this.open.clientWidth),
        PG.lens.apart(seen) ? PG.lens.dashed(seen, W.stands) : null);
      this.panel.set([{ en: 'After ', zh: '读完 ' }, el('span', { class: 'mono', text }), { en: ': ', zh: '：' }, this.finding(seen)]);
      this.panel.setSource(PG.lens.about(seen, this.room.answer.model.name));
    }

    finding(seen) {
      const last = seen.final_rank.at(-1);
      if (last === 1) return PG.lens.finding(seen);
      const best = Math.min(...seen.final_rank), row = seen.final_rank.indexOf(best), { final } = seen;
      return {
        en: `“${final}” ends at rank ${PG.lens.count(last)}; it stood highest, at ${PG.lens.count(best)}, after ${PG.lens.named(row).en}`,
        zh: `“${final}” 最后排第 ${PG.lens.count(last)}；在${PG.lens.named(row).zh}之后最高，排第 ${PG.lens.count(best)}`,
      };
    }
  }

  // Keeps the cell the reader chose while it still exists; else the end of the text, where the model answers.
  const settle = (room) => {
    const { texts } = room.answer.tokens, key = JSON.stringify([room.asked.text, room.asked.more, texts.length]);
    const before = room.layers || { row: null, method: 'pca', special: false, show: 'top', of: 'final', cell: null };
    const same = before.key === key && before.model === room.asked.model, stays = same && before.picked;
    const kept = { position: stays ? before.position : texts.length - 1, follow: same ? before.follow : null };
    room.layers = { ...before, ...kept, key, model: room.asked.model, picked: stays };
  };

  PG.gptTab({
    key: 'layers',
    label: W.label,
    draw(host, room) {
      settle(room);
      room.board = new Board(host, room);
      const below = el('div', { class: 'layers-map' });
      host.append(below);
      PG.tokenMap(below, room, MAP);
    },
  });
})();
