// The view "Edit and run again" of the GPT room: heads, attentions, feed-forwards, layers, neurons and tokens changed, and what
// becomes of the next token. Below: the neurons that matter most, and what every part adds to the logit (gpt-edit-parts.js).
(() => {
  const W = {
    label: { en: 'Edit', zh: '修改' },
    start: { en: 'Switch off a head, a neuron or a layer, or change a token, and see what becomes of the next one', zh: '关掉一个头、一个神经元或一层，或换一个词元，看下一个词元怎么变' },
    read: {
      en: 'What is off adds nothing to its token (or, if you choose so, what it adds on average over this text); a layer that is off passes its input on. '
        + 'The model itself stays as it is: the changes live in your question alone.',
      zh: '关掉的部分不再给词元添加任何东西（也可以选择：只添加它在这段文字上的平均值）；关掉的层把输入原样传下去。模型本身不变：修改只存在于你的这次提问中。',
    },
    hint: { en: 'rows: layers; columns: heads, all of the attention, feed-forward', zh: '行：层；列：头、整个注意力、前馈' },
    fill: { en: 'What is off gives', zh: '关掉后给出' },
    zero: { en: 'nothing', zh: '零' },
    mean: { en: 'its mean over this text', zh: '它在这段文字上的平均' },
    watch: { en: 'for', zh: '针对' },
    tokens: { en: 'Tokens', zh: '词元' },
    wipe: { en: 'Delete it', zh: '删去它' },
    attn: { en: 'attn', zh: '注意力' },
    mlp: { en: 'MLP', zh: '前馈' },
    cut: { en: 'The text grew too long: its beginning was left out, tokens: ', zh: '文字变得太长，开头被略去的词元数：' },
  };
  const MORE = [
    { key: 'attentions', label: W.attn, name: (layer) => ({ en: `Layer ${layer + 1}, all of the attention`, zh: `第 ${layer + 1} 层，整个注意力` }) },
    { key: 'mlps', label: W.mlp, name: (layer) => ({ en: `Layer ${layer + 1}, feed-forward (MLP)`, zh: `第 ${layer + 1} 层，前馈（MLP）` }) },
  ];
  // A cell of the board: -1 the layer, then heads, then MORE.
  const pick = (view, layer, place) => {
    const extra = MORE[place - view.answer.heads], { edits } = view;
    if (!extra || edits.layers.includes(layer)) return view.pick(layer, place);
    return view.change({ ...edits, [extra.key]: PG.alterings.toggled(edits[extra.key], layer) });
  };
  const chips = ({ texts, surfaces }) => texts.map((text, at) => ({ text, at, value: surfaces[at].trim() || text, hidden: false, typed: false }));

  const GPT = {
    key: 'gptedit', edit: 'gpt/edit', sweep: 'gpt/sweep', start: W.start, read: W.read, hint: W.hint,
    none: { heads: [], scores: [], attentions: [], mlps: [], layers: [], neurons: [], unseen: [], tokens: [], mean: false },
    ofText: { tokens: [], unseen: [] },
    forgotten: { found: null, shares: null },
    same: (one, other) => ['text', 'more', 'start', 'chat'].every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name])),
    watched: ({ target }) => (target ? { target: target.id } : {}),

    source: (name) => ({
      en: `softmax over the whole vocabulary before and after, float32 · ${name} · heads: the head’s part of what enters the output projection; `
        + 'neurons: of what enters the last map of the feed-forward; tokens nobody looks at: attention mask',
      zh: `前后都对整个词表做 softmax，float32 · ${name} · 头：进入输出投影的那一部分；神经元：进入前馈最后一个映射的那一项；谁也不看的词元：注意力掩码`,
    }),
    setting: (view) => PG.choice({
      label: W.fill, value: view.edits.mean ? 'mean' : 'zero', options: ['zero', 'mean'].map((key) => ({ key, label: W[key] })),
      onchange: (key) => view.change({ ...view.edits, mean: key === 'mean' }),
    }).root,
    grid: (view) => PG.editGrid(view.answer, view.edits, view.sweep, (layer, place) => pick(view, layer, place), MORE),
    words: (view) => [
      PG.editWords(chips(view.answer.tokens), view.edits, view.picked, view.hooks('tokens'), { list: 'tokens', label: W.tokens, wipe: [W.wipe, ''] }),
      view.answer.cut ? PG.notice('cut', [W.cut, String(view.answer.cut)]) : null,
    ],

    tags({ edits, answer }) {
      const token = (at) => answer?.tokens.texts[at] || '…';
      return PG.editTags(edits, {
        attentions: (layer) => ({ en: `attention of layer ${layer + 1} off`, zh: `第 ${layer + 1} 层注意力关闭` }),
        mlps: (layer) => ({ en: `MLP of layer ${layer + 1} off`, zh: `第 ${layer + 1} 层前馈关闭` }),
        neurons: ([layer, index]) => ({ en: `neuron ${layer + 1}.${index} off`, zh: `神经元 ${layer + 1}.${index} 关闭` }),
        tokens: ([at, text]) => ({ en: `${token(at)} → ${text || 'nothing'}`, zh: `${token(at)} → ${text || '删去'}` }),
        unseen: (at) => ({ en: `nobody looks at ${token(at)}`, zh: `谁也不看 ${token(at)}` }),
      });
    },

    // ---- what is watched; each part off in turn
    watch(view) {
      const { choices } = view.answer;
      view.target ||= choices[0];
      const onchange = (next) => { Object.assign(view, { target: next, found: null, shares: null }); view.run(); };
      return PG.gptTarget.select({ label: W.watch, asked: view.asked, choices, value: view.target, onchange });
    },
    target: ({ target }) => target.id,
    named: (target) => PG.gptTarget.quoted(target),
    cell: ({ layer, first }, i) => `${layer} ${first + i}`,
    count: ({ layers, heads }) => layers * (heads + MORE.length + 1),
    isHead: (place, { heads }) => Number(place.split(' ')[1]) < heads,
    more: (view) => PG.gptParts(view),
  };

  PG.gptTab({ key: 'edit', label: W.label, draw: (host, room) => PG.altering(host, room, GPT) });
  PG.gptEditCells = { more: MORE, pick };
})();
