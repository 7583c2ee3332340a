// The BERT room: fill gaps, use it fine-tuned, fine-tune it. The way is kept in the address.
(() => {
  const W = {
    title: { en: 'fills a gap by reading both sides of it', zh: '读左右两边，把空填上' },
    lead: {
      en: 'It sees the words before and after the gap at once, and gives every word it knows a probability (masked language modelling). '
        + 'What it learned that way serves other tasks after a little fine-tuning.',
      zh: '它同时看到空格前后的词，并给认识的每个词一个概率（掩码语言模型）。这样学到的东西，稍加微调就能用于别的任务。',
    },
    gap: { en: 'Fill the gap', zh: '填空' },
    uses: { en: 'Fine-tuned uses', zh: '微调后的用途' },
    teach: { en: 'Fine-tune it yourself', zh: '自己来微调' },
    ways: { en: 'Three ways to use it', zh: '三种用法' },
  };
  PG.widget('bert', (root, value) => {
    const rooms = {}, wish = PG.query.get('bertway');
    const way = (key, room, given) => room && given && { key, label: W[key], draw: (host) => { rooms[key] = room(host, given); } };
    const ways = [way('gap', PG.bertGap, value), way('uses', PG.bertUses, value.uses), way('teach', PG.bertTeach, value.teach)].filter(Boolean);
    const first = ways.some(({ key }) => key === wish) ? wish : 'gap';
    let now = first;
    const onShow = (key) => {
      if (key === now) return;
      rooms[now]?.rest?.(); // what nobody sees does not train
      now = key;
      PG.inAddress('bertway', key, true);
    };
    PG.fill(root, PG.roomHead({ kicker: 'BERT', title: W.title, lead: W.lead, cite: 'Devlin et al. 2018' }));
    const tabs = PG.tabs(ways, { label: W.ways, pick: first, onShow });
    tabs.root.classList.add('ways-in');
    root.append(tabs.root);
    PG.on('bert-way', ({ key, model }) => { tabs.show(key); rooms[key]?.open?.(model); });
  });
})();
