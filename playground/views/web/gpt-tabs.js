// The views inside the GPT room. Each stands in a file of its own and enters by PG.gptTab({ key, label, draw(host, room) });
// `room` = { asked, answer, mode, take(id) } and whatever a view leaves there for its neighbours, such as `picture`.
(() => {
  const known = PG.gptViews, INSIDE = { en: 'Inside', zh: '内部' };
  const ORDER = {
    write: ['next', 'tokens', 'attention', 'head', 'layers', 'mattered', 'edit', 'cache', 'bertviz'],
    shots: ['next', 'tokens', 'attention', 'head', 'layers', 'mattered', 'edit'],
  };

  // The tabs of one mode; each is drawn when it is first shown and again for every new answer.
  PG.gptTabs = (room) => PG.tabs(
    ORDER[room.mode].filter((key) => known[key]).map((key) => ({
      key, label: known[key].label, draw: (host) => { if (room.answer) known[key].draw(host, room); },
    })),
    { label: INSIDE, pick: known.next ? 'next' : 'tokens' },
  );

  PG.gptTab({
    key: 'tokens',
    label: { en: 'Tokens', zh: '词元' },
    draw: (host, { answer }) => PG.tokens(host, answer.tokens, answer.chips, { causal: true }),
  });

  PG.gptTab({
    key: 'bertviz',
    label: 'BertViz',
    draw(host, { asked, picture }) {
      const layer = picture?.view.layer ?? 0;
      PG.bertviz(host, (view) => PG.ask('gpt/bertviz', { ...asked, view, layer }));
    },
  });
})();
