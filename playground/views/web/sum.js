// What sums are shown with: grids of numbers, maps with a window, lines of a ledger. Files that use it ask for PG.sum when they draw.
(() => {
  const { el } = PG;
  const W = {
    patch: { en: 'patch', zh: '窗口里的数' },
    kernel: { en: 'weights', zh: '权重' },
    weight: { en: 'weight', zh: '权重' },
    products: { en: 'products', zh: '乘积' },
    bias: { en: 'bias', zh: '偏置' },
    sum: { en: 'sum', zh: '总和' },
    value: { en: 'value', zh: '结果' },
    sums: { en: 'channel sums', zh: '各通道之和' },
    rest: (n) => ({ en: `${n} others`, zh: `其余 ${n} 个` }),
    outside: { en: 'outside the picture: counts as 0', zh: '图外：按 0 计' },
    moveWindow: { en: 'Click anywhere in either picture to move the window.', zh: '点击任意一张图，移动窗口。' },
    moreChannels: (n) => ({ en: `The other ${n} input channels`, zh: `其余 ${n} 个输入通道` }),
    field: { en: 'what it can see of the picture', zh: '它能看到的图片范围' },
    channel: (i) => ({ en: `map ${i + 1}`, zh: `第 ${i + 1} 张` }),
  };
  const op = (text) => el('span', { class: 'op mono', text });
  const f = (v, digits) => PG.fixed(v, digits);
  const bracket = (v) => (v < 0 ? `(${f(v)})` : f(v));
  const array = ({ shape, data }) => ({ shape, values: PG.floats(data) });
  const line = (name, ...kids) => el('div', {}, el('span', { class: 'ledger-name' }, name), kids);
  const ledger = (...lines) => el('div', { class: 'ledger mono' }, lines);
  const result = (v) => el('b', { class: 'result', text: f(v) });

  // ---- a grid of numbers; nan stands for a place outside the picture
  const grid = (values, columns, { signed, most, cell, mark = -1, label }) => {
    const ramp = PG.ramp(signed ? '--signed' : '--amount'),
      digits = cell >= 1.7 * PG.rem(),
      tight = cell < 2.05 * PG.rem();
    const box = (v, i) => {
      if (Number.isNaN(v)) return el('span', { class: 'void', title: W.outside });
      const c = ramp(signed ? 0.5 + (most ? v / most : 0) / 2 : most ? v / most : 0);
      return el('span', {
        class: i === mark ? 'mono won' : 'mono',
        style: { background: PG.str(c), color: PG.inkOn(c) },
        title: f(v, 6),
        text: digits ? f(v, 2) : '',
      });
    };
    return el(
      'figure',
      { class: 'mini' },
      el(
        'div',
        {
          class: tight ? 'mini-grid tight' : 'mini-grid',
          style: { '--cell': `${cell}px`, 'grid-template-columns': `repeat(${columns}, var(--cell))` },
        },
        [...values].map(box),
      ),
      label ? el('figcaption', {}, label) : null,
    );
  };

  // ---- a whole map with the window on it; a click moves the window
  const shot = ({ maps, channel, box, px, label, onMove, cls = '' }) => {
    const [, rows, columns] = maps.shape,
      cell = px / columns,
      canvas = PG.mapCanvas(px, maps.tile(channel), rows, columns);
    const [top, left, height, width] = box;
    const frame = el('span', {
      class: `shot-box ${cls}`,
      style: { top: `${top * cell}px`, left: `${left * cell}px`, width: `${width * cell}px`, height: `${height * cell}px` },
    });
    const root = el('div', { class: 'shot', style: { width: `${px}px` } }, canvas, frame);
    root.addEventListener('click', (event) => onMove(...PG.cellAt(event, canvas, rows, columns)));
    return el('figure', { class: 'mini', style: { width: `${px + 2}px` } }, root, el('figcaption', {}, label));
  };

  // The map the number belongs to, with a dot where it stands.
  const target = (sum, view, px) =>
    shot({
      maps: view.maps,
      channel: sum.at[0],
      px,
      box: [sum.at[1], sum.at[2], 1, 1],
      cls: 'dot',
      label: () => view.name(sum.at[0]),
      onMove: view.onMove,
    });

  const afterwards = (sum, view) =>
    view.nextIsRelu
      ? line({ en: 'then ReLU', zh: '然后 ReLU' }, `max(0, ${f(sum.value)}) = `, el('b', { text: f(Math.max(0, sum.value)) }))
      : null;

  PG.sum = { words: W, op, f, bracket, array, line, ledger, result, grid, shot, target, afterwards };
})();
