// The data flow of a GAN, drawn from the state: noise, generator, fakes, reals, discriminator, scores, losses.
(() => {
  const { el, svg } = PG;
  const W = {
    alt: { en: 'How the data flow', zh: '数据流向' },
    noise: { en: 'Noise', zh: '噪声' },
    g: { en: 'Generator', zh: '生成器' },
    fake: { en: 'Fakes', zh: '生成点' },
    real: { en: 'Real points', zh: '真实点' },
    d: { en: 'Discriminator', zh: '判别器' },
    scores: { en: 'Its mean score', zh: '平均评分' },
    ofReal: { en: 'real', zh: '真实' },
    ofFake: { en: 'fake', zh: '生成' },
    lossD: { en: 'Loss of D', zh: 'D 的损失' },
    lossG: { en: 'Loss of G', zh: 'G 的损失' },
    updates: { en: 'corrects', zh: '修正' },
  };
  const WIDE = 19, // rem; places below are [left, top, width, height] in rem
    SIDE = 5.25;
  const BOXES = {
    noise: [0.25, 0, SIDE, 6.5],
    g: [11, 0, SIDE, 6.5],
    real: [0.25, 8, SIDE, 6.5],
    fake: [11, 8, SIDE, 6.5],
    d: [5.625, 15.5, SIDE, 6.5],
    scores: [2.75, 23.25, 11.25, 3],
    lossD: [1.25, 27.5, 6.25, 2.75],
    lossG: [9.5, 27.5, 6.25, 2.75],
  };
  const HIGH = 30.25;
  // Solid: data. Dashed: what is sent back to correct the weights.
  const WIRES = {
    'noise-g': ['M5.5 3.9H10.7'],
    'g-fake': ['M13.6 6.6V7.8'],
    'fake-d': ['M13.6 14.6C13.6 16.5 13 18.5 11.15 18.5'],
    'real-d': ['M2.9 14.6C2.9 16.5 3.5 18.5 5.35 18.5'],
    'd-scores': ['M8.25 22.1V23.1'],
    'scores-lossD': ['M5.5 26.3V27.3'],
    'scores-lossG': ['M12 26.3V27.3'],
    'lossD-d': ['M1.1 28.9C-.3 28.9 -.3 20.4 1.2 20.2L5.35 20.2', 'dashed'],
    'lossG-g': ['M15.9 28.9C18.6 28.9 18.6 24 18.6 16C18.6 8 18.6 3.9 16.5 3.9', 'dashed'],
  };

  const still = ['noise', 'real']; // redrawn only when other points arrive

  // PG.ganFlow() -> {root, show(frame), light(names)}
  PG.ganFlow = () => {
    const boxes = {},
      canvases = {},
      values = {},
      map = PG.ganMap();
    let ink = PG.ganInk(),
      lut = PG.ganLut(),
      last = null,
      drawn = {};
    const thumb = (name) => {
      canvases[name] = el('canvas', { 'aria-hidden': 'true' });
      return el('div', { class: 'flow-box', 'data-part': name }, el('b', { class: 'flow-name' }, W[name]), canvases[name]);
    };
    const number = (name) => {
      values[name] = el('span', { class: 'mono flow-number' });
      return el('div', { class: 'flow-box flow-loss', 'data-part': name }, el('b', { class: 'flow-name' }, W[name]), values[name]);
    };
    const bar = (name) => {
      values[`${name}Bar`] = el('span', { class: `flow-fill of-${name}` });
      values[name] = el('span', { class: 'mono' });
      return el('div', { class: 'flow-score' }, el('span', {}, W[name === 'real' ? 'ofReal' : 'ofFake']), el('span', { class: 'flow-track' }, values[`${name}Bar`]), values[name]);
    };
    for (const name of ['noise', 'g', 'real', 'fake', 'd']) boxes[name] = thumb(name);
    boxes.scores = el('div', { class: 'flow-box', 'data-part': 'scores' }, bar('real'), bar('fake'));
    boxes.lossD = number('lossD');
    boxes.lossG = number('lossG');
    for (const [name, [x, y, w, h]] of Object.entries(BOXES)) Object.assign(boxes[name].style, { left: `${x}rem`, top: `${y}rem`, width: `${w}rem`, height: `${h}rem` });
    const wires = svg(
      'svg',
      { class: 'flow-wires', viewBox: `0 0 ${WIDE} ${HIGH}`, 'aria-hidden': 'true' },
      svg('defs', {}, svg('marker', { id: 'flow-tip', viewBox: '0 0 6 6', refX: 5, refY: 3, markerWidth: 6, markerHeight: 6, orient: 'auto' }, svg('path', { d: 'M0 0 6 3 0 6z', class: 'flow-tip' }))),
      Object.entries(WIRES).map(([name, [d, how]]) => svg('path', { d, 'data-wire': name, class: how || null, 'marker-end': 'url(#flow-tip)' })),
    );
    const root = el('div', { class: 'flow', role: 'group', 'aria-label': W.alt, style: { width: `${WIDE}rem`, height: `${HIGH}rem` } }, wires, Object.values(boxes));

    let side = 0;
    const pens = {};
    const fit = () => {
      side = Math.round(SIDE * PG.rem()) - 2;
      for (const [name, canvas] of Object.entries(canvases)) pens[name] = PG.size(canvas, side, side);
    };
    const paper = (name) => {
      const g = pens[name];
      g.fillStyle = ink.paper;
      g.fillRect(0, 0, side, side);
      return g;
    };
    const PAINT = {
      noise: ({ noise }) => {
        const g = paper('noise'),
          place = PG.ganPlace([-1.1, 1.1, -1.1, 1.1], side);
        g.fillStyle = ink.ink2;
        const far = noise.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-6);
        for (let i = 0; i < noise.length; i += 2) g.fillRect(place.x(noise[i] / far) - 1, place.y(noise[i + 1] / far) - 1, 2, 2);
      },
      g: ({ manifold }, head) => {
        const g = paper('g');
        PG.ganGrid(g, PG.ganPlace(head.square, side), manifold, ...head.manifold, ink, true);
      },
      real: ({ real }, head) => {
        const g = paper('real');
        PG.ganReal(g, PG.ganPlace(head.square, side), real, 1.2, ink);
      },
      fake: ({ fake }, head) => {
        const g = paper('fake');
        PG.ganFake(g, PG.ganPlace(head.square, side), fake, 1.3, ink);
      },
      d: ({ surface }, head) => {
        const g = paper('d');
        g.drawImage(map(surface, head.surface, lut), 0, 0, side, side);
      },
    };
    fit();
    const SOURCE = { noise: 'noise', g: 'manifold', real: 'real', fake: 'fake', d: 'surface' };
    const paint = () => {
      const { arrays, head } = last;
      for (const [name, source] of Object.entries(SOURCE)) {
        const array = arrays[source];
        const same = array && `${array.length} ${array[0]} ${array[1]} ${array[2]}`;
        if (!array || (still.includes(name) && drawn[name] === same)) continue;
        drawn[name] = same;
        PAINT[name](arrays, head);
      }
    };
    const put = (node, text) => {
      if (node.textContent !== text) node.textContent = text;
    };
    const show = (frame) => {
      last = frame;
      const { scores, losses, scale } = frame.head;
      for (const name of ['real', 'fake']) {
        put(values[name], PG.ganNumber(scores[name]));
        values[`${name}Bar`].style.width = `${Math.max(0, Math.min(1, (scores[name] - scale[0]) / (scale[2] - scale[0]))) * 100}%`;
      }
      put(values.lossD, PG.ganNumber(losses.d_loss));
      put(values.lossG, PG.ganNumber(losses.g_loss));
      paint();
    };
    PG.on('theme', () => {
      ink = PG.ganInk();
      lut = PG.ganLut();
      drawn = {};
      fit();
      if (last) paint();
    });
    // Lights the boxes and wires that a caption speaks about; none: all as usual.
    const light = (names = []) => {
      root.classList.toggle('dimmed', names.length > 0);
      for (const [name, box] of Object.entries(boxes)) box.classList.toggle('lit', names.includes(name));
      wires.querySelectorAll('[data-wire]').forEach((wire) => wire.classList.toggle('lit', names.includes(wire.dataset.wire)));
    };
    return { root, show, light };
  };
})();
