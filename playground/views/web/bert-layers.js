// The view "Layer by layer" of the BERT room: every layer read with the model's own head, and the tokens on a map.
(() => {
  const { el } = PG;
  const W = {
    label: { en: 'Layers', zh: '各层' },
    spots: { en: 'Token to read', zh: '要看的词元' },
    reading: { en: 'Reading the layers', zh: '正在逐层读取' },
    nohead: {
      en: 'This model was fine-tuned: its head for words was replaced, so its layers cannot be read as words. Its tokens can still be mapped.',
      zh: '这个模型经过微调，预测词的头已被换掉，无法把各层读成词；但词元的分布图仍然可看。',
    },
    open: { en: 'Nothing is hidden here: the model can see this token.', zh: '这里没有隐藏：模型看得见这个词元。' },
    note: {
      en: 'Each row hands the token’s vector after that layer to the model’s own head for words, as if the model stopped there. '
        + 'The head was trained for the last layer only: what it says of earlier ones is a reading, not an answer of the model.',
      zh: '每一行把该层之后这个词元的向量交给模型自己的词预测头，就像模型到此为止。这个头只为最后一层训练过：对前面各层，它给出的只是一种读法，不是模型的回答。',
    },
  };
  const MAP = { plane: 'bert/plane', unfold: 'bert/unfold', special: { en: 'with special tokens', zh: '包括特殊词元' } };

  // ---- which token: the pieces in reading order
  const spots = (room, onPick) => {
    const { texts, special } = room.answer.tokens, gaps = new Set((room.answer.fills || []).map(({ position }) => position));
    const button = (text, at) => el('button', {
      class: `spot mono${special[at] ? ' special' : ''}${gaps.has(at) ? ' gap' : ''}`, type: 'button', 'data-at': at,
      'aria-pressed': String(at === room.layers.position), onclick: () => onPick(at),
    }, text);
    return PG.roving(el('div', { class: 'spots', role: 'group', 'aria-label': W.spots }, texts.map(button)));
  };
  const press = (host, at) => host.querySelectorAll('.spot').forEach((one) => one.setAttribute('aria-pressed', String(Number(one.dataset.at) === at)));

  const lens = (host, room) => {
    let seen = null;
    const panel = PG.panel({
      title: W.reading, read: W.note,
      tools: {
        CSV: () => seen && PG.save('lens.csv', PG.lens.table(seen), 'text/csv;charset=utf-8'),
        SVG: () => seen && PG.svgFile('lens.svg', body), PNG: () => seen && PG.pngFile('lens.png', body),
      },
    });
    const gaps = new Set((room.answer.fills || []).map(({ position }) => position));
    const body = PG.lens.joined(el('div', { class: 'lens' }));
    const choose = (at) => {
      Object.assign(room.layers, { position: at, picked: true });
      room.layers.tell?.(at);
      look();
    };
    const draw = () => {
      if (!seen) return;
      panel.set(PG.lens.finding(seen));
      panel.setRead(gaps.has(seen.position) ? W.note : [W.note, ' ', W.open]);
      panel.setSource(PG.lens.about(seen, room.answer.model.name));
      PG.fill(body, PG.lens.words(seen), PG.lens.curves(seen, body.clientWidth), PG.lens.apart(seen) ? PG.lens.dashed(seen) : null);
    };
    const picker = spots(room, choose), look = async () => {
      press(picker, room.layers.position);
      const turn = (room.layers.turn = {}), said = await PG.ask('bert/lens', { ...room.asked, position: room.layers.position });
      if (turn !== room.layers.turn) return;
      if (said.wrong) { seen = null; PG.fill(body, PG.notice('wrong', said.wrong)); return; }
      seen = said;
      draw();
    };
    body.pgDraw = draw;
    PG.watchWidth(body, draw);
    panel.body.append(picker, body);
    host.append(panel.root);
    room.layers.read = choose;
    look();
  };
  PG.on('theme', () => document.querySelectorAll('.lens').forEach((one) => one.isConnected && one.pgDraw?.()));

  // Keeps the token the reader chose while the text stays the same; else the first gap, or the first word.
  const settle = (room) => {
    const { text, pair } = room.asked, { tokens, fills } = room.answer, key = JSON.stringify([text, pair, tokens.texts.length]);
    const before = room.layers || { row: null, method: 'pca', special: false };
    const gap = fills?.[0]?.position, first = Math.max(0, tokens.special.findIndex((special) => !special));
    const stays = before.key === key && before.picked;
    room.layers = { ...before, key, picked: stays, position: stays ? before.position : gap ?? first };
  };

  PG.bertTab({
    key: 'layers',
    label: W.label,
    draw(host, room) {
      settle(room);
      if ((room.answer.model.use || 'gap') === 'gap') lens(host, room);
      else host.append(PG.notice('note', W.nohead));
      const below = el('div', { class: 'layers-map' });
      host.append(below);
      PG.tokenMap(below, room, MAP);
    },
  });
})();
