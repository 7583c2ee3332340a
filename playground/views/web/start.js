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

  const SAME = { en: 'The same in every room', zh: '每个房间都一样' };
  const GESTURES = [
    [{ en: 'Point', zh: '指向' }, { en: 'at anything in a picture to read its exact value.', zh: '图中任意一处，读出它的精确数值。' }],
    [{ en: 'Click', zh: '点击' }, { en: 'a number to open the arithmetic that made it, down to the products.', zh: '一个数，展开得出它的计算，直到每个乘积。' }],
    [{ en: 'Arrow keys', zh: '方向键' }, { en: 'walk through layers, heads, maps and numbers.', zh: '在层、头、特征图和数之间移动。' }],
    [{ en: 'Take it with you', zh: '带走' }, {
      en: 'every picture as SVG or PNG, every number as CSV or for NumPy, every question as a link.',
      zh: '图存为 SVG 或 PNG，数存为 CSV 或 NumPy 文件，问题存为链接。',
    }],
  ];
  const gesture = ([name, text]) => el('li', {}, el('b', {}, name), el('span', {}, text));

  PG.widget('start', (root, { groups }) => {
    const count = groups.reduce((sum, group) => sum + group.rooms.length, 0);
    root.replaceChildren(el('div', { class: 'start' },
      el('h1', { text: { en: 'See what a neural network does, down to the last multiplication', zh: '看清神经网络的每一步，直到最后一次乘法' } }),
      el('p', { class: 'lead', text: lead(count) }),
      el('div', { class: 'toc' }, groups.map((group) => el('section', {}, el('h2', { class: 'label' }, group.title), group.rooms.map(entry)))),
      el('section', { class: 'same' }, el('h2', { class: 'label' }, SAME), el('ul', {}, GESTURES.map(gesture)))));
  });
})();
