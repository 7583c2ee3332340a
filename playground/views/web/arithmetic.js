// The arithmetic behind one number of a net, kind by kind, and what of the picture the number depends on.
(() => {
  const { el } = PG;
  const SHOW = {
    conv: () => PG.sumConv,
    maxpool: () => PG.sumPool,
    avgpool: () => PG.sumPool,
    linear: () => PG.sumLinear,
    softmax: () => PG.sumSoftmax,
  };

  // ---- one number in, one number out
  const few = () => {
    const { words: W, f, bracket, line, result } = PG.sum;
    return {
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
          { en: 'shortcut', zh: '残差捷径' },
          `${f(terms[1])} `,
          el('span', { class: 'ledger-from' }, () => PG.t(view.stepName(sources[1]))),
        ),
        line(W.sum, `${f(terms[0])} ${terms[1] < 0 ? '\u2212' : '+'} ${f(Math.abs(terms[1]))} = `, result(value)),
      ],
      flatten: ({ source }, { value, sources }, view) =>
        line(
          { en: 'the same as', zh: '等于' },
          () =>
            [view.stepName(sources[0]), W.channel(source[0]), ...(source.length > 1 ? [PG.ROWS(source[1], source[2])] : [])]
              .map(PG.t)
              .join(PG.t({ en: ', ', zh: '，' })) + ' = ',
          result(value),
        ),
    };
  };

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
      el('figcaption', {}, PG.sum.words.field, ` (${bottom - top} × ${right - left})`),
    );
  };

  // PG.arithmetic(host, sum, view): view has width, picture, maps, sourceMaps, windowIn, names and the two onMove
  PG.arithmetic = (host, sum, view) => {
    const body = SHOW[sum.kind]?.()(sum, view) ?? PG.sum.ledger(few()[sum.kind](sum.parts, sum, view));
    PG.fill(
      host,
      el(
        'div',
        { class: 'arith-row' },
        el(
          'div',
          { class: 'arith-main' },
          el('h4', { class: 'sub-title' }, view.title),
          el('p', { class: 'read' }, view.movable ? PG.sum.words.moveWindow : null),
        ),
        receptive(sum, view),
      ),
      body,
    );
  };
})();
