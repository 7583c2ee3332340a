// From layer to layer and on to the words: one token's vector after every layer, and how the last one is read.
(() => {
  const { el } = PG;
  const POSED = {
    en: 'The model was trained to be read at gaps; other tokens can be read the same way.', zh: '模型是在空格处训练读出的；别的词元也可以同样读出。',
  };

  PG.headWords = (head) => {
    const { stage, token, strongest, row } = PG.headParts, spell = PG.headSpell(), answer = el('div', { class: 'head-words' }), said = el('span', {});
    const state = { data: null, word: 0, asked: '', turn: 0 };
    const layers = () => state.data.arrays.states.shape[0];
    const norm = () => (state.data.head.centred === false ? 'RMSNorm' : 'LayerNorm');
    // What the output head makes of the last layer: BERT has all three, GPT the normalisation alone, OPT may make it narrower.
    const after = () => ['dense', 'active', 'normed', 'narrow'].filter((name) => state.data.arrays[name]);
    const vectors = () => {
      const { states } = state.data.arrays;
      return [...Array.from({ length: layers() }, (_, i) => row(states, i)), ...after().map((name) => state.data.arrays[name])];
    };
    const title = (name) => ({
      dense: { en: 'dense', zh: '全连接' }, active: state.data.head.activation, normed: norm(), narrow: { en: 'narrower', zh: '变窄' } })[name];
    const rows = () => [
      { text: { en: 'embedding', zh: '嵌入' }, mono: false },
      ...Array.from({ length: layers() - 1 }, (_, i) => ({ text: { en: `layer ${i + 1}`,
        zh: `第 ${i + 1} 层` }, mono: false, cls: i === head.view.layer ? 'accent' : '', bold: i === head.view.layer })),
      ...after().map((name, i, all) => ({ text: title(name), mono: false, gap: i ? 0 : .5,
        ...(i + 1 === all.length ? { bold: true, cls: 'ink' } : {}) })),
    ];
    const tell = ({ row: i, column }) => {
      const all = vectors(), n = layers(), v = all[i][column];
      if (i < n) {
        spell.say(i ? { en: `Number ${column + 1} after layer ${i}`,
          zh: `第 ${i} 层之后的第 ${column + 1} 个数` } : { en: `Number ${column + 1} of the input embedding`,
          zh: `输入嵌入的第 ${column + 1} 个数` },
          spell.line(PG.b(PG.fixed(v, 4), 'result')));
      } else more[after()[i - n]](column, v);
    };
    const more = {
      dense: (j) => spell.ask({ en: `Number ${j + 1} of the dense map: last layer · weights + bias`, zh: `全连接的第 ${j + 1} 个数：最后一层 · 权重 + 偏置` },
        `dense ${head.view.query} ${j}`, () => head.options.term(head.place(), 'dense', 0, j)),
      active: (j) => {
        const { arrays, head: { activation } } = state.data;
        spell.say({ en: `Activation, number ${j + 1}`,
          zh: `激活，第 ${j + 1} 个数` }, PG.headActive(spell, activation, arrays.dense[j], arrays.active[j]));
      },
      normed: (j, v) => {
        const { arrays, head: { norms, centred } } = state.data, from = arrays.active || row(arrays.states, layers() - 1);
        spell.say({ en: `${norm()}, number ${j + 1}`, zh: `${norm()}，第 ${j + 1} 个数` },
          PG.headScaled(spell, from[j], norms[0], arrays.gain0[j], arrays.shift0[j], v, centred));
      },
      narrow: (j) => spell.ask({ en: `Number ${j + 1} of the narrower vector: last layer · weights`, zh: `变窄后的第 ${j + 1} 个数：最后一层 · 权重` },
        `narrow ${head.view.query} ${j}`, () => head.options.term(head.place(), 'narrow', 0, j)),
    };
    const logit = (i) => {
      state.word = i;
      const { ids, words, logits } = state.data.head;
      spell.ask([{ en: 'Score of ',
        zh: '词 ' }, PG.b(words[i], 'mono'), head.options.next ? { en: ': the last strip · the token’s own vector', zh: ' 的得分：最后一条 · 这个词元自己的向量' }
        : { en: ': the last strip · the word’s own vector + its bias', zh: ' 的得分：最后一条 · 这个词自己的向量 + 偏置' }],
        `logits ${head.view.query} ${ids[i]}`, () => head.options.term(head.place(), 'logits', 0, ids[i]), ['', ''],
        () => el('p', { class: 'spell-note' }, {
          en: `logit ${PG.fixed(logits[i], 4)}; softmax over the whole vocabulary makes ${PG.chance(state.data.head.chances[i])} of it`,
          zh: `logit ${PG.fixed(logits[i], 4)}；在整个词表上做 softmax，得到 ${PG.chance(state.data.head.chances[i])}` }));
    };
    const board = PG.headBoard({
      label: { en: 'One token after every layer, and what the output head makes of it. Arrow keys move.',
        zh: '一个词元在每层之后的样子，以及输出头的计算。方向键移动。' },
      rows,
      blocks: () => {
        const all = vectors(), sizes = all.map(PG.headMost);
        return [{ key: 'strips', columns: (i) => all[i].length, at: (i, j) => all[i][j], most: (i) => sizes[i] }];
      },
      bands: () => [{ row: head.view.layer + 1, cls: 'accent' }],
      hover: tell,
      pick: ({ row: i }) => { if (i > 0 && i < layers() && i - 1 !== head.view.layer) head.choose({ layer: i - 1, key: null }); },
    });
    const words = () => {
      const { words: labels, chances, logits, difference, gap } = state.data.head, rest = Math.max(0, 1 - chances.reduce((a, b) => a + b, 0));
      PG.fill(answer, el('div', { class: 'head-words-say' },
        el('p', { class: 'read' }, head.options.next ? { en: 'After ', zh: '在 ' } : null, token(head, head.view.query, 'c-query'),
          head.options.next ? { en: ' comes most probably ', zh: ' 之后最可能是 ' } : { en: ' is read as ', zh: ' 被读作 ' },
          PG.b(labels[0], 'mono'), `, ${PG.chance(chances[0])}. `, gap || head.options.next ? null : POSED,
          { en: ' Click a word: its score is written out below.', zh: ' 点击一个词，下面会写出它的得分。' }),
        el('p', { class: 'head-check' }, PG.icon('check'), el('span', {}, { en: 'max |recomputed − model| = ', zh: '最大 |重算 − 模型| = ' },
          el('b', { class: 'mono', text: difference.toExponential(1) }), { en: ' over the logits of the whole vocabulary',
            zh: '，比较了整个词表的 logit' }))),
      PG.bars({ labels, scores: chances, logits, rest, others: 1 }, { pick: state.word, onPick: (i) => { logit(i); words(); } }));
    };
    const draw = (width) => {
      state.width = width;
      if (!state.data) return;
      const through = after().map((name) => title(name));
      PG.fill(said, head.options.next ? {
        en: `The same token after every layer (click one to go there). The last vector${through.length ? ` goes through ${through.map(PG.t).join(', ')} and` : ''} `
          + 'is compared with every token of the vocabulary: a large product makes it a probable next one.',
        zh: `同一个词元在每一层之后的样子（点击可前往那一层）。最后一个向量${through.length ? `经过 ${through.map(PG.t).join('、')}，` : ''}再与词表中的每个词元相比：乘积越大，就越可能是下一个。`,
      } : {
        en: 'The same token after every layer (click one to go there). The last vector goes through dense, activation and LayerNorm, '
          + 'and is compared with every word of the vocabulary.',
        zh: '同一个词元在每一层之后的样子（点击可前往那一层）。最后一个向量经过全连接、激活和 LayerNorm，再与词表中的每个词相比。' });
      board.draw(width);
      words();
    };
    const load = async () => {
      const key = `${head.view.text} ${head.view.query}`;
      if (state.asked === key) { draw(state.width); return; }
      const turn = ++state.turn;
      let got = null;
      const told = await head.options.words({ query: head.view.query, layer: 0, head: 0 }, PG.frames((frame) => { got = frame; }));
      if (turn !== state.turn) return;
      if (told.wrong || !got) { PG.fill(answer, PG.notice('wrong', told.wrong || '')); return; }
      Object.assign(state, { data: got, asked: key, word: 0 });
      draw(state.width);
      logit(0);
    };
    const root = stage({ en: 'Layer after layer, on to the words', zh: '一层接一层，直到词' }, said, board.root, answer, spell.root);
    return { root, draw, arrive: load, respell: () => { if (state.data) logit(state.word); } };
  };
})();
