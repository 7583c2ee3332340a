// What the way "Fine-tune it yourself" says.
(() => {
  const n = (v) => Math.round(v).toLocaleString('en');
  const CHOICES = { head: { en: 'Head only', zh: '只训练头' }, last: { en: 'Head + last layer', zh: '头＋最后一层' }, all: { en: 'Everything', zh: '全部' } };
  PG.teachWords = {
    ...CHOICES,
    abouts: {
      head: {
        en: 'The encoder is frozen, its [CLS] vectors are computed once: very fast. The points stand still; only the answers change.',
        zh: '编码器冻结，[CLS] 向量只算一次：非常快。点不会移动，变化的只有回答。',
      },
      last: {
        en: 'The head, the pooler and the uppermost layer learn; the layers below stay as they were pre-trained.',
        zh: '头、pooler 和最上层一起学习；下面各层保持预训练的样子。',
      },
      all: {
        en: 'All layers and the embeddings of the words that occur learn, as in the BERT paper: slowest, and the points move most.',
        zh: '所有层以及出现过的词的嵌入一起学习，与 BERT 论文相同：最慢，点也移动得最多。',
      },
    },
    unit: { en: 'updates', zh: '次更新' },
    ready: { en: 'Ready sets', zh: '现成的句子' },
    table: { en: '1. Labelled sentences', zh: '1. 带标签的句子' },
    choice: { en: '2. What trains', zh: '2. 训练哪一部分' },
    rate: { en: 'Learning rate', zh: '学习率' },
    batch: { en: 'Sentences in a batch', zh: '每批句子数' },
    epochs: { en: 'Epochs', zh: '轮数' },
    held: { en: 'Held out', zh: '留出比例' },
    penalty: { en: 'Penalty on the head (L2)', zh: '对头的惩罚（L2）' },
    stop: { en: 'Stop at a training loss of', zh: '训练损失降到此值时停止' },
    never: { en: 'never', zh: '从不' },
    seed: { en: 'Seed', zh: '种子' },
    reading: (i, of) => ({ en: `Reading the sentences: ${n(i)} of ${n(of)}`, zh: `正在读句子：${n(i)} / ${n(of)}` }),
    cut: (k, most) => ({
      en: `${k} ${k === 1 ? 'sentence is' : 'sentences are'} longer than ${most} tokens and ${k === 1 ? 'was' : 'were'} cut there.`,
      zh: `${k} 个句子超过 ${most} 个词元，已在该处截断。`,
    }),
    few: { en: 'With so few sentences the accuracy says little: a dozen of each label is a good beginning.', zh: '句子太少，准确率说明不了什么：每种标签先准备十几句为好。' },
    twice: (k) => ({
      en: `${k} ${k === 1 ? 'row repeats' : 'rows repeat'} another; equal sentences stay on one side of the split.`,
      zh: `有 ${k} 行重复；相同的句子会分在同一侧。`,
    }),
    stale: { en: 'The table has changed since this training began. Play begins anew with it.', zh: '训练开始后表格有改动。按“播放”将用新表格重新开始。' },
    found: (at, right, of) => (at
      ? { en: `After ${n(at)} updates it gets ${right} of ${of} held-out sentences right`, zh: `${n(at)} 次更新后，${of} 个留出句子答对 ${right} 个` }
      : { en: `Before training it gets ${right} of ${of} held-out sentences right`, zh: `训练之前，${of} 个留出句子答对 ${right} 个` }),
    foundAll: (at, right, of) => (at
      ? { en: `After ${n(at)} updates it gets ${right} of ${of} training sentences right`, zh: `${n(at)} 次更新后，${of} 个训练句子答对 ${right} 个` }
      : { en: `Before training it gets ${right} of ${of} sentences right`, zh: `训练之前，${of} 个句子答对 ${right} 个` }),
    sure: (of, [low, high], guess) => ({
      en: `Measured on ${of} sentences only: the true share may well lie anywhere from ${PG.pct(low)} to ${PG.pct(high)} (95 % interval). `
        + `Always saying the most frequent label would get ${PG.pct(guess)}.`,
      zh: `只用 ${of} 个句子测得：真实比例在 ${PG.pct(low)} 到 ${PG.pct(high)} 之间都有可能（95 % 区间）。总是回答最常见的标签可得 ${PG.pct(guess)}。`,
    }),
    nothingHeld: { en: 'Nothing is held out, so nothing is known about new sentences.', zh: '没有留出句子，因此对新句子的表现一无所知。' },
    source: (head) => ({
      en: `[CLS] after the pooler, principal components of the untrained encoder (${PG.pct(head.kept)} of the variance), kept fixed`
        + ` · measured after ${n(head.measured)} updates · ${n(head.numbers)} numbers train · rate now ${head.learning_rate.toPrecision(2)}`,
      zh: `经 pooler 的 [CLS]，取训练前编码器的主成分（占方差 ${PG.pct(head.kept)}），固定不变`
        + ` · 测于 ${n(head.measured)} 次更新后 · 训练 ${n(head.numbers)} 个数 · 当前学习率 ${head.learning_rate.toPrecision(2)}`,
    }),
    loss: { en: 'loss', zh: '损失' },
    accuracy: { en: 'accuracy', zh: '准确率' },
    train: { en: 'training', zh: '训练' },
    heldOut: { en: 'held out', zh: '留出' },
    useTitle: { en: 'Use it: type a sentence', zh: '马上使用：输入一个句子' },
    says: (label, p) => ({ en: `It says ${label}, ${PG.pct(p)}`, zh: `它回答 ${label}，${PG.pct(p)}` }),
    useRead: {
      en: 'Answered by the weights as they stand, also while they learn. The diamond on the map is this sentence.',
      zh: '由当前的权重回答，训练中也一样。图上的菱形就是这个句子。',
    },
    useCut: (k) => ({ en: `${k} tokens were cut off`, zh: `截去了 ${k} 个词元` }),
    sentence: { en: 'A sentence', zh: '一个句子' },
    second: { en: 'Second text', zh: '第二句' },
    confusion: { en: 'Confusion', zh: '混淆矩阵' },
    every: { en: 'Every sentence', zh: '每个句子' },
    mixed: (a, b, k) => ({ en: `Most often ${a} is taken for ${b}: ${k} of the held-out sentences`, zh: `最常见的错误是把 ${a} 当成 ${b}：${k} 个留出句子` }),
    clean: { en: 'No held-out sentence is taken for another label', zh: '没有一个留出句子被认错' },
    matrixRead: {
      en: 'A row is a true label, a column what it says; on the diagonal both agree. Strength is the share of the row.',
      zh: '行是真实标签，列是它的回答；对角线上两者一致。颜色深浅是该行中的占比。',
    },
    allRight: { en: 'It gets every sentence right', zh: '所有句子都答对了' },
    someWrong: (k) => ({ en: `It gets ${k} ${k === 1 ? 'sentence' : 'sentences'} wrong`, zh: `它答错了 ${k} 个句子` }),
    everyRead: { en: 'The least likely first: how much probability each sentence’s own label gets.', zh: '按自身标签得到的概率从低到高排列。' },
    part: { en: 'part', zh: '部分' },
    own: { en: 'p(own label)', zh: 'p(自身标签)' },
    its: { en: 'it says', zh: '它回答' },
    label: { en: 'label', zh: '标签' },
    text: { en: 'sentence', zh: '句子' },
    how: {
      en: 'Fine-tuning puts a small new layer, the head, on top of the [CLS] vector of a pre-trained encoder and trains it with a few labelled sentences: '
        + 'alone, or with the encoder. What the encoder learned from much text without labels is what makes a few sentences enough.',
      zh: '微调是在预训练编码器的 [CLS] 向量之上加一个小小的新层（头），用少量带标签的句子来训练：可以只训练头，也可以连编码器一起训练。'
        + '编码器从大量无标签文本中学到的东西，使得少量句子就够用。',
    },
    packing: { en: 'Packing the weights', zh: '正在打包权重' },
  };
})();
