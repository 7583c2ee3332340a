// The view "Which words mattered" of the BERT room: one logit, six explanations, and how far they agree.
(() => {
  const W = {
    label: { en: 'What mattered', zh: '什么起了作用' },
    about: { en: 'Explain', zh: '解释' },
    start: { en: 'Integrated gradients start from', zh: '积分梯度的起点' },
    zero: { en: 'zeros', zh: '零向量' },
    working: { en: 'Asking the model in six ways', zh: '正在用六种方法问模型' },
    caveat: {
      en: 'No method is the truth. Attention says where a layer looked, not what came of it; a gradient sees one small step and misses what is saturated; '
        + 'a masked word makes a sentence the model may never have met. Trust most what several of them find.',
      zh: '没有哪种方法就是真相：注意力只说某层看了哪里，没说看了之后怎样；梯度只看一小步，饱和处会漏掉；'
        + '把词遮住，得到的可能是模型从没见过的句子。几种方法都指出的，最可信。',
    },
    read: {
      en: 'Explained is the logit (the score before softmax). The last three have a sign: teal raised it, crimson lowered it. '
        + 'The first three only know shares of attention: violet. Each row has its own scale.',
      zh: '解释的是 logit（softmax 之前的分数）。后三种有正负：青色抬高它，深红压低它；前三种只有注意力的份额：紫色。每行各自定标。',
    },
  };
  const BERT = {
    verb: 'bert/mattered',
    methods: ['rollout', 'flow', 'valued', 'gradient', 'integrated', 'occlusion'],
    label: W.label, read: W.read, caveat: W.caveat, working: W.working,
    settings: { en: 'Integrated gradients', zh: '积分梯度设置' },
    blank: () => ({ en: 'all words blank', zh: '所有词都空' }),
    fresh: { target: null, baseline: 'pad' },
    forgotten: { target: null },

    question: ({ target, baseline }) => ({ target: target && { kind: target.kind, index: target.index, at: target.at }, baseline }),
    named: ({ target, tokens }) => PG.bertTarget.named(target, tokens.texts[target.at]),

    control({ about: { choices, tokens, gaps, target }, baseline }, again) {
      const about = PG.bertTarget.select({ label: W.about, choices, texts: tokens.texts, gaps, value: target, onchange: (next) => again({ target: next }) });
      const start = PG.choice({
        label: W.start, value: baseline, onchange: (key) => again({ baseline: key }),
        options: [{ key: 'pad', label: '[PAD]' }, { key: 'mask', label: '[MASK]' }, { key: 'zero', label: W.zero }],
      });
      return { first: about.root, more: start.root };
    },

    source({ about: { target }, room }) {
      const logit = PG.minus(target.logit), { name } = room.answer.model, p = PG.chance(target.chance);
      const sure = target.rule === 'value' ? { en: '', zh: '' } : { en: `, probability ${p}`, zh: `，概率 ${p}` };
      return {
        en: `logit ${logit}${sure.en} · ${name}, float32 · rollout and flow: mean over heads, residual 0.5 (Abnar & Zuidema 2020); `
          + 'value-weighted: Kobayashi et al. 2020; '
          + 'gradients on the word embeddings (Sundararajan et al. 2017); special tokens and gaps stay, and are not compared; '
          + 'agreement counts strength, not sign',
        zh: `logit ${logit}${sure.zh} · ${name}，float32 · 展开与流：各头取平均，残差 0.5（Abnar 与 Zuidema 2020）；按值加权：Kobayashi 等 2020；`
          + '梯度针对词嵌入（Sundararajan 等 2017）；特殊词元与空保持不变，也不参与比较；一致性只看强弱，不看正负',
      };
    },
  };

  PG.bertTab({ key: 'mattered', label: W.label, draw: (host, room) => PG.mattered(host, room, BERT) });
})();
