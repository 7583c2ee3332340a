// The questions behind a point of the shots figure: what was asked, what was said.
(() => {
  const { el } = PG;
  const W = () => PG.gptCurveWords, FEW = 12;

  const row = (one, onLoad) => el('tr', { class: one.right ? 'right' : 'wrong' },
    el('td', { class: 'curve-sign' }, PG.icon(one.right ? 'check' : 'x')),
    el('th', { scope: 'row' }, el('button', { type: 'button', class: 'curve-load', dir: 'auto', title: one.text, onclick: () => onLoad(one) },
      one.query || '␣')),
    el('td', { class: 'mono', dir: 'auto', text: one.answer }),
    el('td', { class: 'mono', dir: 'auto', text: `${one.said}${one.ended ? '' : '…'}` }),
    one.chance === null ? null : el('td', { class: 'mono num', text: PG.chance(one.chance) }));

  // state: {wrongOnly, all}; point: the point shown
  PG.curveTable = (host, { point, results, state, onLoad, files }) => {
    const again = (part) => { Object.assign(state, part); PG.curveTable(host, { point, results, state, onLoad, files }); };
    const sorted = [...results].sort((a, b) => a.at - b.at), some = state.wrongOnly ? sorted.filter(({ right }) => !right) : sorted;
    const shown = state.all ? some : some.slice(0, FEW), chance = results.some((one) => one.chance !== null);
    PG.fill(host,
      el('div', { class: 'panel-head' }, el('h4', { class: 'sub-title' }, W().table(point.right, point.asked, point.shots)),
        el('div', { class: 'tools' }, Object.entries(files).map(([name, save]) => el('button', { class: 'btn ghost', type: 'button', onclick: save },
          PG.icon('down'), name)))),
      el('div', { class: 'label-row' }, el('p', { class: 'read' }, W().tableRead),
        PG.check({ label: W().wrongOnly, value: state.wrongOnly, onchange: (wrongOnly) => again({ wrongOnly }) }).root),
      point.cut ? PG.notice('cut', W().cut(point.cut)) : null,
      el('div', { class: 'curve-scroll' }, el('table', { class: 'curve-table' },
        el('thead', {}, el('tr', {}, el('th'), W().columns.map((name) => el('th', { scope: 'col' }, name)), chance ? el('th') : null)),
        el('tbody', {}, shown.map((one) => row(one, onLoad))))),
      shown.length < some.length ? el('button', { class: 'btn', type: 'button', onclick: () => again({ all: true }) }, W().all, ` (${some.length})`) : null);
  };
})();
