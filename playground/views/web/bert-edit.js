// The view "Edit and run again" of the BERT room: heads, layers and words changed, and what becomes of every answer.
(() => {
  const W = {
    label: { en: 'Edit', zh: '修改' },
    start: { en: 'Switch off a head or change a word, and see what becomes of the answer', zh: '关掉一个头，或换一个词，看回答怎么变' },
    read: {
      en: 'A head that is off adds nothing to its token; a layer that is off passes its input on. The model itself stays as it is: '
        + 'the changes live in your question alone.',
      zh: '关掉的头不再给词元添加任何东西；关掉的层把输入原样传下去。模型本身不变：修改只存在于你的这次提问中。',
    },
    watch: { en: 'for', zh: '针对' },
  };
  const RULES = {
    one: { en: 'softmax over the same choices before and after', zh: '前后对同样的选项做 softmax' },
    many: { en: 'a sigmoid for each class, before and after', zh: '前后对每个类别各做 sigmoid' },
    value: { en: 'the head’s own number, before and after', zh: '输出头给出的数，前后对比' },
  };
  const BERT = {
    key: 'bertedit', edit: 'bert/edit', sweep: 'bert/sweep', start: W.start, read: W.read,
    none: { heads: [], scores: [], layers: [], unseen: [], words: [] },
    ofText: { words: [], unseen: [] },
    same: (one, other) => ['text', 'pair', 'masks'].every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name])),

    source: (name, { answer: { model: { rule } } }) => ({
      en: `${RULES[rule].en}, float32 · ${name} · heads: factor on a head’s share before the output projection; `
        + 'words nobody looks at: attention mask',
      zh: `${RULES[rule].zh}，float32 · ${name} · 头：在输出投影之前乘以系数；谁也不看的词：注意力掩码`,
    }),
    grid: (view) => PG.editGrid(view.answer, view.edits, view.sweep, (layer, head) => view.pick(layer, head)),
    words: (view) => PG.editWords(view.answer.chips, view.edits, view.picked, view.hooks('words')),

    // Each change in words, with the edits that are left without it.
    tags({ edits, answer }) {
      const word = (at) => answer?.chips.find((chip) => chip.at === at)?.text || '…';
      return PG.editTags(edits, {
        words: ([at, text]) => ({ en: `${word(at)} → ${text || 'nothing'}`, zh: `${word(at)} → ${text || '删去'}` }),
        unseen: (at) => ({ en: `nobody looks at ${word(at)}`, zh: `谁也不看 ${word(at)}` }),
      });
    },

    // ---- each head off in turn
    watch(view) {
      const { choices } = view.answer, { texts } = view.room.answer.tokens;
      if (!choices.length) return null;
      const target = view.target ||= choices[0], gaps = [...new Set(choices.filter(({ kind }) => kind === 'word').map(({ at }) => at))];
      return PG.bertTarget.select({ label: W.watch, choices, texts, gaps, value: target, onchange: (next) => { view.target = next; } });
    },
    target: ({ target: { kind, index, at } }) => ({ kind, index, at }),
    named: (target, { answer }) => PG.bertTarget.named(target, answer.tokens.texts[target.at]),
    cell: ({ layer, first }, i) => `${layer} ${first < 0 ? -1 : first + i}`,
    count: ({ layers, heads }) => layers * (heads + 1),
    isHead: (place) => !place.endsWith('-1'),
  };

  PG.bertTab({ key: 'edit', label: W.label, draw: (host, room) => PG.altering(host, room, BERT) });
})();
