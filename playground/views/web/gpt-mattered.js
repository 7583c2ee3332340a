// The view "Which tokens mattered" of the GPT room: one logit after the text, or why this token rather than that one.
(() => {
  const W = {
    label: { en: 'What mattered', zh: '什么起了作用' },
    about: { en: 'Why', zh: '为什么是' },
    against: { en: 'rather than', zh: '而不是' },
    nothing: { en: '(no comparison)', zh: '（不比较）' },
    start: { en: 'Integrated gradients start from', zh: '积分梯度的起点' },
    absent: { en: 'Occlusion', zh: '遮挡时' },
    mean: { en: 'the mean word vector', zh: '平均词向量' },
    zero: { en: 'zeros', zh: '零向量' },
    first: { en: 'the token that begins a text', zh: '表示文本开头的词元' },
    put: { en: 'puts the mean word vector in its place', zh: '换成平均词向量' },
    unseen: { en: 'lets nobody look at it', zh: '让谁也看不到它' },
    working: { en: 'Asking the model in five ways', zh: '正在用五种方法问模型' },
    caveat: {
      en: 'No method is the truth. Attention says where a layer looked, not what came of it, and much of it rests on the first token, which says nothing; '
        + 'a gradient sees one small step; a text with a token taken away is one the model may never have met. '
        + 'GPT has no [MASK]: in a token’s place stands the mean of all word vectors, no word in particular, so that every other token stays where it was. '
        + 'Zeros are offered, but a normalisation makes them loud: see the completeness error. Trust most what several methods find.',
      zh: '没有哪种方法就是真相：注意力只说某层看了哪里，没说看了之后怎样，而且很多注意力落在第一个词元上，那并没有含义；梯度只看一小步；'
        + '拿掉一个词元的文字，模型可能从没见过。GPT 没有 [MASK]：被拿掉的词元换成所有词向量的平均，不代表任何词，其余词元的位置不变。'
        + '也可以用零向量，但归一化会把它放大：请看完备性误差。几种方法都指出的，最可信。',
    },
    read: {
      en: 'Explained is the logit of the token that comes next, or the difference of two logits. The last three have a sign: teal raised it, crimson lowered it. '
        + 'The first two only know shares of attention, whatever the token: violet. Each row has its own scale.',
      zh: '解释的是下一个词元的 logit，或两个 logit 之差。后三种有正负：青色抬高它，深红压低它；前两种只有注意力的份额，与问哪个词元无关：紫色。每行各自定标。',
    },
  };
  const BLANK = {
    mean: { en: 'every token the mean word vector', zh: '所有词元都是平均词向量' },
    zero: { en: 'every token zeros', zh: '所有词元都是零向量' },
    start: { en: 'every token the one that begins a text', zh: '所有词元都是开头词元' },
  };
  const GPT = {
    verb: 'gpt/mattered',
    methods: ['rollout', 'valued', 'gradient', 'integrated', 'occlusion'],
    label: W.label, read: W.read, caveat: W.caveat, working: W.working,
    settings: { en: 'Settings', zh: '设置' },
    fresh: { target: null, against: null, baseline: 'mean', absent: 'mean' },
    forgotten: { target: null, against: null },
    blank: ({ baseline }) => BLANK[baseline],

    question: ({ target, against, baseline, absent }) => ({ target: target?.id ?? undefined, against: against?.id ?? undefined, baseline, absent }),
    named: ({ target, against }) => {
      const [one, other] = [target, against].map((each) => each && PG.gptTarget.quoted(each));
      return other ? { en: `${one.en} rather than ${other.en}`, zh: `“选${one.zh}而不选${other.zh}”` } : one;
    },

    control({ about: { choices, target, against, start }, asked, baseline, absent }, again) {
      const why = PG.gptTarget.select({
        label: W.about, asked, choices, value: target, onchange: (next) => again({ target: next, against: against?.id === next.id ? null : against }),
      });
      const rather = PG.gptTarget.select({
        label: W.against, asked, choices: choices.filter(({ id }) => id !== target.id), value: against, none: W.nothing,
        onchange: (next) => again({ target, against: next?.id === target.id ? null : next }),
      });
      const from = PG.choice({
        label: W.start, value: baseline, onchange: (key) => again({ baseline: key }),
        options: ['mean', 'zero', ...(start ? ['start'] : [])].map((key) => ({ key, label: key === 'start' ? W.first : W[key] })),
      });
      const away = PG.choice({
        label: W.absent, value: absent, onchange: (key) => again({ absent: key }),
        options: [{ key: 'mean', label: W.put }, { key: 'unseen', label: W.unseen }],
      });
      return { first: [why.root, rather.root], more: [away.root, from.root] };
    },

    source({ about: { target, against }, room }) {
      const { name } = room.answer.model, gap = against && PG.minus(target.logit - against.logit);
      const of = (one) => `logit ${PG.minus(one.logit)}, ${PG.chance(one.chance)}`;
      const en = against ? `logit difference ${gap} (${of(target)}; ${of(against)}; Yin & Neubig 2022)` : of(target);
      const zh = against ? `logit 之差 ${gap}（${of(target)}；${of(against)}；Yin 与 Neubig 2022）` : of(target);
      return {
        en: `${en} · ${name}, float32 · rollout: mean over heads, residual 0.5 (Abnar & Zuidema 2020); value-weighted: Kobayashi et al. 2020; `
          + 'gradients on the word embeddings (Sundararajan et al. 2017); special tokens stay; agreement counts strength, not sign',
        zh: `${zh} · ${name}，float32 · 展开：各头取平均，残差 0.5（Abnar 与 Zuidema 2020）；按值加权：Kobayashi 等 2020；`
          + '梯度针对词嵌入（Sundararajan 等 2017）；特殊词元保持不变；一致性只看强弱，不看正负',
      };
    },
  };

  PG.gptTab({ key: 'mattered', label: W.label, draw: (host, room) => PG.mattered(host, room, GPT) });
})();
