// A convolution opened: patch times kernel, channel by channel, added up to the number the map shows.
(() => {
  const { el, svg } = PG;
  const FIRST = 3; // input channels shown before the fold
  const joined = (terms) => terms.map((v, i) => (i ? `${v < 0 ? ' \u2212 ' : ' + '}${PG.fixed(Math.abs(v))}` : PG.fixed(v))).join('');

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
      most = { 1: 3, 2: 2.6, 3: 2.6 }[columns] || (columns <= 5 ? 2.15 : 1.3);
    return Math.max(10, Math.min(Math.round(most * rem), Math.floor(room / columns)));
  };
  PG.sumConv = (sum, view) => {
    const { words: W, op, f, array, line, ledger, result, grid, shot, target, afterwards } = PG.sum;
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
    const px = Math.round((narrow ? Math.min(9.5, (view.width / PG.rem() - 2) / 2) : columns > 3 ? 6 : 9) * PG.rem());
    const cell = cellFor(columns, narrow ? view.width - 24 : (view.width - 2 * px - 5.5 * PG.rem()) / 3);
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
      const there = withMap && view.maps && target(sum, view, px);
      PG.fill(
        row,
        withMap && source && there ? wires(row) : null,
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
          there ? op('\u2192') : null,
          there || el('span', { class: 'conv-sum mono', style: { width: `${px}px` } }, '= ', f(sums[i])),
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
})();
