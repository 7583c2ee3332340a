// Candidates as bars that carry their number at their end; "all others" is hatched, so that they add up to one.
(() => {
  const { el } = PG;
  const OTHERS = { en: 'all others', zh: '其余全部' };

  // A share that must not read as nothing when it is small.
  PG.chance = (v) => (v >= .00095 ? PG.pct(v) : v >= .000095 ? `${(v * 100).toFixed(2)} %` : '< 0.01 %');

  const row = ({ label, value, share, start = 0, cls = '', title, mono = true, onclick, pressed }) => {
    const along = (part) => `calc((100% - 4.5rem) * ${part})`;
    const inner = [
      el('span', { class: `bar-name${mono ? ' mono' : ''}` }, label),
      el('span', { class: 'bar-track' },
        el('span', { class: 'bar-fill', style: { width: along(share), 'margin-left': start ? along(start) : '0' } }),
        el('span', { class: 'bar-value' }, value)),
    ];
    const line = onclick
      ? el('button', { type: 'button', class: 'bar-row', 'aria-pressed': String(Boolean(pressed)), title, onclick }, inner)
      : el('div', { class: 'bar-row', title }, inner);
    return el('li', { class: `bar ${cls}` }, line);
  };

  const probabilities = (data, { pick, onPick, note, mono }) => {
    const most = Math.max(...data.scores, data.rest);
    const lines = data.labels.map((label, i) => row({
      label, value: [PG.chance(data.scores[i]), note?.(i)], share: data.scores[i] / most, cls: i ? '' : 'first', pressed: i === pick, mono,
      title: () => `${PG.t(label)}: ${data.scores[i].toFixed(4)}`, onclick: onPick && (() => onPick(i)),
    }));
    const rest = row({ label: OTHERS, value: PG.chance(data.rest), share: data.rest / most, cls: 'rest', mono: false, title: data.rest.toFixed(4) });
    return [...lines, data.others ? rest : null];
  };
  // Logits know no sum and may be negative: bars start at zero, there is no rest.
  const logits = (data, { pick, onPick, note }) => {
    const low = Math.min(0, ...data.logits), span = Math.max(0, ...data.logits) - low || 1;
    return data.labels.map((label, i) => row({
      label, value: [PG.minus(data.logits[i], 2), note?.(i)], share: Math.abs(data.logits[i]) / span, start: (Math.min(0, data.logits[i]) - low) / span,
      cls: i ? '' : 'first', pressed: i === pick, onclick: onPick && (() => onPick(i)),
    }));
  };

  // data: {labels, scores, rest, others, logits?}; options: {label, scale: 'probability' | 'logit', pick, onPick(i), note(i), mono}
  PG.bars = (data, options = {}) => el('ol', { class: 'bars', 'aria-label': options.label },
    options.scale === 'logit' ? logits(data, options) : probabilities(data, options));
})();
