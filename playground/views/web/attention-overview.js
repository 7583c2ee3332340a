// All heads at once, one small picture each: rows are layers, columns are heads.
(() => {
  const { el } = PG;
  const GAP = 4;
  const FRAME = 3;  // room above the first row for the frame of the chosen head
  const BOOST = .7;  // weak weights must be seen at this size

  // Colours of a ramp for 256 steps, so that a pixel costs one lookup.
  PG.rampTable = (name, power = 1) => {
    const ramp = PG.ramp(name);
    return Uint32Array.from({ length: 256 }, (_, i) => {
      const [r, g, b] = ramp((i / 255) ** power);
      return (255 << 24) | (b << 16) | (g << 8) | r;
    });
  };

  // One head into `canvas`: a pixel per weight, or the largest of several where there are more weights than pixels.
  const shrink = (at, rows, cols, most, table, canvas, stretch) => {
    const h = Math.min(rows.length, most), w = Math.min(cols.length, most), top = new Float32Array(w * h);
    const column = Int32Array.from(cols, (_, j) => Math.floor((j * w) / cols.length));
    for (let i = 0; i < rows.length; i++) {
      const line = Math.floor((i * h) / rows.length) * w;
      for (let j = 0; j < cols.length; j++) {
        const value = at(rows[i], cols[j]), to = line + column[j];
        if (value > top[to]) top[to] = value;
      }
    }
    const full = stretch ? top.reduce((a, b) => Math.max(a, b), 0) || 1 : 1;
    canvas.width = w;
    canvas.height = h;
    const image = new ImageData(w, h), pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < pixels.length; i++) pixels[i] = table[Math.min(255, Math.round((top[i] / full) * 255))];
    canvas.getContext('2d').putImageData(image, 0, 0);
  };

  // view: {data, layer, head, rows, cols, special, causal}; pick(layer, head) hears of a click.
  PG.attentionOverview = (view, { pick }) => {
    const { layers, heads } = view.data, small = el('canvas');
    const canvas = el('canvas', { tabindex: '0', role: 'img', 'aria-label': {
      en: 'All heads, one small picture each. Arrow keys choose layer and head.', zh: '全部注意力头，每个一张小图。方向键选择层和头。',
    } });
    const axis = el('div', { class: 'over-axis' });
    const name = { en: `All ${layers * heads} heads`, zh: `全部 ${layers * heads} 个头` };
    const title = el('h4', { class: 'label', text: layers * heads === 1 ? { en: 'The only head', zh: '唯一的头' } : name });
    const hint = el('span', { class: 'hint', text: { en: 'rows: layers, columns: heads', zh: '行：层，列：头' } });
    const root = el('div', { class: 'over' }, el('div', { class: 'label-row' }, title, hint), axis, canvas);
    let cell = 20, left = 20, g = null, table = null;

    const measure = () => {
      const rem = PG.rem(), narrow = view.width <= 50 * rem;
      const room = narrow ? Math.min(view.width, 25 * rem) : Math.min(26 * rem, Math.max(18.5 * rem, .34 * view.width));
      left = 1.25 * rem;
      cell = Math.max(6, Math.min(3.75 * rem, Math.floor((room - left - GAP * (heads - 1)) / heads)));
    };
    const spot = (layer, head) => [left + head * (cell + GAP), layer * (cell + GAP) + FRAME];
    const drawLayer = (layer) => {
      for (let head = 0; head < heads; head++) {
        const [x, y] = spot(layer, head);
        g.fillStyle = PG.token('--c-well');
        g.fillRect(x, y, cell, cell);
        if (!view.data.has(layer) || !view.rows.length || !view.cols.length) continue;
        shrink(view.data.matrix(layer, head), view.rows, view.cols, Math.round(cell * (window.devicePixelRatio || 1)), table, small, view.stretch);
        g.imageSmoothingEnabled = small.width > cell / 3;
        g.imageSmoothingQuality = 'high';
        g.drawImage(small, x + 1, y + 1, cell - 2, cell - 2);
      }
      frame();
    };
    const clearFrame = ([layer, head]) => {
      const [x, y] = spot(layer, head);
      g.fillStyle = PG.token('--c-card');
      [[x - 3, y - 3, cell + 6, 3], [x - 3, y + cell, cell + 6, 3], [x - 3, y, 3, cell], [x + cell, y, 3, cell]].forEach((box) => g.fillRect(...box));
    };
    let framed = null;
    const frame = () => {
      if (framed) clearFrame(framed);
      framed = [view.layer, view.head];
      const [x, y] = spot(...framed);
      g.strokeStyle = PG.token('--c-ink');
      g.lineWidth = 2;
      g.strokeRect(x - 1.5, y - 1.5, cell + 3, cell + 3);
      number();
    };
    const number = () => {
      const rem = PG.rem(), font = getComputedStyle(document.body).fontFamily;
      g.textBaseline = 'middle';
      g.textAlign = 'right';
      for (let layer = 0; layer < layers; layer++) {
        const on = layer === view.layer, y = spot(layer, 0)[1];
        g.fillStyle = PG.token('--c-card');
        g.fillRect(0, y, left - 4, cell);
        g.fillStyle = PG.token(on ? '--c-ink' : '--c-ink-3');
        g.font = `${on ? 'bold ' : ''}${.6875 * rem}px ${font}`;
        g.fillText(layer + 1, left - 6, y + cell / 2);
      }
      [...axis.children].forEach((label, head) => label.classList.toggle('on', head === view.head));
    };
    const draw = () => {
      measure();
      g = PG.size(canvas, left + heads * (cell + GAP), layers * (cell + GAP) + FRAME);
      table = PG.rampTable('--attn', BOOST);
      axis.style.paddingLeft = `${left}px`;
      PG.fill(axis, Array.from({ length: heads }, (_, head) => el('span', { style: { width: `${cell + GAP}px` }, text: String(head + 1) })));
      framed = null;
      for (let layer = 0; layer < layers; layer++) drawLayer(layer);
    };

    const hit = (event) => {
      const box = canvas.getBoundingClientRect();
      const head = Math.floor((event.clientX - box.left - left) / (cell + GAP)), layer = Math.floor((event.clientY - box.top - FRAME) / (cell + GAP));
      return layer >= 0 && layer < layers && head >= 0 && head < heads ? [layer, head] : null;
    };
    canvas.addEventListener('click', (event) => { const at = hit(event); if (at) pick(...at); });
    canvas.addEventListener('mousemove', (event) => {
      const at = hit(event);
      if (!at) return PG.untip();
      const place = { en: `Layer ${at[0] + 1}, head ${at[1] + 1}`, zh: `第 ${at[0] + 1} 层，第 ${at[1] + 1} 个头` };
      const habit = view.data.has(at[0]) ? PG.attentionHabit(view.data, ...at, view.special, view.causal).say : '';
      PG.tip(event, el('b', { text: place }), el('span', { text: habit }));
    });
    canvas.addEventListener('mouseleave', PG.untip);
    canvas.addEventListener('keydown', (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!move) return;
      event.preventDefault();
      pick((view.layer + move[0] + layers) % layers, (view.head + move[1] + heads) % heads);
    });
    return { root, draw, drawLayer: (layer) => { if (g) drawLayer(layer); }, frame: () => { if (g) frame(); } };
  };
})();
