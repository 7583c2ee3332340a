// The GPT room: write on, build a prompt of examples, and the story of the three papers. The way is kept in the address.
(() => {
  const W = {
    title: { en: 'writes on from whatever you give it', zh: '不管给它什么，都接着往下写' },
    lead: {
      en: 'It reads from left to right and gives every token it knows a probability to come next. One is drawn, appended, and it reads again. '
        + 'Put a few solved examples in front of a question, and it goes on in the same way: nothing is trained, the prompt alone does it.',
      zh: '它从左往右读，给认识的每个词元一个“接下来就是它”的概率；抽出一个，接在后面，再读一遍。'
        + '在问题前放几个做好的例子，它就照样往下做：没有训练，全靠提示。',
    },
    write: { en: 'Write on', zh: '接着写' },
    shots: { en: 'Few-shot prompt', zh: '少样本提示' },
    story: { en: 'GPT-1, 2, 3', zh: 'GPT-1、2、3' },
    ways: { en: 'Three ways to use it', zh: '三种用法' },
  };
  PG.widget('gpt', (root, value) => {
    const rooms = {}, wish = PG.query.get('gptway');
    const way = (key, room, given) => room && given && { key, label: W[key], draw: (host) => { rooms[key] = room(host, given); } };
    const ways = [way('write', PG.gptWrite, value), way('shots', PG.gptShots, value.shots), way('story', PG.gptStory, value.story)].filter(Boolean);
    const first = ways.some(({ key }) => key === wish) ? wish : 'write';
    let now = first;
    const onShow = (key) => {
      if (key === now) return;
      rooms[now]?.rest?.();
      now = key;
      PG.inAddress('gptway', key, true);
    };
    PG.fill(root, PG.roomHead({ kicker: 'GPT', title: W.title, lead: W.lead, cite: 'Radford et al. 2018, 2019; Brown et al. 2020' }));
    const tabs = PG.tabs(ways, { label: W.ways, pick: first, onShow });
    tabs.root.classList.add('ways-in');
    root.append(tabs.root);
    PG.on('gpt-way', ({ key, ...given }) => { tabs.show(key); rooms[key]?.open?.(given); });
  });
})();
