// One head, large: keys, lines, queries and matrix in one picture whose rows are shared.
(() => {
  const { el, svg } = PG;
  const PLAIN = 64;      // up to this many tokens every cell has its own border
  const DIM = 150;       // faint lines at most
  const LONGEST = 11;    // characters of a label

  const clip = (text) => { const chars = [...text]; return chars.length > LONGEST ? `${chars.slice(0, LONGEST - 1).join('')}…` : text; };
  const range = (n) => Array.from({ length: n }, (_, i) => i);

  // Diagonal strokes in a faint ink: where nothing can be.
  PG.hatch = (g) => {
    const ratio = window.devicePixelRatio || 1, size = Math.round(7 * ratio), tile = el('canvas', { width: size, height: size }), pen = tile.getContext('2d');
    pen.strokeStyle = PG.token('--c-line');
    pen.lineWidth = ratio;
    pen.beginPath();
    [-size, 0, size].forEach((x) => { pen.moveTo(x, size); pen.lineTo(x + size, 0); });
    pen.stroke();
    const pattern = g.createPattern(tile, 'repeat');
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  };

  // view: {data, texts, layer, head, query, key, hover, rows, cols, width, overWidth, stacked, stretch, zoom}
  // hides(query, key): may not be looked at, in the chosen layer; null where all may.
  // hooks: read(query, key | null) on hover, choose(query, key) on click, pin(query, key) on double-click
  PG.attentionHead = (view, hooks) => {
    const canvas = el('canvas', { class: 'attn-canvas' });
    const below = svg('svg', { class: 'attn-svg' }), above = svg('svg', { class: 'attn-svg attn-marks' });
    const lines = svg('g'), words = svg('g');
    below.append(lines, words);
    const root = el('div', { class: 'attn-stack', tabindex: '0', role: 'group', 'aria-label': {
      en: 'Attention of one head. Arrow keys move the chosen square, Enter opens its arithmetic.',
      zh: '一个头的注意力。方向键移动选中的方格，回车展开计算过程。',
    } }, below, canvas, above);
    let at = null, box = {}, faint = [], top = 1;

    const measure = () => {
      const rem = PG.rem(), narrow = view.width <= 30 * rem, nr = view.rows.length, nc = view.cols.length;
      const room = (view.width <= 50 * rem || view.stacked ? view.width : view.width - view.overWidth - 2.25 * rem) - 1.1 * rem;
      const font = .8125 * rem, pen = document.createElement('canvas').getContext('2d');
      pen.font = `${font}px ${getComputedStyle(document.body).getPropertyValue('--font-mono') || 'monospace'}`;
      const widest = Math.max(...[...view.rows, ...view.cols].map((i) => pen.measureText(clip(view.texts[i])).width), 2.4 * rem);
      const label = Math.min(7.5 * rem, widest + .5 * rem), gap = narrow ? 0 : Math.min(8 * rem, room * .17), keys = narrow ? 0 : label;
      const fit = (room - label - gap - keys - 10) / Math.max(nc, 1);
      const cell = (fit >= .95 * rem || narrow && nc <= 24 ? Math.max(.95 * rem, Math.min(2 * rem, Math.floor(fit))) : Math.max(fit, .75)) * view.zoom;
      const head = Math.min(6, Math.max(...view.cols.map((i) => [...clip(view.texts[i])].length), 3)) * .42 * rem + 1.9 * rem;
      box = {
        rem, narrow, nr, nc, label, cell, font: Math.min(font, Math.max(.6 * rem, cell * .95)),
        step: Math.max(1, Math.ceil((.72 * rem) / cell)), keys, mid: keys + gap, left: keys + gap + label + 8, top: head,
        fits: fit >= .7 * rem,
      };
      box.width = box.left + nc * cell + 2 + 1.6 * rem;
      box.height = box.top + (narrow ? nr : Math.max(nr, nc)) * cell + 2;  // the keys at the left are a column of their own
    };
    const middle = (i) => box.top + i * box.cell + box.cell / 2;

    const paintPlain = (g, ramp) => {
      view.rows.forEach((query, i) => view.cols.forEach((key, j) => {
        g.fillStyle = PG.str(ramp(at(query, key) / top));
        g.fillRect(j * box.cell + .5, i * box.cell + .5, box.cell - 1, box.cell - 1);
      }));
    };
    const paintDense = (g) => {
      const image = new ImageData(box.nc, box.nr), pixels = new Uint32Array(image.data.buffer), table = PG.rampTable('--attn');
      let p = 0;
      for (const query of view.rows) for (const key of view.cols) pixels[p++] = table[Math.min(255, Math.round((at(query, key) / top) * 255))];
      const small = el('canvas', { width: box.nc, height: box.nr });
      small.getContext('2d').putImageData(image, 0, 0);
      g.imageSmoothingEnabled = box.cell < 1;
      g.drawImage(small, 0, 0, box.nc * box.cell, box.nr * box.cell);
    };
    const paint = () => {
      const g = PG.size(canvas, box.nc * box.cell, box.nr * box.cell);
      if (Math.max(box.nr, box.nc) <= PLAIN) paintPlain(g, PG.ramp('--attn')); else paintDense(g);
      if (view.hides) bar(g);
    };
    // What may not be looked at: cleared and hatched, run by run.
    const bar = (g) => {
      const hatch = PG.hatch(g), card = PG.token('--c-card');
      view.rows.forEach((query, i) => {
        for (let j = 0; j < box.nc; j += 1) {
          if (!view.hides(query, view.cols[j])) continue;
          const from = j;
          while (j + 1 < box.nc && view.hides(query, view.cols[j + 1])) j += 1;
          const place = [from * box.cell, i * box.cell, (j + 1 - from) * box.cell, box.cell];
          g.fillStyle = card;
          g.fillRect(...place);
          g.fillStyle = hatch;
          g.fillRect(...place);
        }
      });
    };
    // The strongest looks of the whole head, drawn faintly behind the chosen row.
    const gather = () => {
      const found = [];
      view.rows.forEach((query, i) => view.cols.forEach((key, j) => { const w = at(query, key); if (w > .06) found.push([w, i, j]); }));
      faint = found.sort((a, b) => b[0] - a[0]).slice(0, DIM);
    };

    const curve = (i, j, look) => {
      const m = (box.keys + box.mid) / 2, y1 = middle(i), y2 = middle(j);
      return svg('path', { d: `M${box.mid - 3} ${y1}C${m} ${y1} ${m} ${y2} ${box.keys + 3} ${y2}`, fill: 'none', 'stroke-linecap': 'round', ...look });
    };
    const drawLines = (row) => {
      const dim = PG.token('--c-ink-2'), violet = PG.token('--c-accent'), query = view.rows[row];
      const own = view.cols.map((key, j) => [at(query, key), row, j]).filter(([w]) => w > .015).sort((a, b) => a[0] - b[0]).slice(-60);
      const most = own.length ? own.at(-1)[0] : 1;
      lines.replaceChildren(
        ...faint.filter(([, i]) => i !== row).map(([, i, j]) => curve(i, j, { stroke: dim, 'stroke-width': 1, opacity: .16 })),
        ...own.map(([w, i, j]) => curve(i, j, { stroke: violet, 'stroke-width': .75 + Math.min(9, box.cell * .6 + 2) * w, opacity: .3 + .7 * (w / most) })));
    };
    const write = (text, x, y, look) => words.append(svg('text', { x, y, 'font-size': box.font, 'dominant-baseline': 'central', text, ...look }));
    // Labels at every box.step-th place, and always at `on`, which pushes its neighbours out.
    const places = (n, on) => range(n).filter((i) => i === on || (i % box.step === 0 && (box.step === 1 || Math.abs(i - on) >= box.step)));
    const drawWords = (row, col) => {
      const { rem } = box, q = PG.token('--c-query'), k = PG.token('--c-key'), dim = PG.token('--c-ink-2'), query = view.rows[row];
      words.replaceChildren();
      const band = Math.max(box.cell, box.font * 1.25);
      words.append(svg('rect', {
        x: box.mid, y: middle(row) - band / 2 + 1, width: box.label + 4, height: band - 2, rx: 4, fill: PG.token('--c-query-soft'),
      }));
      const head = (text, x, colour, level) => write(PG.t(text), x, box.top - level * rem, {
        'text-anchor': 'end', fill: colour, ...(level < 2 ? { 'font-weight': 700, 'font-size': .8125 * rem } : { 'font-size': .75 * rem }),
      });
      if (!box.narrow) {
        places(box.nc, col).forEach((j) => write(clip(view.texts[view.cols[j]]), box.keys - 6, middle(j), {
          'text-anchor': 'end', class: 'mono', fill: at(query, view.cols[j]) > .06 ? k : dim, 'font-weight': j === col ? 700 : 400,
        }));
        head({ en: 'key', zh: '键' }, box.keys - 6, k, 1.15);
        head({ en: 'looked at', zh: '被看的' }, box.keys - 6, dim, 2.2);
      }
      places(box.nr, row).forEach((i) => write(clip(view.texts[view.rows[i]]), box.left - 10, middle(i), {
        'text-anchor': 'end', class: 'mono', fill: q, 'font-weight': i === row ? 700 : 400,
      }));
      head({ en: 'query', zh: '查询' }, box.left - 10, q, 1.15);
      head({ en: 'looking', zh: '在看的' }, box.left - 10, dim, 2.2);
      places(box.nc, col).forEach((j) => {
        const x = box.left + j * box.cell + box.cell / 2 + 1, y = box.top - 7;
        write(clip(view.texts[view.cols[j]]), x, y, {
          class: 'mono', fill: k, transform: `rotate(-52 ${x} ${y})`, 'font-weight': j === col ? 700 : 400, 'font-size': Math.min(.75 * rem, box.font),
        });
      });
    };
    const drawMarks = (row, col) => {
      const ink = PG.token('--c-ink'), { left, top, cell, nc } = box, edge = Math.max(cell, 4);
      above.replaceChildren(
        svg('rect', { x: left + .5, y: top + row * cell + .5, width: nc * cell - 1, height: Math.max(cell - 1, 1), fill: 'none', stroke: ink, opacity: .35 }),
        svg('rect', {
          x: left + (col + .5) * cell - edge / 2 + 1, y: top + (row + .5) * cell - edge / 2 + 1, width: edge - 2, height: edge - 2,
          fill: 'none', stroke: ink, 'stroke-width': 2,
        }));
    };
    const chosen = () => {
      const [query, key] = view.hover || [view.query, view.key];
      return [Math.max(0, view.rows.indexOf(query)), Math.max(0, view.cols.indexOf(key))];
    };
    const mark = () => {
      if (!at) return;
      const [row, col] = chosen();
      if (box.narrow) lines.replaceChildren(); else drawLines(row);
      drawWords(row, col);
      drawMarks(row, col);
    };
    const draw = () => {
      if (!view.data.has(view.layer) || !view.rows.length || !view.cols.length) return;
      at = view.data.matrix(view.layer, view.head);
      measure();
      root.style.width = `${box.width}px`;
      root.style.height = `${box.height}px`;
      for (const layer of [below, above]) {
        layer.setAttribute('width', box.width);
        layer.setAttribute('height', box.height);
        layer.setAttribute('viewBox', `0 0 ${box.width} ${box.height}`);
      }
      canvas.style.left = `${box.left}px`;
      canvas.style.top = `${box.top}px`;
      top = view.stretch ? PG.attentionTop(at, view.rows, view.cols) : 1;
      paint();
      gather();
      mark();
    };

    const find = (event) => {
      if (!at) return null;
      const frame = root.getBoundingClientRect(), x = event.clientX - frame.left, i = Math.floor((event.clientY - frame.top - box.top) / box.cell);
      if (!box.narrow && x < box.keys) return i >= 0 && i < box.nc ? [view.query, view.cols[i]] : null;
      if (i < 0 || i >= box.nr || x > box.left + box.nc * box.cell) return null;
      const j = Math.floor((x - box.left) / box.cell), query = view.rows[i];
      return [query, j >= 0 ? view.cols[j] : view.data.best(view.layer, view.head, query, view.cols)];
    };
    root.addEventListener('mousemove', (event) => hooks.read(event, find(event)));
    root.addEventListener('mouseleave', (event) => hooks.read(event, null));
    root.addEventListener('click', (event) => { const spot = find(event); if (spot) hooks.choose(...spot); });
    root.addEventListener('dblclick', (event) => { const spot = find(event); if (spot) hooks.pin(...spot); });
    root.addEventListener('keydown', (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      const [row, col] = [Math.max(0, view.rows.indexOf(view.query)), Math.max(0, view.cols.indexOf(view.key))];
      if (event.key === 'Enter') { event.preventDefault(); hooks.choose(view.query, view.key); }
      if (!move) return;
      event.preventDefault();
      const bound = (v, n) => Math.min(n - 1, Math.max(0, v));
      hooks.move(view.rows[bound(row + move[0], view.rows.length)], view.cols[bound(col + move[1], view.cols.length)]);
    });
    return { root, draw, mark, fits: () => box.fits !== false, top: () => top };
  };
})();
