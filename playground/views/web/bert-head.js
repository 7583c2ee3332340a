// The tab "Step by step" of the BERT room: one attention head opened, and the way of a token to the words.
(() => {
  PG.bertTab({
    key: 'head',
    label: { en: 'Step by step', zh: '逐步计算' },
    draw(host, room) {
      const { asked, answer: { attention, tokens: { texts, special }, model: { width, name } }, mode } = room;
      room.headPicture?.stop();
      room.headKept ||= {};
      room.headPicture = PG.head(host, { ...attention, texts, special, width }, {
        keep: room.headKept,
        ask: (place, take, signal) => PG.stream('bert/head', { ...asked, ...place }, take, signal),
        term: (place, step, row, column) => PG.ask('bert/head_term', { ...asked, ...place, step, row, column }),
        words: mode === 'gap' ? (place, take) => PG.stream('bert/head_words', { ...asked, ...place }, take) : null,
        open: { en: 'BERT hides nothing (only padding would be): every token may look at every other',
          zh: 'BERT 不遮住任何词元（只会遮填充）：每个词元都能看所有词元' },
        source: {
          en: `recomputed in float64 from the weights and from what each layer read in one forward pass, held against the model’s own float32 · ${name}`,
          zh: `用权重和一次前向计算中各层读入的数以 float64 重算，并与模型自己的 float32 结果比较 · ${name}`,
        },
      });
    },
  });
})();
