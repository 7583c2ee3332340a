// From the latent vector to the picture and on to the score: what every layer gives, for the chosen sample.
(() => {
  const { el, fill, t } = PG;
  const W = {
    title: (n, from, to) => ({
      en: `${n} steps turn ${from} numbers into ${to} pixels, and back into one`,
      zh: `${n} 个步骤把 ${from} 个数变成 ${to} 个像素，又变回一个数`,
    }),
    read: {
      en: 'Top to bottom: the generator spreads the latent vector out and enlarges it; the discriminator shrinks the picture again. Of many maps the 16 strongest are shown. Click one to see its numbers.',
      zh: '从上到下：生成器把潜在向量铺开并放大，判别器再把图片缩小。图很多时只显示最强的 16 张。点一张查看数值。',
    },
    generator: { en: 'Generator', zh: '生成器' },
    discriminator: { en: 'Discriminator', zh: '判别器' },
    kinds: {
      input: { en: 'latent vector', zh: '潜在向量' },
      Linear: { en: 'full connection', zh: '全连接' },
      Unflatten: { en: 'the same numbers as maps', zh: '同样的数排成图' },
      Flatten: { en: 'the same numbers in a row', zh: '同样的数排成一行' },
      ReLU: { en: 'negative numbers become 0', zh: '负数变为 0' },
      LeakyReLU: { en: 'negative numbers become a fifth', zh: '负数变为五分之一' },
      ConvTranspose2d: { en: 'transposed convolution: twice the side', zh: '转置卷积：边长加倍' },
      Conv2d: { en: 'convolution: half the side', zh: '卷积：边长减半' },
      Tanh: { en: 'tanh: into −1 to 1', zh: 'tanh：压到 −1 与 1 之间' },
    },
    weights: (n) => ({ en: `${PG.countText(n)} weights`, zh: `${PG.countText(n)} 个权重` }),
    opened: (step, i, low, high) => ({
      en: `${step}, ${i === null ? 'all units' : `map ${i + 1}`}: ${PG.four(low)} to ${PG.four(high)}`,
      zh: `${step}，${i === null ? '全部单元' : `第 ${i + 1} 张图`}：${PG.four(low)} 到 ${PG.four(high)}`,
    }),
  };
  const shapeText = (shape) => shape.join(' × ');

  PG.ganPicturesLayers = (room) => {
    let panel, opened;
    const thumb = (step, { channels, shape: [rows, columns], signed, data }) => {
      const all = PG.bytes(data), size = rows * columns, w = Math.max(28, Math.min(56, columns * 2));
      return channels.map((channel, i) => {
        const canvas = el('canvas', { class: 'gan-shot' }), one = all.subarray(i * size, (i + 1) * size);
        const paint = () => {
          const ramp = PG.ramp(signed ? '--signed' : '--amount');
          PG.paint(canvas, w, Math.round((w * rows) / columns), rows, columns, (at) => ramp(signed ? one[at] / 254 : one[at] / 255));
        };
        paint();
        PG.themed(canvas, paint);
        return el('button', { class: 'thumb', type: 'button', 'aria-label': `${step.step} ${channel + 1}`, onclick: () => open(step, channel) }, canvas);
      });
    };
    const vector = (step) => {
      const values = PG.floats(step.vector), canvas = el('canvas', { class: 'gan-vector' }), columns = Math.min(values.length, 128), rows = Math.ceil(values.length / columns);
      const paint = () => {
        const shade = PG.shades(values, true), width = Math.min(columns * 5, Math.max(200, panel.body.clientWidth - 20));
        PG.paint(canvas, values.length === 1 ? 40 : width, Math.min(120, Math.max(12, rows * 5)), rows, columns, (i) => (i < values.length ? shade(values[i]) : [0, 0, 0, 0]));
      };
      paint();
      PG.themed(canvas, paint);
      return el('button', { class: 'thumb', type: 'button', 'aria-label': step.step, onclick: () => open(step, null) }, canvas);
    };
    const open = async (step, channel) => {
      const answer = await PG.ask('gan/pictures_layer', room.question({ point: room.point(), net: step.net, step: step.step }));
      opened.hidden = false;
      if (answer.wrong) return fill(opened, PG.notice('wrong', answer.wrong));
      const maps = PG.unpackMaps(answer), [n, rows, columns] = maps.shape;
      const values = channel === null ? Float32Array.from({ length: n }, (_, u) => maps.tile(u)[0]) : maps.tile(channel);
      const across = channel === null ? Math.min(n, 64) : columns, down = channel === null ? Math.ceil(n / across) : rows;
      const w = Math.min(panel.body.clientWidth - 40, channel === null ? across * 9 : 16 * PG.rem()), canvas = el('canvas', { class: 'gan-shot' });
      const paint = () => {
        const shade = PG.shades(values);
        PG.paint(canvas, w, Math.max(9, Math.round((w * down) / across)), down, across, (i) => (i < values.length ? shade(values[i]) : [0, 0, 0, 0]));
      };
      paint();
      PG.themed(canvas, paint);
      canvas.addEventListener('pointermove', (event) => {
        const [row, column] = PG.cellAt(event, canvas, down, across), v = values[row * across + column];
        if (v !== undefined) PG.tip(event, `${row + 1}, ${column + 1}: `, el('span', { class: 'mono', text: PG.four(v) }));
      });
      canvas.addEventListener('pointerleave', PG.untip);
      const rowsOf = Array.from({ length: down }, (_, r) => [...values.slice(r * across, (r + 1) * across)]);
      fill(opened, el('div', { class: 'label-row' },
        el('b', {}, W.opened(step.step, channel, values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b)))),
        el('span', {}, el('button', { class: 'btn ghost', type: 'button', onclick: () => PG.save(`${step.step}.csv`, PG.csv(rowsOf), 'text/csv') }, PG.icon('down'), 'CSV'),
          el('button', { class: 'btn ghost', type: 'button', 'aria-label': { en: 'Close', zh: '关闭' }, onclick: () => { opened.hidden = true; } }, PG.icon('x')))), canvas);
      opened.scrollIntoView({ block: 'nearest' });
    };
    const row = (step) => el('div', { class: 'gan-step', 'data-step': `${step.net}.${step.step}` },
      el('div', { class: 'gan-step-name' }, el('b', { class: 'mono', text: step.step }), el('span', {}, W.kinds[step.kind] || step.kind),
        el('span', { class: 'hint mono' }, shapeText(step.shape)), step.parameters ? el('span', { class: 'hint' }, W.weights(step.parameters)) : null),
      el('div', { class: 'gan-step-maps' }, step.vector ? vector(step) : thumb(step, step.thumbs)));
    const draw = async (host) => {
      panel = PG.panel({ title: '…', read: W.read, tools: { PNG: () => PG.pngFile('layers.png', panel.body), SVG: () => PG.svgFile('layers.svg', panel.body) } });
      fill(host, panel.root);
      if (!room.said) return;
      const mine = panel, answer = await PG.ask('gan/pictures_layers', room.question({ point: room.point() }));
      if (mine !== panel) return;
      if (answer.wrong) return panel.set(answer.wrong);
      const { steps } = answer, about = room.about();
      panel.set(W.title(steps.length - 1, about.latent, about.side ** 2 * about.channels));
      opened = el('div', { class: 'gan-opened', hidden: true });
      fill(panel.body, opened, ['generator', 'discriminator'].map((net) => [
        el('h4', { class: 'label gan-gap' }, W[net]), steps.filter((step) => step.net === net).map(row)]));
    };
    return { draw };
  };
})();
