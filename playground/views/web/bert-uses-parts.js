// The furniture of the fine-tuned uses: the row of tasks, each with its little picture, and what a model's card says.
(() => {
  const { el, svg } = PG;

  // ---- which vectors are read, as a sign: tokens below, the encoder, a vector for each, the read ones filled
  const SHAPES = {  // second text starts at; read
    single: { seam: 9, read: [0] },
    pair: { seam: 4, read: [0] },
    answer: { seam: 3, read: [4, 6] },
    tags: { seam: 9, read: [1, 2, 3, 4, 5, 6, 7] },
  };
  const sign = (key) => {
    const { seam, read } = SHAPES[key], x = (i) => 6 + i * 11 + (i >= seam ? 5 : 0), on = (i) => read.includes(i);
    const all = [...Array(8).keys()];
    return svg('svg', { class: 'use-sign', viewBox: '0 0 94 46', 'aria-hidden': 'true' },
      all.map((i) => svg('rect', { class: i ? 'token' : 'token first', x: x(i) - 4, y: 37, width: 8, height: 7, rx: 1.5 })),
      svg('rect', { class: 'body', x: 1, y: 21, width: 92, height: 11, rx: 3 }),
      all.map((i) => svg('circle', { class: on(i) ? 'vector on' : 'vector', cx: x(i), cy: 14, r: 2.75 })),
      read.map((i) => svg('path', { class: 'up', d: `M${x(i)} 9.5V3` })));
  };

  // PG.bertUseRow([{key, name, say}], label, onPick(key)) -> {root, pick(key)}
  PG.bertUseRow = (tasks, label, onPick) => {
    const buttons = tasks.map(({ key, name, say }) => el('button', { class: 'use-task', type: 'button', 'data-key': key, onclick: () => onPick(key) },
      sign(key), el('span', {}, el('b', {}, name), el('span', { class: 'hint' }, say))));
    const pick = (key) => buttons.forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.key === key)));
    return { root: el('div', { class: 'use-tasks', role: 'group', 'aria-label': label }, buttons), pick };
  };

  // ---- the card of an embedded model
  const NAMES = {
    accuracy: { en: 'right', zh: '正确' }, 'entity F1': { en: 'F1 of whole names', zh: '整个名称的 F1' }, precision: { en: 'precision', zh: '精确率' },
    recall: { en: 'recall', zh: '召回率' }, 'exact match': { en: 'exactly right', zh: '完全正确' }, 'word F1': { en: 'F1 of words', zh: '词的 F1' },
  };
  const HEADS = {
    accuracy: (v) => ({ en: `${v} right on the test part`, zh: `测试集上 ${v} 正确` }),
    'exact match': (v) => ({ en: `${v} exactly right on the test part`, zh: `测试集上 ${v} 完全正确` }),
    'entity F1': (v) => ({ en: `F1 of ${v} on the names of the test part`, zh: `测试集上名称的 F1 为 ${v}` }),
  };
  const PARTS = {
    test: { en: 'test', zh: '测试集' }, dev: { en: 'development', zh: '开发集' }, 'shipped part': { en: 'the part that ships', zh: '随附的部分' },
    'posts, WNUT 2017 test': { en: 'posts (WNUT 2017)', zh: '网帖（WNUT 2017）' },
    'with an answer': { en: 'questions with an answer', zh: '有答案的问题' }, 'without an answer': { en: 'questions without', zh: '无答案的问题' },
  };
  const split = (name) => {
    const [, what, part] = /^(.*?)(?: \((.*)\))?$/.exec(name);
    return [NAMES[what] || what, PARTS[part] || part || ''];
  };
  const share = (value) => (value <= 1 ? `${(100 * value).toFixed(1)} %` : String(value));
  const main = (results) => Object.keys(results).find((name) => name.includes('(test)')) || Object.keys(results)[0];
  const headline = (results) => {
    const name = main(results), [what] = split(name), value = share(results[name]), said = HEADS[name.replace(' (test)', '')];
    return said ? said(value) : () => `${PG.t(what)}: ${value}`;
  };
  const TRAINED = { en: 'Tuned on', zh: '微调数据' }, OWN = { en: 'Weights of its own', zh: '自己的权重' }, COMMAND = { en: 'Command', zh: '命令' };

  // card: {results, data, notes, command, own}
  PG.bertUseCard = ({ results, data, notes, command, own, parameters }, label) => {
    const line = (name) => { const [what, part] = split(name); return el('li', {}, el('span', {}, what, ' ', el('span', { class: 'hint' }, part)), el('b', { text: share(results[name]) })); };
    const source = ({ name, licence }) => el('li', {}, el('span', { text: name }), el('span', { class: 'hint', text: licence }));
    const weights = own ? { en: `${own.toLocaleString('en')} of ${parameters.toLocaleString('en')}`, zh: `${parameters.toLocaleString('en')} 个中的 ${own.toLocaleString('en')} 个` } : null;
    return el('details', { class: 'use-card' },
      el('summary', { 'aria-label': label }, el('span', {}, headline(results))),
      el('ul', { class: 'use-figures' }, Object.keys(results).map(line)),
      el('div', { class: 'label' }, TRAINED), el('ul', { class: 'use-figures' }, data.map(source)),
      weights ? [el('div', { class: 'label' }, OWN), el('p', { class: 'hint' }, weights)] : null,
      el('div', { class: 'label' }, COMMAND), el('p', { class: 'mono hint', text: command }),
      notes ? el('p', { class: 'hint', lang: 'en', text: notes }) : null);
  };
})();
