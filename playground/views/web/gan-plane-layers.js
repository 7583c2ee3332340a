// What each unit does: of the generator over the noise, of the discriminator over the plane.
(() => {
  const { el, fill, t } = PG;
  const W = {
    title: { en: 'From noise to points, and from points to a verdict: what each unit does', zh: '从噪声到点，再从点到判断：每个单元做什么' },
    read: {
      en: 'Each square of the generator is one unit over the noise; each square of the discriminator is one unit over the plane. Teal is positive, crimson negative, paper zero. A unit that is paper everywhere is dead.',
      zh: '生成器的每个方块是一个单元随噪声的变化；判别器的每个方块是一个单元在平面上的变化。青为正，红为负，底色为零。整块都是底色的单元已经“死亡”。',
    },
    source: (units, side) => ({
      en: `${units} units at ${side} × ${side} places; each unit scaled to its own largest value`,
      zh: `${units} 个单元，每个取 ${side}×${side} 个位置；按各自的最大值缩放`,
    }),
    g: { en: 'Generator', zh: '生成器' },
    d: { en: 'Discriminator', zh: '判别器' },
    hidden: (i) => ({ en: `hidden layer ${i}`, zh: `隐藏层 ${i}` }),
    out: { g: { en: 'output: x and y', zh: '输出：x 和 y' }, d: { en: 'output: the score', zh: '输出：评分' } },
    some: (n, all) => ({ en: `the first ${n} of ${all}`, zh: `${all} 个中的前 ${n} 个` }),
    unit: (name, i, most) => ({ en: `${t(name)}, unit ${i + 1}: up to ±${PG.ganNumber(most)}`, zh: `${t(name)}，单元 ${i + 1}：最大 ±${PG.ganNumber(most)}` }),
  };
  const BIG = 2.5; // rem

  // PG.ganLayers(host) -> move(frame); head.layers: [{net, depth, out, shown, units}], arrays.layers [unit side side] uint8
  PG.ganLayers = (host) => {
    const body = el('div', { class: 'gan-layers' }),
      panel = PG.panel({
        title: W.title, read: W.read,
        tools: { SVG: () => PG.svgFile('layers.svg', body), PNG: () => PG.pngFile('layers.png', body), JSON: () => PG.save('layers.json', PG.json(numbers()), 'application/json') },
      }),
      say = PG.ganSay(panel),
      map = PG.ganMap();
    fill(panel.body, body);
    fill(host, panel.root);
    let made = '',
      canvases = [],
      lut = PG.ganLut(1),
      last = null;
    const numbers = () => {
      const { head, arrays } = last, cells = head.side ** 2;
      let first = 0;
      return head.layers.map((layer) => {
        const maps = Array.from({ length: layer.shown }, (_, i) => ({
          largest: arrays.strengths[first + i],
          levels: Array.from(arrays.layers.subarray((first + i) * cells, (first + i + 1) * cells)),
        }));
        first += layer.shown;
        return { ...layer, maps };
      });
    };
    const name = ({ net, depth, out }) => ({ en: `${W[net].en}, ${(out ? W.out[net] : W.hidden(depth)).en}`, zh: `${W[net].zh}，${(out ? W.out[net] : W.hidden(depth)).zh}` });
    const make = (layers) => {
      canvases = [];
      fill(body, layers.map((layer) => el('section', {},
        el('div', { class: 'label-row' }, el('h4', { class: 'label' }, name(layer)), layer.shown < layer.units ? el('span', { class: 'hint' }, W.some(layer.shown, layer.units)) : null),
        el('div', { class: 'gan-layer-maps' }, Array.from({ length: layer.shown }, (_, i) => {
          const canvas = el('canvas', { role: 'img' }), at = canvases.length;
          canvas.addEventListener('pointermove', (event) => PG.tip(event, t(W.unit(name(layer), i, last.arrays.strengths[at]))));
          canvas.addEventListener('pointerleave', PG.untip);
          canvases.push(canvas);
          return canvas;
        })))));
    };
    const paint = ({ head, arrays }) => {
      const { side } = head, wide = Math.round(BIG * PG.rem());
      canvases.forEach((canvas, i) => {
        if (canvas.clientWidth !== wide) PG.size(canvas, wide, wide);
        const g = canvas.getContext('2d');
        g.drawImage(map(arrays.layers.subarray(i * side * side, (i + 1) * side * side), side, lut), 0, 0, wide, wide);
      });
    };
    PG.on('theme', () => {
      lut = PG.ganLut(1);
      if (last) paint(last);
    });
    return (frame) => {
      if (!frame.arrays.layers || !frame.head.layers) return;
      last = frame;
      const key = JSON.stringify(frame.head.layers);
      if (key !== made) make(frame.head.layers);
      made = key;
      say({ source: W.source(canvases.length, frame.head.side) });
      paint(frame);
    };
  };
})();
