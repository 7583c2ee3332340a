// The arithmetic behind one number of a net, kind by kind; what is written adds up to what the map shows.
(() => {
  const { el, svg } = PG;
  const W = {
    patch: { en: 'patch', zh: '窗口里的数' },
    kernel: { en: 'weights', zh: '权重' },
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
  const FIRST = 3; // input channels shown before the fold
  const op = (text) => el('span', { class: 'op mono', text });
  const f = (v, digits) => PG.fixed(v, digits);
  const bracket = (v) => (v < 0 ? `(${f(v)})` : f(v));
  const array = ({ shape, data }) => ({ shape, values: PG.floats(data) });
  const joined = (terms) => terms.map((v, i) => (i ? `${v < 0 ? ' \u2212 ' : ' + '}${f(Math.abs(v))}` : f(v))).join('');
  const line = (name, ...kids) => el('div', {}, el('span', { class: 'ledger-name' }, name), kids);
  const ledger = (...lines) => el('div', { class: 'ledger mono' }, lines);
  const result = (v) => el('b', { class: 'result', text: f(v) });

  // ---- a grid of numbers; nan stands for a place outside the picture
  const grid = (values, columns, { signed, most, cell, mark = -1, label }) => {
    const ramp = PG.ramp(signed ? '--signed' : '--amount'),
      digits = cell >= 1.7 * PG.rem(),
      tight = cell < 2.2 * PG.rem();
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
    return el('figure', { class: 'mini' }, root, el('figcaption', {}, label));
  };

  // ---- lines from the window to the grid and from the products to the map
  const wires = (row) => {
    const lines = svg('svg', { class: 'wires', 'aria-hidden': 'true' });
    requestAnimationFrame(() => {
      const base = row.getBoundingClientRect(),
        boxes = [...row.querySelectorAll('.shot-box')],
        grids = [...row.querySelectorAll('.mini-grid')];
      const at = (e) => {
        const r = e.getBoundingClientRect();
        return [r.left - base.left, r.top - base.top, r.right - base.left, r.bottom - base.top];
      };
      if (boxes.length < 2 || !base.width) return;
      const [from, to] = boxes.map(at),
        a = at(grids[0]),
        z = at(grids.at(-1));
      if (z[0] < a[2]) return; // stacked on a narrow screen
      lines.setAttribute('viewBox', `0 0 ${base.width} ${base.height}`);
      lines.replaceChildren(
        ...[
          [from[2], from[1], a[0], a[1]],
          [from[2], from[3], a[0], a[3]],
          [z[2], z[1], to[0], to[1]],
          [z[2], z[3], to[0], to[3]],
        ].map(([x1, y1, x2, y2]) => svg('line', { x1, y1, x2, y2 })),
      );
    });
    return lines;
  };

  // ---- convolution
  const cellFor = (columns, room) => {
    const rem = PG.rem(),
      most = { 1: 3, 2: 2.6, 3: 2.6 }[columns] || (columns <= 5 ? 2.1 : 1.3);
    return Math.max(10, Math.min(Math.round(most * rem), Math.floor(room / columns)));
  };
  const conv = (sum, view) => {
    const patches = array(sum.parts.patches),
      kernels = array(sum.parts.kernels),
      sums = array(sum.parts.sums).values;
    const [n, rows, columns] = patches.shape,
      size = rows * columns,
      { first, bias } = sum.parts;
    const part = (a, i) => a.values.subarray(i * size, (i + 1) * size);
    const known = (v) => (Number.isNaN(v) ? 0 : v),
      products = patches.values.map((v, i) => known(v) * kernels.values[i]);
    const most = {
      patch: PG.largest([...patches.values].map(known)),
      kernel: PG.largest(kernels.values),
      product: PG.largest(products),
    };
    const signed = patches.values.some((v) => v < 0),
      narrow = view.width < 46 * PG.rem();
    const px = Math.round((narrow ? Math.min(9.5, (view.width / PG.rem() - 2) / 2) : columns > 3 ? 8 : 9) * PG.rem());
    const cell = cellFor(columns, narrow ? view.width - 24 : (view.width - 2 * px - 7 * PG.rem()) / 3);
    const channelRow = (i, withMap) => {
      const row = el('div', { class: narrow ? 'conv stacked' : 'conv' });
      const item = (...kids) => el('div', { class: 'conv-item' }, kids);
      const source =
        view.sourceMaps &&
        shot({
          maps: view.sourceMaps,
          channel: first + i,
          px,
          box: view.windowIn(rows, columns),
          label: () => view.sourceName(first + i),
          onMove: view.onMoveIn,
        });
      const target =
        withMap &&
        view.maps &&
        shot({
          maps: view.maps,
          channel: sum.at[0],
          px,
          box: [sum.at[1], sum.at[2], 1, 1],
          cls: 'dot',
          label: () => view.name(sum.at[0]),
          onMove: view.onMove,
        });
      PG.fill(
        row,
        withMap && source && target ? wires(row) : null,
        item(source),
        item(op('\u2192'), grid(part(patches, i), columns, { signed, most: most.patch, cell, label: W.patch })),
        item(op('\u00d7'), grid(part(kernels, i), columns, { signed: true, most: most.kernel, cell, label: W.kernel })),
        item(
          op('='),
          grid(part({ values: products }, i), columns, {
            signed: true,
            most: most.product,
            cell,
            label: () => ({ en: `products, sum ${f(sums[i])}`, zh: `乘积，和为 ${f(sums[i])}` })[PG.state.lang],
          }),
        ),
        item(
          target ? op('\u2192') : null,
          target || el('span', { class: 'conv-sum mono', style: { width: `${px}px` } }, '= ', f(sums[i])),
        ),
      );
      return row;
    };
    const shown = Math.min(n, FIRST),
      left = n - shown;
    const more = el('details', { class: 'more-channels' }, el('summary', {}, W.moreChannels(left)));
    more.addEventListener('toggle', () => {
      if (more.children.length === 1)
        more.append(
          el(
            'div',
            { class: 'all-channels' },
            Array.from({ length: left }, (_, i) => channelRow(shown + i)),
          ),
        );
    });
    const total = [...sums].reduce((a, b) => a + b, 0);
    return [
      Array.from({ length: shown }, (_, i) => channelRow(i, i === 0)),
      left ? more : null,
      ledger(
        n > 1
          ? line(W.sums, el('span', { class: 'terms', text: joined([...sums]) }), ' = ', el('b', { text: f(total) }))
          : line(
              W.products,
              el('span', { class: 'terms', text: joined([...products].filter((v) => v)) || '0' }),
              ' = ',
              el('b', { text: f(total) }),
            ),
        line(W.bias, `${f(total)} ${bias < 0 ? '\u2212' : '+'} ${f(Math.abs(bias))} = `, result(sum.value)),
        afterwards(sum, view),
      ),
    ];
  };
  const afterwards = (sum, view) =>
    view.nextIsRelu
      ? line({ en: 'then ReLU', zh: '然后 ReLU' }, `max(0, ${f(sum.value)}) = `, el('b', { text: f(Math.max(0, sum.value)) }))
      : null;

  // ---- pooling
  const pool = (sum, view) => {
    const window = array(sum.parts.window),
      [rows, columns] = window.shape,
      values = [...window.values],
      real = values.filter((v) => !Number.isNaN(v));
    const most = PG.largest(real),
      signed = real.some((v) => v < 0),
      max = sum.kind === 'maxpool';
    const mark = max ? sum.parts.winner[0] * columns + sum.parts.winner[1] : -1,
      cell = Math.round((columns > 4 ? 2.4 : 3.2) * PG.rem()),
      px = Math.round(9 * PG.rem());
    const said = max ? `max(${real.map((v) => f(v)).join(', ')})` : `${f(real.reduce((a, b) => a + b, 0))} / ${real.length}`;
    return [
      el(
        'div',
        { class: 'conv few' },
        view.sourceMaps
          ? el(
              'div',
              { class: 'conv-item' },
              shot({
                maps: view.sourceMaps,
                channel: sum.at[0],
                px,
                box: max ? view.windowIn(rows, columns) : [0, 0, rows, columns],
                label: () => view.sourceName(sum.at[0]),
                onMove: view.onMoveIn,
              }),
            )
          : null,
        el(
          'div',
          { class: 'conv-item' },
          op('\u2192'),
          grid(values, columns, {
            signed,
            most,
            cell,
            mark,
            label: max ? { en: 'the largest wins', zh: '最大的胜出' } : { en: 'all count the same', zh: '一视同仁' },
          }),
        ),
        view.maps && view.maps.shape[1] > 1
          ? el(
              'div',
              { class: 'conv-item' },
              op('\u2192'),
              shot({
                maps: view.maps,
                channel: sum.at[0],
                px,
                box: [sum.at[1], sum.at[2], 1, 1],
                cls: 'dot',
                label: () => view.name(sum.at[0]),
                onMove: view.onMove,
              }),
            )
          : null,
      ),
      ledger(line(max ? { en: 'maximum', zh: '最大值' } : { en: 'mean', zh: '平均' }, said, ' = ', result(sum.value))),
    ];
  };

  // ---- sums over many units, and softmax: a table of the largest terms
  const table = (heads, rows, last) =>
    el(
      'div',
      { class: 'table-box' },
      el(
        'table',
        { class: 'terms-table' },
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            heads.map((h) => el('th', {}, h)),
          ),
        ),
        el(
          'tbody',
          {},
          rows.map((cells) =>
            el(
              'tr',
              { class: cells.on ? 'on' : null },
              cells.map((cell, i) => el('td', { class: i ? 'mono' : null }, cell)),
            ),
          ),
        ),
        last
          ? el(
              'tfoot',
              {},
              last.map((cells) =>
                el(
                  'tr',
                  {},
                  cells.map((cell, i) => el('td', { class: i ? 'mono' : null }, cell)),
                ),
              ),
            )
          : null,
      ),
    );
  const linear = (sum, view) => {
    const p = sum.parts,
      [at, x, w, products] = ['where', 'inputs', 'weights', 'products'].map((k) => array(p[k]).values);
    const total = products.reduce((a, b) => a + b, 0) + p.rest;
    return [
      table(
        [{ en: 'input', zh: '输入' }, { en: 'number', zh: '数值' }, '×', W.kernel, '=', { en: 'product', zh: '乘积' }],
        [...at].map((unit, i) => [() => view.unitName(unit), f(x[i]), '×', f(w[i]), '=', f(products[i])]),
        [...(p.others ? [[W.rest(p.others), '', '', '', '=', f(p.rest)]] : []), [W.sum, '', '', '', '', f(total)]],
      ),
      ledger(
        line(W.bias, `${f(total)} ${p.bias < 0 ? '\u2212' : '+'} ${f(Math.abs(p.bias))} = `, result(sum.value)),
        afterwards(sum, view),
      ),
    ];
  };
  const softmax = (sum, view) => {
    const p = sum.parts,
      [at, logits, powers] = ['where', 'logits', 'powers'].map((k) => array(p[k]).values),
      mine = [...at].indexOf(sum.at[0]);
    const rows = [...at].map((label, i) =>
      Object.assign([() => view.label(label), f(logits[i]), PG.four(powers[i]), PG.four(powers[i] / p.total)], {
        on: i === mine,
      }),
    );
    return [
      table(
        [
          { en: 'class', zh: '类别' },
          { en: 'logit', zh: '得分' },
          { en: 'e to the power of it', zh: 'e 的得分次方' },
          { en: 'share', zh: '占比' },
        ],
        rows,
        [
          ...(p.others ? [[W.rest(p.others), '', PG.four(p.rest), PG.four(p.rest / p.total)]] : []),
          [W.sum, '', PG.four(p.total), '1'],
        ],
      ),
      ledger(
        line(
          { en: 'share', zh: '占比' },
          `${PG.four(powers[mine])} / ${PG.four(p.total)} = `,
          el('b', { class: 'result', text: PG.four(sum.value) }),
        ),
      ),
    ];
  };

  // ---- one number in, one number out
  const FEW = {
    input: ({ pixel, mean, deviation }, { value }) =>
      mean || deviation !== 1
        ? line({ en: 'normalised', zh: '归一化' }, `(${f(pixel)} \u2212 ${f(mean)}) / ${f(deviation)} = `, result(value))
        : line({ en: 'ink', zh: '墨量' }, `${Math.round(pixel * 255)} / 255 = `, result(value)),
    relu: ({ x }, { value }) => line('ReLU', `max(0, ${f(x)}) = `, result(value)),
    other: ({ x, name }, { value }) => line(name, `${name}(${f(x)}) = `, result(value)),
    norm: ({ x, mean, deviation, scale, shift }, { value }) =>
      line(
        { en: 'normalised', zh: '归一化' },
        `(${f(x)} \u2212 ${bracket(mean)}) / ${f(deviation)} · ${bracket(scale)} ${shift < 0 ? '\u2212' : '+'} ${f(Math.abs(shift))} = `,
        result(value),
      ),
    add: ({ terms }, { value, sources }, view) => [
      line(
        { en: 'this branch', zh: '本支路' },
        `${f(terms[0])} `,
        el('span', { class: 'ledger-from' }, () => PG.t(view.stepName(sources[0]))),
      ),
      line(
        PG.t({ en: 'shortcut', zh: '捷径' }),
        `${f(terms[1])} `,
        el('span', { class: 'ledger-from' }, () => PG.t(view.stepName(sources[1]))),
      ),
      line(W.sum, `${f(terms[0])} ${terms[1] < 0 ? '\u2212' : '+'} ${f(Math.abs(terms[1]))} = `, result(value)),
    ],
    flatten: ({ source }, { value, sources }, view) =>
      line(
        { en: 'the same as', zh: '等于' },
        () =>
          `${PG.t(view.stepName(sources[0]))}, ${PG.t(W.channel(source[0]))}${source.length > 1 ? `, ${PG.t(PG.ROWS(source[1], source[2]))}` : ''} = `,
        result(value),
      ),
  };
  const SHOW = { conv, maxpool: pool, avgpool: pool, linear, softmax };

  // ---- what of the picture it depends on
  const receptive = (sum, view) => {
    const [top, left, bottom, right] = sum.window,
      px = Math.round(5 * PG.rem()),
      cell = px / view.picture.side;
    const frame = {
      top: `${top * cell}px`,
      left: `${left * cell}px`,
      width: `${(right - left) * cell}px`,
      height: `${(bottom - top) * cell}px`,
    };
    return el(
      'figure',
      { class: 'mini receptive' },
      el(
        'div',
        { class: 'shot still', style: { width: `${px}px` } },
        PG.pictureCanvas(px, view.picture),
        el('span', { class: 'shot-box', style: frame }),
      ),
      el('figcaption', {}, W.field, ` (${bottom - top} × ${right - left})`),
    );
  };

  // PG.arithmetic(host, sum, view): view has width, picture, maps, sourceMaps, windowIn, names and the two onMove
  PG.arithmetic = (host, sum, view) => {
    const body = SHOW[sum.kind] ? SHOW[sum.kind](sum, view) : ledger(FEW[sum.kind](sum.parts, sum, view));
    PG.fill(
      host,
      el(
        'div',
        { class: 'arith-row' },
        el(
          'div',
          { class: 'arith-main' },
          el('h4', { class: 'sub-title' }, view.title),
          el('p', { class: 'read' }, view.movable ? W.moveWindow : null),
        ),
        receptive(sum, view),
      ),
      body,
    );
  };
})();
