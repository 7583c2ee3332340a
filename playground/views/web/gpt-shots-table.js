// The solved examples as a table: typed, pasted, uploaded, ticked, flipped, shuffled, and moved by hand or by key.
(() => {
  const { el, icon, fill } = PG;
  const W = {
    input: { en: 'Input', zh: '输入' },
    answer: { en: 'Answer', zh: '答案' },
    use: (i) => ({ en: `Use example ${i}`, zh: `使用例 ${i}` }),
    given: (i) => ({ en: `Input of example ${i}`, zh: `例 ${i} 的输入` }),
    answered: (i) => ({ en: `Answer of example ${i}`, zh: `例 ${i} 的答案` }),
    move: (i) => ({ en: `Move example ${i}: drag, or arrow keys`, zh: `移动例 ${i}：拖动，或用方向键` }),
    flip: (i) => ({ en: `Give example ${i} another label`, zh: `给例 ${i} 换一个标签` }),
    remove: (i) => ({ en: `Remove example ${i}`, zh: `删除例 ${i}` }),
    add: { en: 'Add', zh: '添加' },
    shuffle: { en: 'Shuffle', zh: '打乱' },
    seed: { en: 'Seed of the order', zh: '顺序的随机种子' },
    undo: { en: 'Undo', zh: '撤销' },
    full: (n) => ({ en: `A table holds ${n} examples.`, zh: `表格最多 ${n} 个例子。` }),
  };
  const GRIP = 'M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1';
  const grip = () => PG.svg('svg', { class: 'i', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, PG.svg('path', { d: GRIP, 'stroke-width': 2 }));
  const TABLE = /\t|^[^\n]*[,;][^\n]*\n[^\n]*[,;]/;  // what was pasted looks like cells
  let made = 0;

  class Table {
    // room: {state, limits, act(change), typed(), run(), undo()}: `act` changes the rows and asks anew, `typed` only previews
    constructor(room) {
      Object.assign(this, { room, seed: 1, listId: `shots-${++made}` });
      this.list = el('datalist', { id: this.listId });
      this.grid = el('div', { class: 'shots', role: 'table' });
      this.importer = PG.shotsImport({ take: (rows, instead) => this.take(rows, instead) });
      this.said = el('div', { class: 'shots-said', role: 'status' });
      this.root = el('div', { class: 'shots-table' }, this.grid, this.list, this.tools(), this.said, this.importer.root);
      this.draw();
    }

    get rows() { return this.room.state.rows; }

    // ---- drawing; the place that had the focus keeps it
    draw() {
      const { given, answer } = PG.shots.names(this.room.state.layout), had = this.grid.contains(document.activeElement) && document.activeElement.dataset.key;
      fill(this.grid,
        el('div', { class: 'shot-row head', role: 'row' }, el('span'), el('span'),
          el('span', { role: 'columnheader' }, given || W.input), el('span', { role: 'columnheader' }, answer || W.answer), el('span')),
        this.rows.map((row, i) => this.row(row, i)));
      this.tell();
      if (had) this.focus(had);
    }

    focus(key) { this.grid.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true }); }

    row(row, i) {
      const n = i + 1;
      const cell = (tag, at, label, more) => {
        const field = el(tag, {
          'data-key': `${at}-${i}`, 'aria-label': label, spellcheck: 'false', oninput: () => { row[at] = field.value; this.tell(); this.room.typed(); },
          onkeydown: (event) => this.key(event, i, at), onpaste: (event) => this.pasted(event), ...more,
        });
        field.value = row[at];
        return field;
      };
      const tick = el('input', { type: 'checkbox', class: 'tick', 'data-key': `tick-${i}`, 'aria-label': W.use(n), onchange: () => this.room.act(() => { row[2] = tick.checked; }) });
      tick.checked = row[2];
      const button = (key, label, sign, onclick) => el('button', {
        class: 'btn icon quiet', type: 'button', 'data-key': `${key}-${i}`, 'aria-label': label, title: label, onclick,
      }, icon(sign));
      const handle = el('button', {
        class: 'shot-grip', type: 'button', 'data-key': `grip-${i}`, 'aria-label': W.move(n), title: W.move(n),
        onkeydown: (event) => this.step(event, i), onpointerdown: (event) => this.drag(event, i),
      }, grip());
      return el('div', { class: `shot-row${row[2] ? '' : ' off'}`, role: 'row' }, handle, tick,
        cell('textarea', 0, W.given(n), { class: 'cell', rows: 1 }),
        cell('textarea', 1, W.answered(n), { class: 'cell answer-cell', rows: 1 }),
        el('span', { class: 'shot-acts' },
          button('flip', W.flip(n), 'again', () => this.room.act(() => { row[1] = PG.shots.flipped(this.room.state, row[1]); })),
          button('remove', W.remove(n), 'x', () => this.remove(i))));
    }

    tell() {
      const { state } = this.room, many = new Set([...PG.shots.labels(state), ...PG.shots.answers(state)]).size > 1;
      this.grid.classList.toggle('one-label', !many);
    }

    tools() {
      const seed = el('input', { type: 'number', class: 'cell shots-seed', min: 0, max: 99999, value: this.seed, 'aria-label': W.seed, title: W.seed });
      const shuffle = () => {
        const now = Math.max(0, Math.trunc(Number(seed.value)) || 0);
        this.room.act((state) => { state.rows = PG.shots.shuffled(state.rows, now); });
        seed.value = now + 1;
      };
      this.back = el('button', { class: 'btn shots-undo', type: 'button', hidden: true, onclick: () => this.room.undo() }, W.undo);
      return el('div', { class: 'tools-row' },
        el('button', { class: 'btn', type: 'button', onclick: () => this.add() }, icon('plus'), W.add),
        el('span', { class: 'shots-order' }, el('button', { class: 'btn', type: 'button', onclick: shuffle }, icon('shuffle'), W.shuffle), seed),
        this.back);
    }

    // ---- rows come, go and move
    say(text) { fill(this.said, text ? PG.notice('note', text) : null); }

    add(at = this.rows.length) {
      const most = this.room.limits.examples;
      if (this.rows.length >= most) return this.say(W.full(most));
      this.say();
      this.rows.splice(at, 0, ['', '', true]);
      this.draw();
      this.focus(`0-${at}`);
      this.room.typed();
    }

    remove(i) {
      this.room.act((state) => { state.rows.splice(i, 1); });
      const next = this.grid.querySelector(`[data-key="remove-${Math.min(i, this.rows.length - 1)}"]`) || this.root.querySelector('.tools-row .btn');
      next.focus({ preventScroll: true });
    }

    move(from, to, key) {
      if (to < 0 || to >= this.rows.length || to === from) return;
      this.room.act((state) => { state.rows.splice(to, 0, ...state.rows.splice(from, 1)); });
      this.focus(`${key}-${to}`);
    }

    step(event, i) {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.move(i, i + by, 'grip');
    }

    key(event, i, at) {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.altKey && by) {
        event.preventDefault();
        this.move(i, i + by, at);
      } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.room.run();
      } else if (event.key === 'Enter' && at === 1 && !event.shiftKey) {
        event.preventDefault();
        if (i + 1 < this.rows.length) this.focus(`0-${i + 1}`); else this.add();
      }
    }

    // The row follows the pointer, a line shows where it would come to stand; nothing moves before it is let go.
    drag(event, from) {
      if (event.button) return;
      const lines = [...this.grid.querySelectorAll('.shot-row:not(.head)')], own = lines[from], handle = event.currentTarget, top = event.clientY;
      const boxes = lines.map((line) => line.getBoundingClientRect()), middle = (box) => box.top + box.height / 2;
      let to = from;
      const mark = () => lines.forEach((line, i) => {
        line.classList.toggle('drop-above', i === to && to < from);
        line.classList.toggle('drop-below', i === to && to > from);
      });
      const follow = (moved) => {
        const by = moved.clientY - top, above = boxes[from].top + by, below = boxes[from].bottom + by;
        own.style.transform = `translateY(${by}px)`;
        own.classList.add('dragged');
        const up = boxes.findIndex((box, i) => i < from && above < middle(box));
        to = up < 0 ? Math.max(from, boxes.findLastIndex((box, i) => i > from && below > middle(box))) : up;
        mark();
      };
      const end = (done) => {
        handle.removeEventListener('pointermove', follow);
        own.style.transform = '';
        own.classList.remove('dragged');
        const wanted = to;
        to = from;
        mark();
        if (done.type === 'pointerup') this.move(from, wanted, 'grip');
      };
      handle.setPointerCapture(event.pointerId);
      handle.addEventListener('pointermove', follow);
      ['pointerup', 'pointercancel'].forEach((name) => handle.addEventListener(name, end, { once: true }));
    }

    // ---- tables
    pasted(event) {
      const text = event.clipboardData?.getData('text') || '';
      if (!TABLE.test(text.trim())) return;
      event.preventDefault();
      this.importer.open(text);
    }

    take(rows, instead) {
      const kept = instead ? [] : this.rows.filter((row) => (row[0] + row[1]).trim()), most = this.room.limits.examples;
      if (kept.length + rows.length > most) return W.full(most);
      this.room.act((state) => { state.rows = [...kept, ...rows.map(([given, answer]) => [given, answer, true])]; });
      return null;
    }
  }

  PG.shotsTable = (room) => new Table(room);
})();
