// Three pictures inside the MLP room: learning curves, confusion, and how gradients fare layer by layer.
(() => {
  const { el, t, fill } = PG;
  const W = {
    x: { en: 'updates', zh: '更新次数' },
    gap: (train, test) => ({ en: `The test loss is ${test}, the training loss ${train}`, zh: `测试损失为 ${test}，训练损失为 ${train}` }),
    over: (train, test) => ({
      en: `It learns by heart: test loss ${test}, training loss only ${train}`,
      zh: `它在死记硬背：测试损失 ${test}，而训练损失只有 ${train}`,
    }),
    curvesRead: {
      en: 'A test loss that rises while the training loss falls is overfitting. Each point is measured on all examples, once an epoch.',
      zh: '训练损失下降而测试损失上升，就是过拟合。每个点都在全部样本上测得，每轮一次。',
    },
    curvesSource: (kind) => ({
      en: `${PG.mlpWords.lossOf[kind].en}, mean over all examples, without penalties and dropout, float64`,
      zh: `${PG.mlpWords.lossOf[kind].zh}，对全部样本取平均，不含正则项与丢弃，float64`,
    }),
    log: { en: 'Logarithmic', zh: '对数坐标' },
    loss: { en: 'loss', zh: '损失' },
    accuracy: { en: 'accuracy', zh: '准确率' },
    r2: { en: 'R²', zh: 'R²' },
    train: { en: 'training', zh: '训练' },
    test: { en: 'test', zh: '测试' },
    mixed: (a, b, n) => ({
      en: `Most often ${a} is taken for ${b}: ${n} of the test examples`,
      zh: `最常见的错误是把 ${a} 当成 ${b}：${n} 个测试样本`,
    }),
    clean: { en: 'No test example is taken for another class', zh: '没有一个测试样本被认错' },
    matrixRead: {
      en: 'A row is a true class, a column what the net says; on the diagonal both agree. Strength is the share of the row.',
      zh: '行是真实类别，列是网络的回答；对角线上两者一致。颜色深浅是该行中的占比。',
    },
    matrixSource: {
      en: 'counts over all examples of each part; the class with the highest probability is said',
      zh: '各部分全部样本的计数；回答为概率最高的类别',
    },
    r2Title: (v) => ({
      en: `R² is ${v}: the share of the test values’ variance that is explained`,
      zh: `R² 为 ${v}：测试数值的方差中被解释的份额`,
    }),
    pairsRead: {
      en: 'Each dot is a test example: its true value across, what the net says up. On the line both agree.',
      zh: '每个点是一个测试样本：横轴为真值，纵轴为网络的回答。落在线上表示两者一致。',
    },
    pairsSource: { en: 'R² = 1 − Σ(said − true)² / Σ(true − mean)²', zh: 'R² = 1 − Σ(回答 − 真值)² / Σ(真值 − 均值)²' },
    recall: { en: 'found', zh: '召回' },
    precision: { en: 'right when said', zh: '精确' },
    layer: { en: 'Layer', zh: '层' },
    gradient: { en: 'Gradient norm', zh: '梯度范数' },
    ratio: { en: 'Update / weights', zh: '更新/权重' },
    dead: { en: 'Dead units', zh: '死亡单元' },
    full: { en: 'Saturated', zh: '饱和' },
    output: { en: 'output', zh: '输出' },
    vanish: (times) => ({
      en: `The first layer’s gradient is ${times} times weaker than the last one’s: it vanishes on the way back`,
      zh: `第一层的梯度只有最后一层的 1/${times}：在往回传的途中消失了`,
    }),
    deadTitle: (n, all) => ({
      en: `${n} of ${all} hidden units are dead: they give zero for every training example`,
      zh: `${all} 个隐藏单元中有 ${n} 个已死：对每个训练样本都输出零`,
    }),
    healthy: (low, high) => ({
      en: `The next update changes the weights of a layer by ${low} to ${high} of their size`,
      zh: `下一次更新会把各层权重改变其大小的 ${low} 到 ${high}`,
    }),
    one: (v) => ({ en: `The next update changes the weights by ${v} of their size`, zh: `下一次更新会把权重改变其大小的 ${v}` }),
    healthRead: {
      en: 'About a thousandth per update is usual; far less means that a layer hardly learns, far more that it jumps. Bars are on a logarithmic scale, one decade per mark.',
      zh: '每次更新通常约为千分之一；小得多说明这一层几乎不学，大得多说明在乱跳。条形为对数刻度，每格一个数量级。',
    },
    healthSource: {
      en: 'norm of the gradient of the mean training loss with penalties; update: what the optimizer would subtract for the next batch; dead: ReLU that is 0 for all; saturated: |tanh| > 0.99, sigmoid alike',
      zh: '平均训练损失（含正则项）梯度的范数；更新：优化器对下一批要减去的量；死亡：对所有样本都为 0 的 ReLU；饱和：|tanh| > 0.99，sigmoid 同理',
    },
    none: { en: 'none', zh: '无' },
  };
  const four = (v) => PG.mlpShort(v);
  PG.mlpShort = (v) => {
    // three digits that matter
    if (v === null) return '∞';
    const size = Math.abs(v);
    return (v < 0 ? '\u2212' : '') + (size && (size < 1e-3 || size >= 1e6) ? size.toExponential(1) : String(Number(size.toPrecision(3))));
  };

  PG.mlpCurves = (room) => {
    let log = false,
      charts = null,
      panel = null,
      words = null;
    const lines = [
      { key: 'train', name: W.train, colour: '--c-bar' },
      { key: 'test', name: W.test, colour: '--c-ink' },
    ];
    const draw = (host) => {
      const host2 = el('div', { class: 'chart-pair' });
      const check = PG.check({
        label: W.log,
        value: log,
        onchange: (on) => {
          log = on;
          make();
          take(room.frame);
        },
      });
      panel = PG.panel({
        title: '',
        read: W.curvesRead,
        tools: PG.mlpPanelTools(
          'curves',
          () => host2,
          () => PG.mlpCurveRows(room),
        ),
      });
      words = PG.lean.words(panel);
      const make = () => {
        const right = () => (room.head?.task === 'values' ? W.r2 : W.accuracy);
        charts = [
          PG.chart({
            x: W.x,
            y: () => (room.head ? t(W.loss) + t({ en: ', ', zh: '，' }) + t(PG.mlpWords.lossOf[room.head.loss_kind]) : t(W.loss)),
            lines,
            log,
            floor: log ? undefined : 0,
          }),
          PG.chart({ x: W.x, y: () => t(right()), lines, floor: room.head?.task === 'values' ? undefined : 0, ceil: 1 }),
        ];
        fill(
          host2,
          charts.map((one) => one.root),
        );
      };
      make();
      fill(host, panel.root);
      fill(panel.body, check.root, host2);
      if (room.frame) take(room.frame);
    };
    const take = ({ head, arrays }) => {
      if (!charts || !arrays.curves) return;
      const n = arrays.curves.length / 5,
        column = (k) => Float32Array.from({ length: n }, (_, i) => arrays.curves[5 * i + k]);
      const x = column(0);
      charts[0].draw({ x, ys: { train: column(1), test: column(2) }, from: 0 });
      charts[1].draw({ x, ys: { train: column(3), test: column(4) }, from: 0 });
      const { train, test } = head.loss;
      words.title((head.at && test > 2 * train && test - train > 0.15 ? W.over : W.gap)(four(train), four(test)));
      words.source(W.curvesSource(head.loss_kind));
    };
    return { draw, take };
  };

  PG.mlpConfusion = (room) => {
    let panel = null,
      parts = null,
      scatter = null,
      words = null;
    const draw = (host) => {
      const picture = el('div', { class: 'matrix-pair' });
      parts = { test: PG.mlpMatrix(), train: PG.mlpMatrix() };
      scatter = PG.mlpScatter();
      const rows = () =>
        room.head.task === 'values'
          ? [
              ['true', 'said'],
              ...Array.from({ length: room.frame.arrays.pairs.length / 2 }, (_, i) => [
                room.frame.arrays.pairs[2 * i],
                room.frame.arrays.pairs[2 * i + 1],
              ]),
            ]
          : [
              ['part', 'true', 'said', 'count'],
              ...['train', 'test'].flatMap((part) =>
                [...room.frame.arrays[`confusion_${part}`]].map((v, i) => [
                  part,
                  room.head.classes[Math.floor(i / room.head.classes.length)],
                  room.head.classes[i % room.head.classes.length],
                  v,
                ]),
              ),
            ];
      panel = PG.panel({ title: '', read: '', tools: PG.mlpPanelTools('confusion', () => picture, rows) });
      words = PG.lean.words(panel);
      fill(
        picture,
        el('figure', {}, el('figcaption', {}, W.test), parts.test.root, scatter.root),
        el('figure', { class: 'train-part' }, el('figcaption', {}, W.train), parts.train.root),
      );
      fill(host, panel.root);
      panel.body.append(picture);
      if (room.frame) take(room.frame);
    };
    const take = ({ head, arrays }) => {
      if (!panel) return;
      const values = head.task === 'values';
      panel.root.querySelector('.train-part').hidden = values;
      parts.test.root.hidden = values;
      scatter.root.hidden = !values;
      words.read(values ? W.pairsRead : W.matrixRead);
      words.source(values ? W.pairsSource : W.matrixSource);
      if (values && arrays.pairs) {
        scatter.draw(arrays.pairs);
        words.title(W.r2Title(four(head.right.test)));
      }
      if (values || !arrays.confusion_test) return;
      parts.test.draw(head.classes, arrays.confusion_test);
      parts.train.draw(head.classes, arrays.confusion_train);
      const n = head.classes.length,
        wrong = [...arrays.confusion_test]
          .map((v, i) => [v, i])
          .filter(([, i]) => Math.floor(i / n) !== i % n)
          .sort((a, b) => b[0] - a[0])[0];
      words.title(wrong[0] ? W.mixed(head.classes[Math.floor(wrong[1] / n)], head.classes[wrong[1] % n], wrong[0]) : W.clean);
    };
    return { draw, take };
  };

  PG.mlpGradients = (room) => {
    let panel = null,
      body = null,
      rows = [],
      words = null;
    const bar = () => {
      const mark = el('i'),
        said = el('span', { class: 'mono' });
      return { root: el('div', { class: 'log-bar' }, mark, said), mark, said };
    };
    const build = (health) => {
      rows = health.map((_, i) => {
        const gradient = bar(),
          ratio = bar(),
          units = el('td', { class: 'unit-dots' });
        return {
          gradient,
          ratio,
          units,
          root: el(
            'tr',
            {},
            el('th', { scope: 'row' }, i === health.length - 1 ? W.output : String(i + 1)),
            el('td', {}, gradient.root),
            el('td', {}, ratio.root),
            units,
          ),
        };
      });
      fill(
        body,
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            [W.layer, W.gradient, W.ratio, () => `${t(W.dead)}, ${t(W.full)}`].map((name) => el('th', { scope: 'col' }, name)),
          ),
        ),
        el(
          'tbody',
          {},
          rows.map((row) => row.root),
        ),
      );
    };
    const draw = (host) => {
      body = el('table', { class: 'health' });
      rows = [];
      panel = PG.panel({
        title: '',
        read: W.healthRead,
        source: W.healthSource,
        tools: PG.mlpPanelTools(
          'gradients',
          () => body,
          () => [
            ['layer', 'gradient norm', 'weight norm', 'update norm', 'update / weights', 'dead units', 'mean saturated share'],
            ...room.head.health.map((one, i) => [
              i + 1,
              one.gradient,
              one.weight,
              one.move,
              one.ratio,
              one.dead.filter(Boolean).length,
              one.full.reduce((a, b) => a + b, 0) / one.full.length,
            ]),
          ],
        ),
      });
      words = PG.lean.words(panel);
      fill(host, panel.root);
      panel.body.append(el('div', { class: 'health-box' }, body));
      if (room.frame) take(room.frame);
    };
    // Ten decades: 1e-8 is the left end, 100 the right one.
    const show = ({ mark, said }, v) => {
      mark.style.width = `${Math.max(0, Math.min(1, (Math.log10(Math.max(v, 1e-12)) + 8) / 10)) * 100}%`;
      said.textContent = four(v);
    };
    const dots = (host, { dead, full }) => {
      const any = dead.some(Boolean),
        kind = any || full.some((v) => v > 0);
      const text = JSON.stringify([dead, full.map((v) => Math.round(v * 20))]);
      if (host.dataset.said === text) return;
      host.dataset.said = text;
      fill(
        host,
        dead.map((gone, i) =>
          el('i', {
            class: gone ? 'dead' : '',
            style: { '--full': full[i] },
            title: gone ? t(W.dead) : `${t(W.full)}: ${PG.pct(full[i])}`,
          }),
        ),
        kind
          ? el(
              'span',
              { class: 'mono hint' },
              any ? ` ${dead.filter(Boolean).length} / ${dead.length}` : ` ${PG.pct(full.reduce((a, b) => a + b, 0) / full.length)}`,
            )
          : el('span', { class: 'hint' }, W.none),
      );
    };
    const take = ({ head }) => {
      const { health } = head;
      if (!panel || !health) return;
      if (rows.length !== health.length) build(health);
      health.forEach((one, i) => {
        show(rows[i].gradient, one.gradient ?? 0);
        show(rows[i].ratio, one.ratio ?? 0);
        dots(rows[i].units, one);
      });
      const hidden = health.slice(0, -1),
        dead = hidden.reduce((n, one) => n + one.dead.filter(Boolean).length, 0),
        all = hidden.reduce((n, one) => n + one.dead.length, 0);
      const weaker = health.at(-1).gradient / Math.max(1e-30, health[0].gradient),
        ratios = health.map((one) => one.ratio);
      const low = four(Math.min(...ratios)),
        high = four(Math.max(...ratios));
      words.title(
        dead
          ? W.deadTitle(dead, all)
          : health.length > 1 && weaker > 50
            ? W.vanish(PG.countText(weaker))
            : health.length > 1
              ? W.healthy(low, high)
              : W.one(low),
      );
    };
    return { draw, take };
  };
})();
