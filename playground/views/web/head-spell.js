// Sums spelled out in one line: the first products, what lies between, the last, the bias, the value.
(() => {
  const { el } = PG;
  const DELAY = 60;  // ms a pointer must rest before the server is asked
  const f = (v) => PG.fixed(v, 4);
  const factor = (v) => (v < 0 ? `(${f(v)})` : f(v));
  const signed = (v) => (v < 0 ? `\u2212 ${f(-v)}` : `+ ${f(v)}`);

  const between = (n) => ({ en: ` + … ${n.toLocaleString('en')} more …`, zh: ` + …中间 ${n.toLocaleString('en')} 项…` });
  const written = ({ first, last, between: more, bias, value, terms, largest }, names) => {
    const by = (b) => ['·', el('span', { class: names[1], text: factor(b) })];
    const begin = ([, a, b]) => [el('span', { class: names[0], text: f(a) }), by(b)];
    const next = ([, a, b]) => [a < 0 ? ' \u2212 ' : ' + ', el('span', { class: names[0], text: f(Math.abs(a)) }), by(b)];
    const plus = first.map((one, i) => (i ? next(one) : begin(one)));
    const tail = last ? [more ? between(more) : '', next(last)] : [];
    const shift = bias === null || bias === undefined ? [] : [` ${signed(bias)} `, el('span', { class: 'spell-note' }, { en: '(bias)',
      zh: '（偏置）' })];
    const big = largest.map(([at, , , p], i) => [i ? ', ' : '', `#${at + 1} `, PG.b(f(p), 'mono')]);
    return [
      el('p', { class: 'spell-sum mono' }, plus, tail, shift, ' = ', el('b', { class: 'result', text: f(value) })),
      terms > 4 ? el('p', { class: 'spell-note' }, { en: `${terms} products; the largest: `, zh: `共 ${terms} 个乘积，最大的是：` }, big) : null,
    ];
  };

  // PG.headSpell(): a place for one sum. say(title, ...lines) writes at once; ask(title, key, request, names) asks the server,
  // once per key; `names` are the classes of the two factors.
  PG.headSpell = () => {
    const root = el('div', { class: 'spell', 'aria-live': 'polite' }), known = new Map();
    let turn = 0, wait = 0;
    const put = (title, ...lines) => PG.fill(root, el('p', { class: 'spell-title' }, title), lines);
    const say = (title, ...lines) => { turn += 1; clearTimeout(wait); put(title, ...lines); };
    const show = (title, told, names, more) => (told.wrong ? put(title, PG.notice('wrong', told.wrong)) : put(title, written(told, names), more?.(told)));
    const ask = (title, key, request, names = ['', ''], more = null) => {
      const mine = ++turn;
      clearTimeout(wait);
      if (known.has(key)) { show(title, known.get(key), names, more); return; }
      root.classList.add('waiting');
      wait = setTimeout(async () => {
        const told = await request();
        if (!told.wrong) known.set(key, told);
        root.classList.remove('waiting');
        if (mine === turn) show(title, told, names, more);
      }, DELAY);
    };
    const line = (...kids) => el('p', { class: 'spell-sum mono' }, kids);
    return { root, say, ask, line };
  };
  PG.headNumbers = { f, factor, signed };
})();
