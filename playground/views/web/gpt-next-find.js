// Any token of the vocabulary: its place, its probability, and what took it out.
(() => {
  const { el } = PG;
  const W = {
    find: { en: 'Find any token', zh: '查找任意词元' },
    hint: { en: 'or #number', zh: '或 #编号' },
    none: { en: 'No token is written like this; it would be several.', zh: '没有这样写的词元；它会被拆成几个。' },
  };
  const WAIT = 200;  // ms after the last key

  // {ask(text) -> Promise, onTake(id), onLook(row), text} -> {root, again()}
  PG.gptNextFind = ({ ask, onTake, onLook, text, keep }) => {
    const list = el('ol', { class: 'next-found' });
    const input = el('input', {
      class: 'cell mono', type: 'search', maxlength: 60, spellcheck: 'false', autocomplete: 'off', 'aria-label': W.find,
      oninput: () => { keep(input.value); clearTimeout(input.pgLater); input.pgLater = setTimeout(again, WAIT); },
    });
    input.value = text || '';
    const row = (found) => el('li', {}, el('button', {
      class: `next-hit${found.cut ? ' cut' : ''}`, type: 'button', onclick: (event) => onTake(found.id, event),
      onpointerenter: () => onLook(found), onfocus: () => onLook(found),
    },
    el('span', { class: 'mono next-hit-name', text: found.label }),
    el('span', { class: 'next-hit-facts' },
      { en: `place ${PG.countText(found.place)}, `, zh: `第 ${PG.countText(found.place)} 位，` }, PG.chance(found.raw)),
    el('span', { class: 'next-hit-why' }, found.why || { en: `kept: ${PG.chance(found.final)} in the end`, zh: `保留：最终 ${PG.chance(found.final)}` })));
    let turn = 0;
    const again = async () => {
      const mine = ++turn;
      if (!input.value) return list.replaceChildren();
      const said = await ask(input.value);
      if (mine !== turn || !said) return null;
      if (said.wrong) return PG.fill(list, el('li', {}, PG.notice('wrong', said.wrong)));
      return PG.fill(list, said.rows.length ? said.rows.map(row) : el('li', { class: 'hint' }, W.none));
    };
    const caption = el('div', { class: 'label-row' }, el('span', { class: 'label' }, W.find), el('span', { class: 'hint' }, W.hint));
    return { root: el('div', { class: 'next-find' }, caption, input, list), again };
  };
})();
