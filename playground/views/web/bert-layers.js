// The view "Layer by layer" of the BERT room: every layer read with the model's own head, and the tokens on a map.
(() => {
  const { el } = PG;
  const W = {
    label: { en: 'Layers', zh: '各层' },
    spots: { en: 'Token to read', zh: '要看的词元' },
    reading: { en: 'Reading the layers', zh: '正在逐层读取' },
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

  // What is read of every layer: the words at a token, or what a fine-tuned head says (see bert-heard.js).
  // {verb, file, picks: whether of one token; body() -> element; draw(said, body, room); table, title, read, source (said, room)}
  const LENS = {
    verb: 'bert/lens', file: 'lens', picks: () => true,
    body: () => PG.lens.joined(el('div', { class: 'lens' })),
    draw: (seen, body) => PG.fill(body, PG.lens.words(seen), PG.lens.curves(seen, body.clientWidth), PG.lens.apart(seen) ? PG.lens.dashed(seen) : null),
    table: (seen) => PG.lens.table(seen), title: (seen) => PG.lens.finding(seen),
    read: ({ position }, room) => ((room.answer.fills || []).some((fill) => fill.position === position) ? W.note : [W.note, ' ', W.open]),
    source: (seen, room) => PG.lens.about(seen, room.answer.model.name),
  };

  const reader = (host, room, kind) => {
    let seen = null;
    const panel = PG.panel({
      title: W.reading,
      tools: {
        CSV: () => seen && PG.save(`${kind.file}.csv`, kind.table(seen, room), 'text/csv;charset=utf-8'),
        SVG: () => seen && PG.svgFile(`${kind.file}.svg`, body), PNG: () => seen && PG.pngFile(`${kind.file}.png`, body),
      },
    });
    const body = kind.body(), picks = kind.picks(room);
    const choose = (at) => {
      Object.assign(room.layers, { position: at, picked: true });
      room.layers.tell?.(at);
      look();
    };
    const draw = () => {
      if (!seen) return;
      panel.set(kind.title(seen, room));
      panel.setRead(kind.read(seen, room));
      panel.setSource(kind.source(seen, room));
      kind.draw(seen, body, room);
    };
    const picker = picks ? spots(room, choose) : null, look = async () => {
      const { position } = room.layers;
      if (picks) press(picker, position);
      const turn = (room.layers.turn = {}), said = await PG.ask(kind.verb, { ...room.asked, position: picks ? position : 0 });
      if (turn !== room.layers.turn) return;
      if (said.wrong) { seen = null; PG.fill(body, PG.notice('wrong', said.wrong)); return; }
      seen = said;
      draw();
    };
    body.pgDraw = draw;
    PG.watchWidth(body, draw);
    panel.body.append(...[picker, body].filter(Boolean));
    host.append(panel.root);
    room.layers.read = picks ? choose : null;
    look();
  };
  PG.on('theme', () => document.querySelectorAll('.lens').forEach((one) => one.isConnected && one.pgDraw?.()));

  // Keeps the token the reader chose while the text stays the same; else the first gap, name or word.
  const settle = (room) => {
    const { text, pair } = room.asked, { tokens, fills, said } = room.answer, key = JSON.stringify([text, pair, tokens.texts.length]);
    const before = room.layers || { row: null, method: 'pca', special: false };
    const name = said?.entities?.[0], gap = fills?.[0]?.position ?? (name && said.units[name.units[0]].first);
    const first = Math.max(0, tokens.special.findIndex((special) => !special));
    const stays = before.key === key && before.picked;
    room.layers = { ...before, key, picked: stays, position: stays ? before.position : gap ?? first };
  };

  PG.bertTab({
    key: 'layers',
    label: W.label,
    draw(host, room) {
      settle(room);
      reader(host, room, (room.answer.model.use || 'gap') === 'gap' ? LENS : PG.bertHeard);
      const below = el('div', { class: 'layers-map' });
      host.append(below);
      PG.tokenMap(below, room, MAP);
    },
  });
})();
