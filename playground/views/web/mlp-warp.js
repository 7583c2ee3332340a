// The warped space: the grid of the plane and the training points as a layer sees them.
(() => {
  const { el, t, fill } = PG;
  const W = {
    layer: { en: 'Seen by', zh: '从哪一层看' },
    inputs: { en: 'the inputs', zh: '输入' },
    sums: { en: 'the output’s sums', zh: '输出层的加权和' },
    hidden: (n) => ({ en: `layer ${n}`, zh: `第 ${n} 层` }),
    title: (n) => ({ en: `How layer ${n} bends what it is given`, zh: `第 ${n} 层怎样弯折它的输入` }),
    parted: (n, share) => ({
      en: `As layer ${n} sees them, straight cuts get ${share} of the test data right`,
      zh: `在第 ${n} 层看来，直着切分就能答对 ${share} 的测试数据`,
    }),
    plain: { en: 'What goes in, before any layer', zh: '输入：尚未经过任何一层' },
    end: { en: 'The output’s sums: the last weighted sums, before they become an answer', zh: '输出层的加权和：变成回答之前的最后一步' },
    read: (kept) => ({
      en: `Lines were straight and square before the layer; dots are training points in the colour of their class. The two directions of greatest variance are shown (PCA): ${kept} of it.`,
      zh: `这些线在进入这一层之前横平竖直；点是训练点，颜色为其类别。图中为方差最大的两个方向（PCA），占全部方差的 ${kept}。`,
    }),
    readRows: (kept) => ({
      en: `Dots are training examples in the colour of their class. The two directions of greatest variance are shown (PCA): ${kept} of it.`,
      zh: `点是训练样本，颜色为其类别。图中为方差最大的两个方向（PCA），占全部方差的 ${kept}。`,
    }),
    readTwo: {
      en: 'Lines were straight and square before the layer; dots are training points in the colour of their class. The layer has two units: one is across, the other up.',
      zh: '这些线在进入这一层之前横平竖直；点是训练点，颜色为其类别。这一层有两个单元：横轴一个，纵轴一个。',
    },
    readTwoRows: {
      en: 'Dots are training examples in the colour of their class. The layer has two units: one is across, the other up.',
      zh: '点是训练样本，颜色为其类别。这一层有两个单元：横轴一个，纵轴一个。',
    },
    sourceRows: { en: 'activations of the training examples, float32', zh: '训练样本的激活值，float32' },
    source: { en: 'activations along 11 lines each way over [−6, 6]², float32', zh: '在 [−6, 6]² 上横竖各 11 条线处的激活值，float32' },
    unit: { en: 'unit', zh: '单元' },
  };
  PG.mlpWarp = (room) => {
    let panel = null,
      words = null,
      canvas = null,
      width = 0,
      pick = null,
      picked = null,
      last = null,
      names = '';
    const self = { layer: null };
    const nameOf = (layer, n) => (layer === 0 ? W.inputs : layer === n - 1 ? W.sums : W.hidden(layer));
    // What follows the last hidden layer is a weighted sum: straight cuts, as good as the net's answers.
    const finding = (head, layer, n) => {
      if (layer === 0) return W.plain;
      if (layer === n - 1) return W.end;
      return layer === n - 2 && head.task === 'classes' ? W.parted(layer, PG.pct(head.right.test)) : W.title(layer);
    };
    const draw = (host) => {
      names = '';
      canvas = el('canvas', { role: 'img', 'aria-label': PG.mlpWords.warp });
      pick = el('div');
      panel = PG.panel({
        title: '',
        read: '',
        source: W.source,
        tools: PG.mlpPanelTools(
          'warp',
          () => canvas.parentElement,
          () => rows(),
        ),
      });
      words = PG.lean.words(panel);
      const box = el('div', { class: 'warp-box' }, canvas);
      fill(host, panel.root);
      fill(panel.body, pick, box);
      PG.watchWidth(box, (w) => {
        width = w;
        paint();
      });
      if (room.frame) take(room.frame);
    };
    const rows = () => [
      ['kind', 'number', 'first', 'second'],
      ...[...last.arrays.dots].reduce((all, v, i) => {
        if (i % 2) all.at(-1).push(v);
        else all.push(['point', i / 2, v]);
        return all;
      }, []),
      ...Array.from({ length: last.arrays.lines.length / 2 }, (_, i) => [
        'line',
        Math.floor(i / last.arrays.lines.shape[1]),
        last.arrays.lines[2 * i],
        last.arrays.lines[2 * i + 1],
      ]),
    ];
    const paint = () => {
      if (!last || !width || !canvas) return;
      const { lines, dots, marks } = last.arrays,
        side = Math.min(width, 34 * PG.lean.rem()),
        h = Math.min(side, 28 * PG.lean.rem()),
        g = PG.size(canvas, side, h),
        pad = 1.75 * PG.lean.rem();
      const all = [lines, dots];
      let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
      all.forEach((values) => {
        for (let i = 0; i < values.length; i += 2) {
          x0 = Math.min(x0, values[i]);
          x1 = Math.max(x1, values[i]);
          y0 = Math.min(y0, values[i + 1]);
          y1 = Math.max(y1, values[i + 1]);
        }
      });
      const wide = Math.max(x1 - x0, 1e-6),
        tall = Math.max(y1 - y0, 1e-6);
      const px = (v) => pad + ((v - x0) / wide) * (side - 2 * pad),
        py = (v) => h - pad - ((v - y0) / tall) * (h - 2 * pad);
      const [count, steps] = lines.shape;
      g.lineWidth = 1;
      g.strokeStyle = PG.lean.token('--c-edge');
      for (let line = 0; line < count; line += 1) {
        const middle = line % (count / 2) === (count / 2 - 1) / 2;
        g.globalAlpha = middle ? 0.95 : 0.45;
        g.beginPath();
        for (let k = 0; k < steps; k += 1) {
          const i = 2 * (line * steps + k);
          if (k) g.lineTo(px(lines[i]), py(lines[i + 1]));
          else g.moveTo(px(lines[i]), py(lines[i + 1]));
        }
        g.stroke();
      }
      g.globalAlpha = 1;
      const classes = PG.mlpColour.classes(),
        n = dots.length / 2;
      for (let i = 0; i < n; i += 1) {
        g.fillStyle = last.head.task === 'values' ? PG.mlpColour.css(marks[i], 1) : classes[marks[i] % classes.length];
        g.beginPath();
        g.arc(px(dots[2 * i]), py(dots[2 * i + 1]), 3, 0, 7);
        g.fill();
        g.lineWidth = 0.75;
        g.strokeStyle = PG.lean.token('--c-card');
        g.stroke();
      }
      g.fillStyle = PG.lean.token('--c-ink-3');
      g.font = `${0.75 * PG.lean.rem()}px ${PG.lean.token('--sans')}`;
      const [a, b] = last.head.warp.axes.map((name) => (/^\d+$/.test(name) ? `${t(W.unit)} ${name}` : name));
      g.textAlign = 'right';
      g.fillText(a, side - 4, h - 4);
      g.textAlign = 'left';
      g.fillText(b, 0, 0.75 * PG.lean.rem());
    };
    const take = ({ head, arrays }) => {
      if (!panel || !head.warp || !arrays.lines) return;
      last = { head, arrays };
      const n = head.sizes.length,
        shape = head.sizes.join();
      if (shape !== names || picked !== head.warp.layer) {
        names = shape;
        picked = head.warp.layer;
        const choice = PG.choice({
          label: W.layer,
          options: head.sizes.map((_, layer) => ({ key: layer, label: nameOf(layer, n) })),
          value: head.warp.layer,
          onchange: (key) => {
            self.layer = Number(key);
            picked = self.layer;
            room.live.look();
          },
        });
        fill(pick, choice.root);
      }
      const { layer, axes, kept } = head.warp;
      words.title(finding(head, layer, n));
      const [two, many] = head.plane ? [W.readTwo, W.read] : [W.readTwoRows, W.readRows];
      words.read(axes[0].startsWith('PC') ? many(PG.pct(kept)) : two);
      words.source(head.plane ? W.source : W.sourceRows);
      paint();
    };
    PG.on('theme', paint);
    return Object.assign(self, { draw, take });
  };
})();
