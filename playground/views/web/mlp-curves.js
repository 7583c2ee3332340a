// Learning curves: loss and score of training and test examples, update by update.
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
  };
  PG.mlpShort = (v) => {
    // three digits that matter
    if (v === null) return '∞';
    const size = Math.abs(v);
    return (v < 0 ? '\u2212' : '') + (size && (size < 1e-3 || size >= 1e6) ? size.toExponential(1) : String(Number(size.toPrecision(3))));
  };

  const four = PG.mlpShort;

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
})();
