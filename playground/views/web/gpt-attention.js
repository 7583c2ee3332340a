// The tab "Attention" of the GPT room: every head, what lies ahead hatched, and one weight opened.
(() => {
  // Where to look first, asked once per answer: the tabs "Attention" and "Step by step" both open there.
  PG.gptLook = (room) => {
    if (room.looked?.answer !== room.answer) room.looked = { answer: room.answer, told: PG.ask('gpt/look', room.asked) };
    return room.looked.told;
  };
  // Draws once the place is known, unless another answer came meanwhile.
  PG.gptLooked = async (host, room, draw) => {
    const { answer } = room, busy = PG.busy(host, { en: 'Reading the attention weights', zh: '正在读取注意力权重' });
    const told = await PG.gptLook(room);
    busy.done?.();
    if (answer !== room.answer || !host.isConnected) return;
    host.replaceChildren();
    if (told.wrong) host.append(PG.notice('wrong', told.wrong)); else draw(told);
  };

  PG.gptTab({
    key: 'attention',
    label: { en: 'Attention', zh: '注意力' },
    draw(host, room) {
      const { asked, answer: { tokens: { texts, special }, model: { width, name, kind } } } = room;
      room.picture?.stop();
      room.attentionKept ||= {};
      const scaled = kind === 'gpt_neo' ? 'q·k' : `q·k / √${width}`;
      PG.gptLooked(host, room, (shape) => {
        room.picture = PG.attention(host, { ...shape, texts, special, segments: texts.map(() => 0) }, {
          keep: room.attentionKept,
          stream: (take, first, signal) => PG.stream('gpt/attention', { ...asked, first }, take, signal),
          open: (place) => PG.ask('gpt/arithmetic', { ...asked, ...place }),
          source: {
            en: `softmax(${scaled}) over what may be seen, float32 · ${name} · read from one forward pass`,
            zh: `对可见部分做 softmax(${scaled})，float32 · ${name} · 来自一次前向计算`,
          },
        });
      });
    },
  });
})();
