// The pictures of "Which words mattered": the text coloured by each method, bars side by side, and how far they agree.
(() => {
  const { el, t } = PG;
  const W = {
    stopped: { en: 'stopped', zh: '已停止' },
    waiting: { en: 'waiting', zh: '等待中' },
    side: { en: 'Side by side', zh: '并排比较' },
    all: { en: 'Show all', zh: '显示全部' },
    agree: { en: 'How far they agree', zh: '它们有多一致' },
    top: { en: 'Strongest three', zh: '最强的三个' },
  };
  const EQUAL = { en: 'one of the two finds all equally strong', zh: '两者之一认为全都同样强' };
  const NOTHING = {  // why a measure says nothing
    spearman: EQUAL, kendall: EQUAL,
    common: { en: 'one of the two has no strongest three: more tie for the places than there are', zh: '两者之一没有确定的前三：并列者多于名额' },
  };
  const FEW = 24; // rows of bars before the strongest are picked

  // Words (or pieces) with what every token needs: what to show, where its number is, and whether it can be taken away.
  PG.matterUnits = ({ tokens, chips, gaps }, unit) => {
    const closed = new Set(gaps), token = (at) => ({
      key: at, at, text: tokens.texts[at], kind: tokens.special[at] ? 'special' : closed.has(at) ? 'gap' : 'open', read: (score) => score.tokens[at],
    });
    if (unit === 'tokens') return tokens.texts.map((_, at) => token(at));
    const word = (chip, i) => ({
      key: i, at: chip.pieces[0], text: chip.hidden ? '[MASK]' : chip.text, kind: chip.hidden ? 'gap' : 'open', read: (score) => score.words[i],
    });
    const special = tokens.special.flatMap((yes, at) => (yes ? [{ ...token(at), key: `s${at}` }] : []));
    return [...chips.map(word), ...special].sort((a, b) => a.at - b.at);
  };

  const digits = (v) => PG.minus(v, Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 9.995 ? 1 : Math.abs(v) >= .0995 ? 2 : 3);
  PG.matterNumber = (v, signed) => `${signed && v > 0 ? '+' : ''}${digits(v)}`;
  const scale = (units, score) => Math.max(...units.filter(({ kind }) => kind === 'open').map((one) => Math.abs(one.read(score))), 1e-12);
  // What a method rates strongest: several where they tie (no more than 1 can flow, and much of a text may reach it), none where all do.
  PG.matterFirsts = (units, score) => {
    const open = units.filter(({ kind }) => kind === 'open'), most = Math.max(...open.map((one) => Math.abs(one.read(score))));
    const firsts = open.filter((one) => Math.abs(one.read(score)) === most).map(({ key }) => key);
    return firsts.length > 1 && firsts.length === open.length ? [] : firsts;
  };

  // ---- the text, coloured
  const shade = (signed) => {
    const ramp = PG.ramp(signed ? '--signed' : '--attn');
    return signed ? (v) => ramp(.5 + .42 * Math.max(-1, Math.min(1, v))) : (v) => ramp(.8 * Math.min(1, v));
  };
  const coloured = (units, score, signed, method) => {
    const most = scale(units, score), ink = shade(signed);
    return units.map((one) => {
      const value = one.read(score), colour = one.kind === 'open' || !signed ? ink(value / most) : null;
      return el('span', {
        class: `matter-token ${one.kind}`, 'data-unit': one.key, dir: 'auto', 'aria-label': `${one.text} ${PG.matterNumber(value, signed)}`,
        style: colour && { background: PG.str(colour), color: PG.inkOn(colour) },
        onmousemove: (event) => PG.tip(event, el('b', { class: 'mono', text: one.text }), el('span', { text: PG.ways[method].name }),
          el('span', { class: 'mono', text: one.kind !== 'open' && signed && !value ? '–' : PG.matterNumber(value, signed) })),
        onmouseleave: PG.untip,
      }, one.text);
    });
  };
  const progress = ({ done, parts }) => el('span', { class: 'matter-progress' },
    el('span', { class: 'matter-track' }, el('span', { style: { width: `${(100 * done) / parts}%` } })),
    el('span', { class: 'hint mono', text: `${done} / ${parts}` }));

  // state: {score?, step?, refused?, stopped}
  PG.matterRow = (method, state, units, note) => {
    const { name, say, signed } = PG.ways[method];
    const shown = () => {
      if (state.score) return el('p', { class: 'matter-text' }, coloured(units, state.score, signed, method));
      if (state.refused) return el('p', { class: 'matter-wait' }, state.refused);
      if (state.step) return progress(state.step);
      return el('p', { class: 'matter-wait' }, state.stopped ? W.stopped : W.waiting);
    };
    return el('li', { class: 'matter-row', 'data-method': method },
      el('div', { class: 'matter-name' }, el('b', {}, name), el('span', {}, say)),
      el('div', {}, shown(), note ? el('p', { class: 'matter-note' }, note) : null));
  };

  // ---- bars: one row per word, one column per method
  const bar = (value, most, signed) => {
    const share = Math.abs(value) / most * (signed ? 50 : 100);
    const place = { width: `${share}%`, left: signed ? (value < 0 ? `${50 - share}%` : '50%') : '0' };
    return el('span', { class: `matter-bar${signed ? ' signed' : ''}${value < 0 ? ' minus' : ''}` }, el('span', { style: place }));
  };
  PG.matterBars = (units, scores, accord, open, onOpen) => {
    const all = units.filter(({ kind }) => kind === 'open'), strong = new Set(accord?.tops.flat() || []);
    const long = all.length > FEW && !open && strong.size, rows = long ? all.filter(({ key }) => strong.has(key)) : all;
    const most = scores.map((score) => scale(units, score)), firsts = scores.map((score) => PG.matterFirsts(units, score));
    const cell = (one, score, i) => {
      const value = one.read(score), { signed } = PG.ways[score.method], strongest = firsts[i].includes(one.key);
      return el('td', { class: strongest ? 'strongest' : null },
        el('span', { class: 'matter-cell' }, bar(value, most[i], signed), el('span', { class: 'mono', text: PG.matterNumber(value, signed) })));
    };
    const body = rows.map((one) => el('tr', { 'data-unit': one.key },
      el('th', { scope: 'row', class: 'mono', dir: 'auto', text: one.text }), scores.map((score, i) => cell(one, score, i))));
    return el('section', { class: 'matter-side' },
      el('div', { class: 'label-row' }, el('h4', { class: 'label', text: W.side }),
        long ? el('button', { class: 'btn link', type: 'button', onclick: onOpen }, W.all, ` (${all.length})`) : null),
      el('div', { class: 'matter-scroll' }, el('table', { class: 'matter-bars' },
        el('thead', {}, el('tr', {}, el('th'), scores.map(({ method }) => el('th', { scope: 'col', text: PG.ways[method].short })))),
        el('tbody', {}, body))));
  };

  // ---- agreement: a matrix and the strongest three of each
  const pairs = (accord, measure) => {
    const ramp = PG.ramp('--signed'), table = accord[measure], names = accord.methods.map((method) => PG.ways[method].short);
    const cell = (value) => {
      const share = value === null ? 0 : measure === 'common' ? value / accord.most : value;
      const colour = ramp(.5 + .42 * share), say = value === null ? '–' : measure === 'common' ? String(value) : PG.minus(value, 2);
      return el('td', { class: 'mono', title: value === null ? NOTHING[measure] : null, style: { background: PG.str(colour), color: PG.inkOn(colour) }, text: say });
    };
    const mute = table.some((row, i) => row.slice(0, i).includes(null));
    return [el('table', { class: 'matter-pairs' },
      el('tbody', {}, table.slice(1).map((row, i) => el('tr', {}, el('th', { scope: 'row', text: names[i + 1] }), row.slice(0, i + 1).map(cell)))),
      el('tfoot', {}, el('tr', {}, el('th'), names.slice(0, -1).map((name) => el('th', { scope: 'col', text: name }))))),
    mute ? el('p', { class: 'hint' }, '– ', NOTHING[measure]) : null];
  };
  const tops = (accord, text) => {
    const times = new Map();
    accord.tops.flat().forEach((key) => times.set(key, (times.get(key) || 0) + 1));
    const word = (key) => el('span', {
      class: `matter-top mono${times.get(key) > accord.methods.length / 2 ? ' shared' : ''}`, dir: 'auto',
      title: { en: `named by ${times.get(key)} of ${accord.methods.length}`, zh: `${accord.methods.length} 种方法中有 ${times.get(key)} 种提到` },
    }, text(key));
    const equal = (n, named) => (n === accord.places.length ? { en: 'all are equally strong', zh: '全都同样强' }
      : named ? { en: `then ${n} equally strong`, zh: `其后 ${n} 个同样强` } : { en: `${n} are equally strong`, zh: `有 ${n} 个同样强` });
    return el('ol', { class: 'matter-tops' }, accord.methods.map((method, i) => el('li', {},
      el('span', { class: 'matter-who' }, PG.ways[method].short), accord.tops[i].map(word),
      accord.tied[i] ? el('span', { class: 'hint' }, equal(accord.tied[i], accord.tops[i].length)) : null)));
  };
  PG.matterAccord = (accord, units, measure, onMeasure) => {
    const text = (key) => units.find((one) => one.key === key)?.text || '';
    const choose = PG.choice({
      label: { en: 'Measure', zh: '度量' }, value: measure, onchange: onMeasure,
      options: [{ key: 'spearman', label: 'Spearman ρ' }, { key: 'kendall', label: 'Kendall τ' }, { key: 'common', label: { en: 'top 3 shared', zh: '前三重合' } }],
    });
    return el('section', { class: 'matter-agree' },
      el('div', {}, el('h4', { class: 'label', text: W.agree }), choose.root, pairs(accord, measure)),
      el('div', {}, el('h4', { class: 'label', text: W.top }), tops(accord, text)));
  };

  // The same word lights up wherever it stands.
  PG.matterLight = (host) => {
    const light = (key) => host.querySelectorAll('[data-unit]').forEach((node) => node.classList.toggle('lit', node.dataset.unit === key));
    host.addEventListener('pointerover', (event) => light(event.target.closest?.('[data-unit]')?.dataset.unit));
    host.addEventListener('pointerleave', () => light(null));
    return host;
  };
})();
