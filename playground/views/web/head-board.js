// A board of numbers as colours: blocks side by side whose rows are shared. A pointed-at cell lights its row and its column;
// blocks of one group light the same column. Arrow keys move the cell, Enter and click choose it.
(() => {
  const { el, svg } = PG;
  const LONGEST = 13;   // characters of a row's name
  const ROW = 1.125, GAP = .125, HEAD = 2.125, APART = 1;  // rem
  const clip = (text) => { const all = [...text]; return all.length > LONGEST ? `${all.slice(0, LONGEST - 1).join('')}…` : text; };
  const per = (value, ...args) => (typeof value === 'function' ? value(...args) : value);

  // Stretches of true: [[first, last], ...].
  const runs = (flags) => flags.reduce((found, on, i) => {
    if (on && i && flags[i - 1]) found.at(-1)[1] = i; else if (on) found.push([i, i]);
    return found;
  }, []);
  // Where more numbers than pixels lie on a stretch, the one furthest from zero is seen.
  const seen = (at, row, columns, pixels) => {
    const out = new Float32Array(pixels);
    for (let p = 0; p < pixels; p += 1) {
      const from = Math.floor((p * columns) / pixels), to = Math.max(from + 1, Math.floor(((p + 1) * columns) / pixels));
      let top = at(row, from);
      for (let c = from + 1; c < to; c += 1) { const v = at(row, c); if (Math.abs(v) > Math.abs(top)) top = v; }
      out[p] = top;
    }
    return out;
  };

  // spec: rows() -> [{text, cls, bold, mono, h, gap, font}], blocks() -> [{key, title, sub, weight, columns, at(row, column),
  // ramp, most, group, barred(row, column)}]; columns and most may be functions of the row; bands() -> [{row, cls, block}] and
  // lines() -> [{column, cls, group}] mark what is chosen; hover(block, row, column, event), leave(), pick(block, row, column);
  // narrow: blocks side by side on a phone
  class Board {
    constructor(spec) {
      this.spec = spec;
      this.canvas = el('canvas', { class: 'board-canvas' });
      this.words = svg('svg', { class: 'board-layer' });
      this.marks = svg('svg', { class: 'board-layer board-marks' });
      this.root = el('div', { class: 'board', tabindex: '0', role: 'group', 'aria-label': spec.label }, this.canvas, this.words, this.marks);
      this.spot = null;
      this.listen();
    }

    // ---- where everything stands
    measure(width) {
      const rem = PG.rem(), rows = this.spec.rows(), blocks = this.spec.blocks(), narrow = width < 34 * rem;
      const letters = Math.max(3, ...rows.map(({ text }) => [...clip(PG.t(text))].length));
      const label = Math.min(narrow ? 5.25 * rem : 7.5 * rem, letters * .5 * rem + 1 * rem);
      const each = narrow ? this.spec.narrow || 1 : blocks.length, lines = [];
      for (let i = 0; i < blocks.length; i += each) lines.push(blocks.slice(i, i + each));
      let top = 0;
      const placed = [], stretches = [];
      for (const line of lines) {
        const apart = (narrow ? .5 : APART) * rem, room = width - label - apart * (line.length - 1) - 2;
        const whole = line.reduce((sum, { weight = 1 }) => sum + weight, 0);
        let x = label, y = top + (line.some(({ title }) => title) ? HEAD * rem : .25 * rem);
        for (const block of line) {
          const w = Math.max(8, Math.floor((room * (block.weight || 1)) / whole));
          placed.push({ ...block, x, w, y, head: top });
          x += w + apart;
        }
        const ys = rows.map(({ h = ROW, gap = 0 }) => { y += gap * rem; const at = y; y += (h + GAP) * rem; return { y: at, h: h * rem }; });
        stretches.push({ ys, from: top, to: y });
        placed.forEach((block) => { block.ys ||= ys; });
        top = y + (narrow ? .75 : 0) * rem;
      }
      this.box = { rem, rows, placed, stretches, label, width, height: top, font: .8125 * rem };
    }

    draw(width) {
      if (width) this.width = width;
      if (!this.width) return;
      this.measure(this.width);
      const { box } = this;
      this.faint = null;
      Object.assign(this.root.style, { width: `${box.width}px`, height: `${box.height}px` });
      for (const layer of [this.words, this.marks]) {
        layer.setAttribute('width', box.width);
        layer.setAttribute('height', box.height);
        layer.setAttribute('viewBox', `0 0 ${box.width} ${box.height}`);
      }
      this.paint();
      this.write();
      this.mark();
    }

    // ---- the numbers
    paint() {
      const { box } = this, g = PG.size(this.canvas, box.width, box.height), tables = {};
      g.imageSmoothingEnabled = false;
      for (const block of box.placed) {
        const ramp = block.ramp || '--signed';
        if (block.bar) this.bars(g, block); else this.cells(g, block, tables[ramp] ||= PG.rampTable(ramp), ramp === '--signed');
      }
    }

    bars(g, block) {
      g.fillStyle = PG.token('--c-accent');
      this.box.rows.forEach((_, row) => {
        if (!per(block.columns, row)) return;
        const { y, h } = block.ys[row], long = (block.w - 2.75 * this.box.rem) * (block.at(row, 0) / (per(block.most, row) || 1));
        g.fillRect(block.x, y + h * .15, Math.max(1, long), h * .7);
      });
    }

    // One pixel per number, then stretched row by row; cells wide enough get a gap between them.
    cells(g, block, table, signed) {
      const { rows } = this.box, counts = rows.map((_, row) => per(block.columns, row));
      const widest = Math.min(Math.max(...counts), Math.max(1, Math.floor(block.w)));
      const image = new ImageData(widest, rows.length), pixels = new Uint32Array(image.data.buffer);
      const shade = (v, most) => table[Math.min(255, Math.max(0, Math.round(255 * (signed ? .5 + v / most / 2 : v / most))))];
      const wide = counts.map((columns) => Math.min(columns, widest));
      rows.forEach((_, row) => {
        if (!counts[row]) return;
        const most = per(block.most, row) || 1, values = seen(block.at, row, counts[row], wide[row]);
        values.forEach((v, p) => { pixels[row * widest + p] = Number.isNaN(v) ? 0 : shade(v, most); });
      });
      const small = el('canvas', { width: widest, height: rows.length });
      small.getContext('2d').putImageData(image, 0, 0);
      const line = PG.token('--c-line'), card = PG.token('--c-card');
      rows.forEach((_, row) => {
        if (!counts[row]) return;
        const { y, h } = block.ys[row], w = block.w / wide[row];
        g.drawImage(small, 0, row, wide[row], 1, block.x, y, block.w, h);
        g.fillStyle = card;
        if (w > 5) for (let p = 1; p < wide[row]; p += 1) g.fillRect(Math.round(block.x + p * w) - 1, y, 1, h);
        if (block.barred) this.strike(g, block, row, counts[row]);
        g.strokeStyle = line;
        g.strokeRect(block.x - .5, y - .5, block.w + 1, h + 1);
      });
    }

    strike(g, block, row, columns) {  // what may not be looked at is struck out
      const { y, h } = block.ys[row], w = block.w / columns;
      g.strokeStyle = this.faint ||= PG.token('--c-bar');
      g.lineWidth = 1;
      for (let c = 0; c < columns; c += 1) {
        if (!block.barred(row, c)) continue;
        const x = block.x + c * w;
        g.beginPath();
        g.moveTo(x + 1.5, y + h - 1.5);
        g.lineTo(x + w - 2.5, y + 1.5);
        g.stroke();
      }
    }

    // ---- the words
    write() {
      const { box, words } = this, { rem } = box;
      const known = {}, colour = (cls) => (known[cls] ||= PG.token(cls ? `--c-${cls}` : '--c-ink-2'));
      words.replaceChildren();
      const all = [], put = (text, x, y, look) => all.push(svg('text', { x, y, 'dominant-baseline': 'central', text: PG.t(text), ...look }));
      for (const block of box.placed) {
        if (block.title) put(block.title, block.x, block.head + .5 * rem, { 'font-size': .8125 * rem, 'font-weight': 700, fill: colour(block.cls || 'ink') });
        if (block.bar) this.ends(block, put);
        if (block.sub) put(block.sub, block.x, block.head + 1.45 * rem, { 'font-size': .6875 * rem, fill: colour('ink-3') });
      }
      for (const { ys } of box.stretches) {
        box.rows.forEach((row, i) => {
          put(clip(PG.t(row.text)), box.label - .5 * rem, ys[i].y + ys[i].h / 2, {
            'text-anchor': 'end', 'font-size': Math.min(box.font, Math.max(ys[i].h, (row.font || 0) * rem)), fill: colour(row.cls || ''), 'font-weight': row.bold ? 700 : 400,
            class: row.mono === false ? '' : 'mono',
          });
        });
      }
      words.append(...all);
    }

    ends(block, put) {  // a bar carries its number at its end
      const { rem, rows } = this.box;
      const ink = PG.token('--c-ink-2');
      rows.forEach((_, row) => {
        if (!per(block.columns, row)) return;
        const { y, h } = block.ys[row], value = block.at(row, 0), long = (block.w - 2.75 * rem) * (value / (per(block.most, row) || 1));
        put(value.toFixed(3), block.x + Math.max(1, long) + .25 * rem, y + h / 2, { 'font-size': .6875 * rem, fill: ink, class: 'mono' });
      });
    }

    // ---- what is chosen, and what is pointed at
    mark() {
      const { box, marks, spec } = this;
      if (!box) return;
      marks.replaceChildren();
      const rect = (x, y, w, h, look) => marks.append(svg('rect', { x, y, width: Math.max(w, 1), height: Math.max(h, 1), fill: 'none', ...look }));
      const over = (block, row) => { const { y, h } = block.ys[row]; return [block.x - 1, y - 1, block.w + 2, h + 2]; };
      const stripe = (block, column, columns, look) => {  // one for each run of rows that have such a column
        const w = Math.max(block.w / columns, 2), x = block.x + ((column + .5) * block.w) / columns - w / 2;
        for (const [from, to] of runs(box.rows.map((_, row) => per(block.columns, row) === columns))) {
          const first = block.ys[from], last = block.ys[to];
          rect(x - .5, first.y - 1, w + 1, last.y + last.h - first.y + 2, look);
        }
      };
      for (const { row, cls, block: only } of spec.bands?.() || []) {
        const mine = box.placed.filter(({ key }) => !only || only === key);
        mine.forEach((block) => rect(...over(block, row), { stroke: PG.token(`--c-${cls}`), 'stroke-width': 1.5 }));
      }
      for (const { column, cls, group } of spec.lines?.() || []) {
        box.placed.filter((block) => block.group === group).forEach((block) => {
          stripe(block, column, per(block.columns, 0), { stroke: PG.token(`--c-${cls}`), 'stroke-width': 1.5 });
        });
      }
      if (!this.spot) return;
      const { block: key, row, column } = this.spot, ink = PG.token('--c-ink'), here = box.placed.find((block) => block.key === key);
      box.placed.forEach((block) => rect(...over(block, row), { stroke: ink, opacity: .45 }));
      if (!here) return;
      const columns = per(here.columns, row);
      const kin = box.placed.filter((block) => block === here || (here.group && block.group === here.group));
      kin.forEach((block) => stripe(block, column, columns, { stroke: ink, opacity: .45 }));
      const { y, h } = here.ys[row], w = Math.max(here.w / columns, 4), x = here.x + ((column + .5) * here.w) / columns - w / 2;
      rect(x - 1, y - 1, w + 2, h + 2, { stroke: ink, 'stroke-width': 2 });
    }

    point(spot) { this.spot = spot; this.mark(); }

    // ---- gestures
    find(event) {
      const frame = this.root.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top, { box } = this;
      if (!box) return null;
      const of = (ys) => ys.findIndex((row, i) => y >= row.y - 1 && y < (ys[i + 1]?.y ?? row.y + row.h + 2) - 1);
      for (const block of box.placed) {
        if (x < block.x || x >= block.x + block.w || y < block.head || y < block.ys[0].y) continue;
        const row = of(block.ys), columns = row < 0 ? 0 : per(block.columns, row);
        if (columns) return { block: block.key, row, column: Math.min(columns - 1, Math.floor(((x - block.x) / block.w) * columns)) };
      }
      if (x >= box.label) return null;
      const line = box.stretches.find(({ from, to }) => y >= from && y < to), row = line ? of(line.ys) : -1;
      return row < 0 ? null : { block: null, row, column: -1 };
    }

    listen() {
      const { root, spec } = this;
      const same = (a, b) => a && b && a.block === b.block && a.row === b.row && a.column === b.column;
      root.addEventListener('pointermove', (event) => {
        const spot = this.find(event);
        if (!spot || spot.block === null) { PG.untip(); return; }
        spec.tip?.(event, spot);
        if (same(spot, this.spot)) return;
        this.point(spot);
        spec.hover?.(spot);
      });
      root.addEventListener('pointerleave', () => PG.untip());
      root.addEventListener('click', (event) => { const spot = this.find(event); if (spot) spec.pick?.(spot); });
      root.addEventListener('keydown', (event) => this.key(event));
    }

    key(event) {
      if (event.key === 'Escape') { PG.untip(); this.point(null); spec.rest?.(); return; }
      if (event.key === 'Enter' && this.spot) { event.preventDefault(); this.spec.pick?.(this.spot); return; }
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step || !this.box) return;
      event.preventDefault();
      const { placed, rows } = this.box, from = this.spot || { block: placed[0].key, row: 0, column: 0 };
      const at = placed.findIndex(({ key }) => key === from.block), row = Math.min(rows.length - 1, Math.max(0, from.row + step[0]));
      let now = at, column = from.column + step[1];
      if (column < 0 && at > 0) { now = at - 1; column = per(placed[now].columns, row) - 1; }
      if (column >= per(placed[at].columns, row) && step[1] && at + 1 < placed.length) { now = at + 1; column = 0; }
      column = Math.min(per(placed[now].columns, row) - 1, Math.max(0, column));
      this.point({ block: placed[now].key, row, column });
      this.spec.hover?.(this.spot);
    }
  }

  PG.headBoard = (spec) => new Board(spec);
  // The size that gets full colour: a few numbers far out do not make the others pale.
  PG.headMost = (values) => {
    if (!values.length) return 1;
    const sizes = Float32Array.from(values, Math.abs).sort();
    return sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * .99))] || sizes.at(-1) || 1;
  };
})();
