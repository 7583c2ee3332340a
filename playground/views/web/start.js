// The table of contents: what the playground is, and a way into every room.
(() => {
  const { el } = PG;
  const NUMBERS = {
    en: ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten', 'Eleven', 'Twelve'],
    zh: ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二'],
  };
  const lead = (count) => {
    const en = NUMBERS.en[count] || count, zh = NUMBERS.zh[count] || count;
    return {
      en: `${en} ${count === 1 ? 'room' : 'rooms'}. In each one a real model answers, shows what happened inside, and lets you change it.`,
      zh: `${zh}个房间。每个房间里都有一个真实的模型：它给出回答，展示内部发生了什么，并让你动手改变它。`,
    };
  };
  const entry = ({ key, title, line }) => el('a', {
    class: 'toc-room', href: `?room=${key}`, onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      PG.open(key);
    },
  }, el('b', {}, title), el('span', {}, line));

  PG.widget('start', (root, { groups }) => {
    const count = groups.reduce((sum, group) => sum + group.rooms.length, 0);
    root.replaceChildren(el('div', { class: 'start' },
      el('h1', { text: { en: 'See what a neural network does, down to the last multiplication', zh: '看清神经网络的每一步，直到最后一次乘法' } }),
      el('p', { class: 'lead', text: lead(count) }),
      el('div', { class: 'toc' }, groups.map((group) => el('section', {}, el('h2', { class: 'label' }, group.title), group.rooms.map(entry))))));
  });
})();
