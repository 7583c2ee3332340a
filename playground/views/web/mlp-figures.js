// Beside the network: the scale of the map, and loss and accuracy with small live curves.
(() => {
  const { el, t } = PG;
  // ---- the scale under the map
  PG.mlpLegend = () => {
    const canvas = el('canvas', { 'aria-hidden': 'true' }),
      low = el('span', { class: 'mono' }),
      high = el('span', { class: 'mono' });
    let stamp = '';
    PG.on('theme', () => {
      stamp = '';
    });
    const draw = (signed, most, classes, shares) => {
      const now = JSON.stringify([signed, signed && most.toFixed(1), classes, shares, PG.state.lang]);
      if (now === stamp) return;
      stamp = now;
      const w = Math.round(8 * PG.lean.rem()),
        h = Math.round(0.5 * PG.lean.rem()),
        image = PG.mlpImage(255, 1),
        g = PG.size(canvas, w, h);
      const W = PG.mlpWords;
      if (signed) {
        PG.mlpColour.paintSigned(
          image.pixels,
          Float32Array.from({ length: 255 }, (_, i) => i - 127),
        );
        low.textContent = PG.fixed(-most, 1);
        high.textContent = PG.fixed(most, 1);
      } else if (shares === 1) {
        PG.mlpColour.paintClasses(
          image.pixels,
          Float32Array.from({ length: 255 }, (_, i) => i),
          1,
        );
        low.textContent = `${classes[0]}: 100 %`;
        high.textContent = `${classes[1]}: 100 %`;
      } else {
        const third = Float32Array.from({ length: 255 * shares }, (_, i) => {
          const k = Math.floor(i / 255);
          return k === Math.floor(((i % 255) / 255) * shares) ? 80 + ((((i % 255) / 255) * shares) % 1) * 175 : 0;
        });
        PG.mlpColour.paintClasses(image.pixels, third, shares);
        low.textContent = t(W.scaleTorn);
        high.textContent = t(W.scaleSure);
      }
      image.show();
      g.drawImage(image.canvas, 0, 0, w, h);
    };
    return { root: el('div', { class: 'plane-legend' }, low, canvas, high), draw };
  };

  // ---- loss and accuracy with small live curves
  PG.mlpFigure = () => {
    const spark = el('canvas', { 'aria-hidden': 'true' }),
      train = el('b', { class: 'mono' }),
      test = el('b', { class: 'mono' }),
      W = PG.mlpWords;
    const label = el('span', { class: 'label' });
    const root = el(
      'div',
      { class: 'figure-tile' },
      el(
        'div',
        {},
        label,
        el('div', { class: 'figure-row' }, el('span', { class: 'c-test' }, W.test), test),
        el('div', { class: 'figure-row' }, el('span', { class: 'hint' }, W.train), train),
      ),
      spark,
    );
    const first = el('span'),
      second = el('span', { class: 'hint' });
    label.append(first, second);
    let width = 0,
      taken = 0,
      stamp = '';
    PG.watchWidth(root, (w) => {
      width = w;
    });
    const put = (node, value, format) => PG.lean.say(node, value === null ? '∞' : format(value));
    return {
      root,
      name: (one, two) => {
        PG.lean.say(first, one);
        PG.lean.say(second, two || '');
      },
      draw: (values, format, curves, high, low) => {
        put(train, values.train, format);
        put(test, values.test, format);
        if (!width) return;
        // The curve takes what words and numbers leave, measured anew when they grow or shrink.
        const now = [label.textContent, train.textContent.length, test.textContent.length, width, PG.lean.rem()].join();
        if (now !== stamp) taken = root.firstChild.offsetWidth + 0.75 * PG.lean.rem();
        stamp = now;
        const w = Math.floor(Math.max(PG.lean.rem(), width - taken)),
          h = Math.round(2.75 * PG.lean.rem());
        PG.spark(spark, w, h, curves, ['--c-bar', '--c-ink'], low, high);
      },
    };
  };
})();
