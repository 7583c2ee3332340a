// How the examples are laid out, and which answers are allowed.
(() => {
  const { el, fill } = PG;
  const W = {
    layout: { en: 'Layout', zh: '版式' },
    own: { en: 'my own', zh: '自定义' },
    given: { en: 'Name of the input', zh: '输入的名称' },
    answer: { en: 'Name of the answer', zh: '答案的名称' },
    raw: { en: 'Separators, letter by letter', zh: '逐字设置分隔' },
    before: { en: 'Before the input', zh: '输入之前' },
    middle: { en: 'Between input and answer (then a space)', zh: '输入与答案之间（其后有空格）' },
    after: { en: 'After the answer', zh: '答案之后' },
    below: { en: 'Below the task', zh: '任务之后' },
    allowed: { en: '4. Allowed answers', zh: '4. 允许的答案' },
    examples: { en: 'those of the examples', zh: '例子中的答案' },
    list: { en: 'my list', zh: '自己的列表' },
    free: { en: 'anything', zh: '不限' },
    each: { en: 'one on each line', zh: '每行一个' },
  };
  // Line ends are written ↵ in one-line fields, so that they can be seen and typed.
  const seen = (text) => text.replaceAll('\n', '↵').replaceAll('\t', '⇥'), meant = (text) => text.replaceAll('↵', '\n').replaceAll('⇥', '\t').replaceAll('\\n', '\n');

  const line = (label, onchange, most) => {
    const input = el('input', { type: 'text', class: 'cell', maxlength: most, spellcheck: 'false', oninput: () => onchange(input.value) });
    return { root: el('label', { class: 'shots-line' }, el('span', { class: 'hint' }, label), input), input };
  };

  // room: {state, limits, presets, typed(), act(change)}
  PG.shotsLayout = (room) => {
    const options = [...room.presets.map(({ key }) => ({ key, label: key })), { key: 'own', label: W.own }];
    const preset = PG.select({ label: W.layout, options, value: 'own', onchange: (key) => {
      const found = room.presets.find((one) => one.key === key);
      if (found) room.act((state) => { state.layout = { ...found.layout }; }); else set();
    } });
    const change = (make) => (text) => { make(text); set(true); room.typed(true); };
    const names = ['given', 'answer'].map((which) => line(W[which], change((text) => { room.state.layout = PG.shots.rename(room.state.layout, which, text); }), 60));
    const raw = ['before', 'middle', 'after'].map((part) => line(W[part], change((text) => { room.state.layout = { ...room.state.layout, [part]: meant(text) }; }), room.limits.layout));
    const below = line(W.below, change((text) => { room.state.below = meant(text); }), room.limits.layout);
    const set = () => {
      const { layout, below: under } = room.state, named = PG.shots.names(layout);
      preset.set(room.presets.find((one) => PG.shots.sameLayout(one.layout, layout))?.key || 'own');
      const put = ({ input }, text) => { if (input !== document.activeElement) input.value = text; };
      ['given', 'answer'].forEach((which, i) => put(names[i], named[which]));
      ['before', 'middle', 'after'].forEach((part, i) => put(raw[i], seen(layout[part])));
      put(below, seen(under));
    };
    set();
    const root = el('div', { class: 'shots-layout' }, preset.root, el('div', { class: 'shots-pair' }, names.map((one) => one.root)),
      el('details', { class: 'shots-raw' }, el('summary', { class: 'hint' }, W.raw), el('div', { class: 'shots-pair' }, [...raw, below].map((one) => one.root))));
    return { root, set };
  };

  PG.shotsAllowed = (room) => {
    const choice = PG.choice({
      label: W.allowed, value: room.state.list, options: [['examples', W.examples], ['own', W.list], ['free', W.free]].map(([key, label]) => ({ key, label })),
      onchange: (key) => room.act((state) => {
        if (key === 'own' && !state.labels.length) state.labels = PG.shots.answers(state);
        state.list = key;
      }),
    });
    const area = el('textarea', { rows: 2, class: 'shots-list', 'aria-label': W.allowed, spellcheck: 'false', oninput: () => { room.state.labels = area.value.split('\n'); room.typed(); } });
    const box = el('div', {}, area, el('p', { class: 'hint' }, W.each));
    const said = el('p', { class: 'hint' });
    const set = () => {
      const { state } = room;
      choice.set(state.list);
      if (area !== document.activeElement) area.value = state.labels.join('\n');
      box.hidden = state.list !== 'own';
      said.hidden = state.list !== 'examples';
      fill(said, PG.shots.answers(state).join(', '));
    };
    set();
    return { root: el('div', { class: 'shots-allowed' }, choice.root, box, said), set };
  };
})();
