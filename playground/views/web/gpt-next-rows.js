// The moving picture of "Next token": one row per candidate. The same marks are dots on a scale of logits, then bars of
// probability; moving from stage to stage, or a slider, only changes where they stand.
(() => {
  const { el, t, fill } = PG;
  const SAY = {
    take: { en: 'take', zh: '选用' },
    others: (n) => ({ en: `${n} others`, zh: `其余 ${n} 个` }),
    most: { en: 'at most', zh: '最高' },
    cut: { en: 'all cut', zh: '全部去掉' },
  };
  const DOTS = { logits: 'logits', penalty: 'penalised', heat: 'heated', cut: 'heated' };
  const TICKS = [1, 2, 5];
  const called = (rule) => rule && PG.gptNextWords.CALLED[rule];
  const clamp = (v) => Math.min(1, Math.max(0, v));
  const step = (span, most) => {
    const power = 10 ** Math.floor(Math.log10(span / most));
    return [...TICKS, 10].map((n) => n * power).find((n) => span / n <= most);
  };
  const steps = (low, high, most) => {
    const by = step(high - low, most), first = Math.ceil(low / by - 1e-9);
    return Array.from({ length: Math.floor(high / by + 1e-9) - first + 1 }, (_, i) => (first + i) * by);
  };

  // ---- where a mark stands: 0 is the left edge, 1 the right
  // One unit of logit is as wide in every stage; the scale slides so that the best stays at the right edge.
  const logitScale = (said, key) => {
    const spread = (name) => {
      const all = said.rows.map((row) => row[name]).filter(Number.isFinite);
      return Math.max(...all) - Math.min(...all);
    };
    const span = 1.08 * Math.max(spread('logits'), spread('penalised'), spread('heated'), 1e-6);
    const best = Math.max(...said.rows.map((row) => row[key]));
    return { at: (v) => clamp(1 - (best - v) / span), ticks: steps(best - span, best, 6), say: (v) => PG.minus(v, span < 3 ? 1 : 0) };
  };
  const shareScale = (most, say) => ({ at: (v) => clamp(v / (most || 1)), ticks: steps(0, most || 1, 5), say });
  const percent = (v) => `${Number((100 * v).toPrecision(3))} %`;

  const dots = (said, stage) => {
    const key = DOTS[stage], scale = logitScale(said, key), gone = stage === 'cut';
    return {
      kind: 'dots', scale,
      of: (row) => (gone && row.cut ? { at: 0, text: '', tag: called(row.cut), cut: true } : {
        at: scale.at(row[key]), text: PG.minus(row[key], 2), tag: stage === 'penalty' && row.penalised !== row.logits ? called('repetition_penalty') : null,
      }),
      rest: ({ kept, [key]: most }) => (gone && !kept
        ? { at: 0, text: '', cut: true, tag: SAY.cut }
        : { at: scale.at(most), text: () => `${t(SAY.most)} ${PG.minus(most, 2)}` }),
    };
  };
  const shares = (said) => {
    const most = Math.max(said.others.final || 0, ...said.rows.map(({ final, before }) => Math.max(final, before))), scale = shareScale(most, percent);
    return {
      kind: 'bars', scale,
      of: ({ final, before, cut }) => ({
        at: scale.at(final), text: cut ? '' : PG.chance(final), tag: called(cut), cut, mark: said.cuts.length ? scale.at(before) : null,
      }),
      rest: ({ final, before, kept }) => ({
        at: scale.at(final), text: kept ? PG.chance(final) : '', tag: kept ? null : SAY.cut, cut: !kept, mark: said.cuts.length ? scale.at(before) : null,
      }),
    };
  };
  const race = (said) => {
    const most = Math.max(said.others.race || 0, ...said.rows.map((row) => row.race)), scale = shareScale(most, PG.four);
    const of = ({ race: v, cut }) => ({ at: scale.at(v), text: cut ? '' : PG.four(v), tag: called(cut), cut });
    const rest = ({ race: v, kept }) => ({
      at: scale.at(v), text: kept ? () => `${t(SAY.most)} ${PG.four(v)}` : '', tag: kept ? null : SAY.cut, cut: !kept,
    });
    return { kind: 'bars', scale, of, rest };
  };
  const hundred = (said, { drawn, count }) => {
    const times = Object.fromEntries(drawn.map((one) => [one.id, one.times])), shown = new Set(said.rows.map(({ id }) => id));
    const left = drawn.reduce((sum, one) => sum + (shown.has(one.id) ? 0 : one.times), 0);
    const most = Math.max(left / count, said.others.final || 0, ...said.rows.map(({ id, final }) => Math.max(final, (times[id] || 0) / count)));
    const scale = shareScale(most * count, (v) => String(Number(v.toPrecision(3))));
    const of = (n, { final, cut }) => ({ at: scale.at(n), text: cut ? '' : String(n), cut, tag: called(cut), mark: cut ? null : scale.at(final * count) });
    const rest = (all) => (all.kept ? of(left, all) : { at: 0, text: '', cut: true, tag: SAY.cut });
    return { kind: 'bars', scale, of: (row) => of(times[row.id] || 0, row), rest };
  };
  const layout = (said, stage, drawn) => {
    if (DOTS[stage]) return dots(said, stage);
    if (stage === 'soft' || said.settings.greedy) return shares(said);
    return drawn ? hundred(said, drawn) : race(said);
  };

  // ---- rows that stay while their numbers change
  const makeRow = (own) => {
    const parts = Object.fromEntries(['place', 'name', 'line', 'mark', 'dot', 'value', 'tag'].map((key) => [key, el('span', { class: `next-${key}` })]));
    parts.name.classList.add('mono');
    parts.end = el('span', { class: 'next-end' }, parts.value, parts.tag);
    const inner = [parts.place, parts.name, el('span', { class: 'next-track' }, parts.line, parts.mark, parts.dot, parts.end)];
    parts.row = own ? el('button', { class: 'next-row', type: 'button', ...own }, inner) : el('div', { class: 'next-row rest' }, inner);
    parts.root = el('li', {}, parts.row);
    return parts;
  };
  const place = (parts, { at, text, tag, cut, mark }) => {
    parts.row.style.setProperty('--to', at);
    parts.row.style.setProperty('--end', Math.max(at, mark || 0));
    parts.row.classList.toggle('cut', Boolean(cut));
    parts.mark.hidden = mark == null;
    if (mark != null) parts.mark.style.setProperty('--mark', mark);
    parts.value.textContent = t(text);
    parts.tag.textContent = tag ? t(tag) : '';
  };

  // {onTake(id), onLook(row)} -> {root, draw(said, stage, drawn)}
  PG.gptNextRows = ({ onTake, onLook }) => {
    const list = el('ol', { class: 'next-rows' }), axis = el('div', { class: 'next-axis', 'aria-hidden': 'true' });
    const root = el('div', { class: 'next-picture' }, axis, list), made = new Map(), rest = makeRow(null);
    let now = {};
    const rowOf = ({ id }) => {
      if (!made.has(id)) {
        const row = () => now.said.rows.find((one) => one.id === id);
        made.set(id, makeRow({
          'data-id': id, onclick: (event) => onTake(id, event), onpointerenter: () => onLook(row()), onfocus: () => onLook(row()),
        }));
      }
      return made.get(id);
    };
    const ticks = ({ ticks: all, at, say }) => fill(axis, el('span', { class: 'next-ticks' }, all.map((v) => el('span', {
      class: 'next-tick', style: { '--to': at(v) }, text: say(v),
    }))));
    const draw = (said, stage, drawn) => {
      now = { said };
      const { kind, scale, of, rest: ofRest } = layout(said, stage, drawn), first = stage === 'draw' && !drawn ? said.winner : null;
      const best = Math.max(...said.rows.map(({ final }) => final));
      root.dataset.kind = kind;
      ticks(scale);
      said.rows.forEach((row) => {
        const parts = rowOf(row);
        parts.place.textContent = PG.countText(row.place);
        parts.name.textContent = row.label;
        parts.row.classList.toggle('first', first === null ? row.final === best : row.id === first);
        parts.row.classList.toggle('won', row.id === first);
        parts.row.setAttribute('aria-label', `${t(SAY.take)} ${row.label}, ${PG.chance(row.final)}`);
        place(parts, of(row));
      });
      const gone = new Set(made.keys());
      said.rows.forEach(({ id }) => gone.delete(id));
      gone.forEach((id) => { made.get(id).root.remove(); made.delete(id); });
      said.rows.forEach((row, i) => {
        const node = rowOf(row).root;
        if (list.children[i] !== node) list.insertBefore(node, list.children[i] || null);
      });
      rest.root.hidden = !said.others.count;
      if (said.others.count) {
        rest.name.textContent = t(SAY.others(PG.countText(said.others.count)));
        place(rest, ofRest(said.others));
      }
      list.append(rest.root);
    };
    return { root, draw };
  };
})();
