// Pooling, full connection and softmax opened: what is written adds up to the number shown.
(() => {
  const { el } = PG;

  // ---- pooling
  PG.sumPool = (sum, view) => {
    const { op, f, array, line, ledger, result, grid, shot, target } = PG.sum;
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
          ? el('div', { class: 'conv-item' }, op('\u2192'), target(sum, view, px))
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
  PG.sumLinear = (sum, view) => {
    const { words: W, f, array, line, ledger, result, afterwards } = PG.sum;
    const p = sum.parts,
      [at, x, w, products] = ['where', 'inputs', 'weights', 'products'].map((k) => array(p[k]).values);
    const total = products.reduce((a, b) => a + b, 0) + p.rest;
    return [
      table(
        [{ en: 'input', zh: '输入' }, { en: 'number', zh: '数值' }, '×', W.weight, '=', { en: 'product', zh: '乘积' }],
        [...at].map((unit, i) => [() => view.unitName(unit), f(x[i]), '×', f(w[i]), '=', f(products[i])]),
        [...(p.others ? [[W.rest(p.others), '', '', '', '=', f(p.rest)]] : []), [W.sum, '', '', '', '', f(total)]],
      ),
      ledger(
        line(W.bias, `${f(total)} ${p.bias < 0 ? '\u2212' : '+'} ${f(Math.abs(p.bias))} = `, result(sum.value)),
        afterwards(sum, view),
      ),
    ];
  };
  PG.sumSoftmax = (sum, view) => {
    const { words: W, f, array, line, ledger } = PG.sum;
    const p = sum.parts,
      [at, logits, powers] = ['where', 'logits', 'powers'].map((k) => array(p[k]).values),
      mine = [...at].indexOf(sum.at[0]);
    // What is nearly 1 is written out far enough to be told from 1.
    const close = sum.value > 0.999 && sum.value < 1,
      long = (v) => (close ? v.toPrecision(8) : PG.four(v));
    const rows = [...at].map((label, i) =>
      Object.assign([() => view.label(label), f(logits[i]), PG.four(powers[i]), PG.share(powers[i] / p.total)], {
        on: i === mine,
      }),
    );
    return [
      table(
        [
          { en: 'class', zh: '类别' },
          { en: 'logit', zh: '得分' },
          { en: 'e^logit', zh: 'e^得分' },
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
          `${long(powers[mine])} / ${long(p.total)} = `,
          el('b', { class: 'result', text: long(sum.value) }),
        ),
      ),
    ];
  };
})();
