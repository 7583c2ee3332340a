// The views inside the BERT room. Each stands in a file of its own and enters by PG.bertTab({ key, label, draw(host, room) });
// `room` = { asked, answer, mode } and whatever a view leaves there for its neighbours, such as `picture`.
(() => {
  const known = PG.bertViews, INSIDE = { en: 'Inside', zh: '内部' };
  const ORDER = {
    gap: ['tokens', 'embedding', 'attention', 'head', 'mattered', 'layers', 'edit', 'pretraining', 'bertviz'],
    uses: ['tokens', 'attention', 'head', 'mattered', 'layers', 'edit'],
  };

  // The tabs of one mode; each is drawn when it is first shown and again for every new answer.
  PG.bertTabs = (room) => PG.tabs(
    ORDER[room.mode].filter((key) => known[key]).map((key) => ({
      key, label: known[key].label, draw: (host) => { if (room.answer) known[key].draw(host, room); },
    })),
    { label: INSIDE, pick: 'attention' },
  );

  PG.bertTab({
    key: 'tokens',
    label: { en: 'Tokens', zh: '词元' },
    draw: (host, { answer }) => PG.tokens(host, answer.tokens, answer.chips),
  });

  PG.bertTab({
    key: 'attention',
    label: { en: 'Attention', zh: '注意力' },
    draw(host, room) {
      const { asked, answer: { attention, tokens: { texts, special, segments }, model: { width, name } } } = room;
      room.picture?.stop();
      room.picture = PG.attention(host, { ...attention, texts, special, segments }, {
        stream: (take, first, signal) => PG.stream('bert/attention', { ...asked, first }, take, signal),
        open: (place) => PG.ask('bert/arithmetic', { ...asked, ...place }),
        source: {
          en: `softmax(q·k / √${width}), float32 · ${name} · read from one forward pass`,
          zh: `softmax(q·k / √${width})，float32 · ${name} · 来自一次前向计算`,
        },
      });
    },
  });

  PG.bertTab({
    key: 'bertviz',
    label: 'BertViz',
    draw(host, { asked, answer, picture }) {
      const layer = picture?.view.layer ?? answer.attention.pick[0];
      PG.bertviz(host, (view) => PG.ask('bert/bertviz', { ...asked, view, layer }));
    },
  });
})();
