// Confusion: what was said for what is true; for values, said against true.
(() => {
  const { el, fill } = PG;
  const W = {
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
  };
  const four = (v) => PG.mlpShort(v);

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
})();
