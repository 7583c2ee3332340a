// The tab "Step by step" of the GPT room: one attention head opened, and the way of a token to what comes next.
(() => {
  const ROOT_MEAN = ['llama', 'mistral', 'qwen2', 'qwen3', 'smollm3'];  // kinds with RMSNorm

  PG.gptTab({
    key: 'head',
    label: { en: 'Step by step', zh: '逐步计算' },
    draw(host, room) {
      const { asked, answer: { tokens: { texts, special, ids }, model: { width, name, kind, heads } } } = room;
      room.headPicture?.stop();
      room.headKept ||= {};
      PG.gptLooked(host, room, (shape) => {
        room.headPicture = PG.head(host, { ...shape, texts, special, width, heads }, {
          keep: room.headKept,
          ask: (place, take, signal) => PG.stream('gpt/head', { ...asked, ...place }, take, signal),
          term: (place, step, row, column) => PG.ask('gpt/head_term', { ...asked, ...place, step, row, column }),
          words: (place, take) => PG.stream('gpt/head_words', { ...asked, ...place, word: ids[place.query + 1] ?? -1 }, take),
          next: true,
          turns: true,  // where nothing is turned this step hides itself
          norm: ROOT_MEAN.includes(kind) ? 'RMSNorm' : 'LayerNorm',
          open: { en: 'may be looked at: it stands before, or is the token itself', zh: '可以看：它在前面，或就是词元自己' },
          source: {
            en: `recomputed in float64 from the weights and from what each layer read in one forward pass, held against the model’s own float32 · ${name}`,
            zh: `用权重和一次前向计算中各层读入的数以 float64 重算，并与模型自己的 float32 结果比较 · ${name}`,
          },
        });
      });
    },
  });
})();
