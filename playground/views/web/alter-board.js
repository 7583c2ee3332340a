// What can be changed in the view "Edit and run again": a grid of layers and heads, and the words of a text.
(() => {
  const { el, icon, t } = PG;
  const W = {
    grid: { en: 'Layers and heads', zh: '层与头' },
    layer: { en: 'layer', zh: '层' },
    gap: { en: 'This is the gap: hide or show words at the left.', zh: '这是空：请在左侧隐藏或显示词。' },
    words: { en: 'Words', zh: '词' },
    click: { en: 'click a word to change it', zh: '点击一个词来修改' },
    put: { en: 'Put in', zh: '换上' },
    mask: { en: 'Mask it', zh: '遮住它' },
    blind: { en: 'Nobody looks at it', zh: '谁也不看它' },
    look: { en: 'Look at it again', zh: '重新看它' },
    back: { en: 'Put back', zh: '还原' },
    other: { en: 'another word', zh: '换一个词' },
    without: { en: 'without it: ', zh: '没有它：' },
    gone: { en: 'removed', zh: '已删去' },
  };
  const named = (layer, head) => (head < 0
    ? { en: `Layer ${layer + 1}`, zh: `第 ${layer + 1} 层` }
    : { en: `Layer ${layer + 1}, head ${head + 1}`, zh: `第 ${layer + 1} 层，第 ${head + 1} 个头` });
  PG.editName = named;

  // ---- the grid. edits: see alter.js; sweep: {rule, chance, cells: Map('layer head' -> {change, chance})} or null
  // `more`: [{key, label, name}], lists of edits with a column of their own behind the heads.
  const state = (edits, layer, head, extra) => {
    if (edits.layers.includes(layer)) return { off: true };
    if (extra) return { off: edits[extra.key].includes(layer) };
    const of = (list) => list.find(([l, h]) => l === layer && h === head)?.[2];
    return { factor: of(edits.heads), temperature: of(edits.scores) };
  };
  const sign = ({ off, factor, temperature }, head, extra) => {
    if (off) return head < 0 || extra ? '×' : '';
    if (head < 0) return '';
    if (factor === 0) return '×';
    return [factor === undefined ? '' : `${factor}·`, temperature === undefined ? '' : `T${temperature}`].join(' ').trim();
  };
  const describe = ({ off, factor, temperature }) => {
    if (off || factor === 0) return { en: 'switched off', zh: '已关闭' };
    const said = [
      factor === undefined ? null : { en: `output × ${factor}`, zh: `输出 × ${factor}` },
      temperature === undefined ? null : { en: `scores ÷ ${temperature}`, zh: `分数 ÷ ${temperature}` },
    ].filter(Boolean);
    return said.length ? { en: said.map(({ en }) => en).join(', '), zh: said.map(({ zh }) => zh).join('，') } : { en: 'as it is', zh: '未改动' };
  };
  const tint = (sweep) => {
    const most = Math.max(1e-9, ...[...sweep.cells.values()].map(({ change }) => Math.abs(change))), ramp = PG.ramp('--signed');
    return (change) => ramp(.5 + .42 * (change / most));
  };
  PG.editGrid = ({ layers, heads }, edits, sweep, onPick, more = []) => {
    const colour = sweep?.cells.size ? tint(sweep) : null;
    const cell = (layer, head) => {
      const extra = more[head - heads], now = state(edits, layer, head, extra), where = extra ? extra.name(layer) : named(layer, head);
      const off = now.off || (head >= 0 && now.factor === 0), seen = sweep?.cells.get(`${layer} ${head}`);
      const back = colour && seen ? colour(seen.change) : null, touched = off || sign(now, head, extra);
      const tip = (event) => PG.tip(event, el('b', {}, where), el('span', {}, describe(now)),
        seen ? el('span', {}, W.without, `${PG.editShare(sweep.chance, sweep.rule)} → ${PG.editShare(seen.chance, sweep.rule)} (${PG.editPoints(seen.change, sweep.rule)})`) : null);
      return el('button', {
        class: `alter-cell${head < 0 ? ' whole' : ''}${off ? ' off' : ''}${touched && !off ? ' touched' : ''}`, type: 'button',
        'aria-pressed': String(Boolean(touched)), 'aria-label': () => `${t(where)}: ${t(describe(now))}`,
        'data-place': `${layer} ${head}`, style: back && { background: PG.str(back), color: PG.inkOn(back) },
        onclick: () => onPick(layer, head), onmousemove: tip, onmouseleave: PG.untip,
      }, sign(now, head, extra) || (head < 0 ? String(layer + 1) : ''));
    };
    const line = (layer) => [cell(layer, -1), ...Array.from({ length: heads + more.length }, (_, head) => cell(layer, head))];
    const numbers = Array.from({ length: heads }, (_, head) => el('span', { class: 'alter-axis', text: String(head + 1) }));
    const axis = [el('span', { class: 'alter-axis first' }, W.layer), numbers, more.map(({ label }) => el('span', { class: 'alter-axis' }, label))];
    const style = { 'grid-template-columns': `3rem repeat(${heads}, minmax(1.25rem, 3.25rem))${more.map(() => ' minmax(2.75rem, 3.25rem)').join('')}` };
    return el('div', { class: 'alter-grid-box' },
      el('div', { class: 'alter-grid', style, 'aria-hidden': 'true' }, axis),
      PG.roving(el('div', { class: 'alter-grid', style, role: 'group', 'aria-label': W.grid }, Array.from({ length: layers }, (_, layer) => line(layer)))));
  };

  // ---- each change in words, with the edits that are left without it; `say`: how a room names changes that are its own
  const point = (layer, head) => `${layer + 1}.${head + 1}`;
  const TAGS = {
    layers: (layer) => ({ en: `layer ${layer + 1} off`, zh: `第 ${layer + 1} 层关闭` }),
    heads: ([layer, head, factor]) => (factor ? { en: `head ${point(layer, head)} × ${factor}`, zh: `头 ${point(layer, head)} × ${factor}` }
      : { en: `head ${point(layer, head)} off`, zh: `头 ${point(layer, head)} 关闭` }),
    scores: ([layer, head, value]) => ({ en: `head ${point(layer, head)}, temperature ${value}`, zh: `头 ${point(layer, head)}，温度 ${value}` }),
  };
  PG.editTags = (edits, say) => Object.entries({ ...TAGS, ...say }).flatMap(([name, tell]) => edits[name].map((entry) => [
    tell(entry), { ...edits, [name]: edits[name].filter((one) => one !== entry) },
  ]));

  // ---- the words: chips {text, at, hidden, typed, value: what to type over}. hooks: replace(at, text | null), blind(at), pick(at | null);
  // wipe: [label, text] of the button that takes a word away
  const form = (chip, now, edits, hooks, wipe) => {
    const blind = edits.unseen.includes(chip.at);
    const send = () => hooks.replace(chip.at, input.value === (chip.value ?? chip.text) ? null : input.value);
    const input = el('input', {
      class: 'cell mono', type: 'text', dir: 'auto', maxlength: 200, 'aria-label': W.other, value: now ?? chip.value ?? chip.text, spellcheck: 'false',
      onkeydown: (event) => {
        if (event.isComposing) return;
        if (event.key === 'Enter') send();
        if (event.key === 'Escape') hooks.pick(null);
      },
    });
    const button = (text, onclick, sign) => el('button', { class: 'btn', type: 'button', onclick }, sign ? icon(sign) : null, text);
    return el('div', { class: 'alter-form' }, input, button(W.put, send, 'check'), button(wipe[0], () => hooks.replace(chip.at, wipe[1])),
      button(blind ? W.look : W.blind, () => hooks.blind(chip.at)),
      now === undefined ? null : button(W.back, () => hooks.replace(chip.at, null), 'again'));
  };
  PG.editWords = (chips, edits, picked, hooks, { list = 'words', label = W.words, wipe = [W.mask, '[MASK]'] } = {}) => {
    const swaps = edits[list], word = (chip) => {
      const now = swaps.find(([at]) => at === chip.at)?.[1], blind = edits.unseen.includes(chip.at);
      const text = chip.hidden || chip.typed ? el('span', { class: 'mono', text: '[MASK]' })
        : now === undefined ? chip.text : [el('s', { text: chip.text }), ' ', now ? el('b', { text: now }) : el('i', {}, W.gone)];
      const fixed = chip.hidden || chip.typed, look = `${now === undefined ? '' : ' changed'}${blind ? ' blind' : ''}${fixed ? ' fixed' : ''}`;
      return el('button', {
        class: `chip alter-chip${look}`, type: 'button', dir: 'auto', 'data-at': chip.at, disabled: fixed, title: fixed ? W.gap : blind ? W.blind : null,
        'aria-expanded': String(picked === chip.at), onclick: () => hooks.pick(picked === chip.at ? null : chip.at),
      }, text);
    };
    const open = chips.find(({ at }) => at === picked);
    return el('div', { class: 'alter-words' },
      el('div', { class: 'label-row' }, el('h4', { class: 'label', text: label }), el('span', { class: 'hint', text: W.click })),
      el('div', { class: 'chips' }, chips.map(word)), open ? form(open, swaps.find(([at]) => at === open.at)?.[1], edits, hooks, wipe) : null);
  };
})();
