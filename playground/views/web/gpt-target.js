// One token that may come next, to be explained or watched: chosen among the likeliest, or typed.
(() => {
  const { el } = PG;
  const W = {
    other: { en: 'another token …', zh: '其他词元……' },
    type: { en: 'Type it; its first token counts', zh: '输入它；取其第一个词元' },
    space: { en: 'with a space before it', zh: '前面加空格' },
  };
  const TYPED = 'typed', NONE = 'none';
  const quoted = ({ name }) => ({ en: `“${name}”`, zh: `“${name}”` });
  const listed = (one) => ({ key: String(one.id), label: `${one.name} · ${PG.chance(one.chance)}` });

  // value: a candidate {id, name, chance} or null; none: what to call no token, if that may be chosen.
  const select = ({ label, asked, choices, value, none, onchange }) => {
    const all = !value || choices.some(({ id }) => id === value.id) ? choices : [value, ...choices];
    const side = el('span', { class: 'target-typed', hidden: true });
    const pick = PG.select({
      label, value: value ? String(value.id) : NONE, onchange: (key) => {
        side.hidden = key !== TYPED;
        if (key === TYPED) side.querySelector('input').focus();
        else onchange(key === NONE ? null : all.find(({ id }) => String(id) === key));
      },
      options: [...(none ? [{ key: NONE, label: none }] : []), ...all.map(listed), { key: TYPED, label: W.other }],
    });
    const space = PG.check({ label: W.space, value: true });
    const said = el('span', { class: 'hint' });
    const send = async (event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      const typed = (space.get() && !/^\s/.test(event.target.value) ? ' ' : '') + event.target.value;
      const found = await PG.ask('gpt/candidate', { ...asked, typed });
      if (found.wrong) PG.fill(said, found.wrong); else onchange(found);
    };
    PG.fill(side, el('input', { class: 'cell mono', type: 'text', maxlength: 60, 'aria-label': W.type, placeholder: W.type, onkeydown: send }), space.root, said);
    pick.root.append(side);
    return pick;
  };
  PG.gptTarget = { select, quoted };
})();
