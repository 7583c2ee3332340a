// Beside the plane: what of it is shown, and what its signs and colours mean.
(() => {
  const { el, svg } = PG;
  const W = {
    layers: {
      surface: { en: 'Surface of D', zh: 'D 的评分面' },
      real: { en: 'Real points', zh: '真实点' },
      fake: { en: 'Fakes', zh: '生成点' },
      arrows: { en: 'Gradients', zh: '梯度' },
      manifold: { en: 'Grid of G', zh: 'G 的网格' },
    },
    fakeEnd: { en: 'fake', zh: '假' },
    realEnd: { en: 'real', zh: '真' },
  };

  // Switches for `on`: {surface, real, fake, arrows, manifold}
  PG.ganToggles = (on, repaint) => {
    const check = (name) =>
      PG.check({
        label: W.layers[name],
        value: on[name],
        onchange: (wanted) => {
          on[name] = wanted;
          repaint();
        },
      }).root;
    return el('div', { class: 'gan-toggles' }, Object.keys(on).map(check));
  };

  const sign = (d) => svg('svg', { viewBox: '0 0 14 14', 'aria-hidden': 'true' }, svg('path', { d, fill: 'currentColor' }));
  const RAMP = 80; // pixels
  const ramp = () => {
    const canvas = el('canvas', { class: 'gan-ramp' });
    const paint = () => {
      const g = PG.size(canvas, RAMP, 8),
        lut = new Uint8Array(PG.ganLut().buffer);
      for (let x = 0; x < RAMP; x += 1) {
        const at = Math.round((x / (RAMP - 1)) * 255) * 4;
        g.fillStyle = PG.str(lut.subarray(at, at + 3));
        g.fillRect(x, 0, 1, 8);
      }
    };
    paint();
    PG.on('theme', paint);
    return canvas;
  };
  PG.ganLegend = () =>
    el(
      'div',
      { class: 'gan-legend' },
      el('span', { class: 'of-real' }, sign('M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9z'), el('span', {}, W.layers.real)),
      el('span', { class: 'of-fake' }, sign('M7 1l6 6-6 6-6-6z'), el('span', {}, W.layers.fake)),
      el('span', {}, W.fakeEnd, ramp(), W.realEnd),
    );
})();
