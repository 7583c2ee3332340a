// Before and after, in the view "Edit and run again": every answer with two bars and the difference.
(() => {
  const { el, t } = PG;
  const W = {
    before: { en: 'before', zh: '之前' },
    after: { en: 'after', zh: '之后' },
    next: { en: 'Second sentence', zh: '第二句' },
    class: { en: 'Class', zh: '类别' },
    value: { en: 'The number', zh: '这个数' },
    token: { en: 'What comes next', zh: '接下来是什么' },
    start: { en: 'Answer begins at', zh: '答案起点' },
    end: { en: 'Answer ends at', zh: '答案终点' },
    all: { en: 'Show all', zh: '显示全部' },
    lost: { en: 'answers belong to words that are no longer there', zh: '个回答所属的词已不在' },
  };
  const NEXT = [{ en: 'follows', zh: '接得上' }, { en: 'does not', zh: '接不上' }];
  const FEW = 12; // rows shown at first where every word has one

  const label = (row, i) => (row.kind === 'next' ? NEXT[row.ids[i]] : row.labels[i]);
  const heading = (row, rows) => {
    const gaps = rows.filter(({ kind }) => kind === 'word');
    const at = gaps.indexOf(row) + 1;
    if (row.kind === 'word') return gaps.length > 1 ? { en: `Gap ${at}`, zh: `第 ${at} 个空` } : { en: 'The gap', zh: '空' };
    return row.kind === 'tag' ? row.piece : W[row.rule === 'value' ? 'value' : row.kind];
  };
  // What stands before and after is a probability, but where the head gives a number and no classes (`rule` "value").
  const share = (v, rule) => (rule === 'value' ? PG.minus(v, 3) : PG.chance(v));
  const digits = (v, rule) => `${v > 0 ? '+' : ''}${rule === 'value' ? PG.minus(v, 3) : PG.minus(100 * v, Math.abs(v) < .0995 ? 1 : 0)}`;
  const still = (change) => change === null || Math.abs(change) < 5e-4;
  PG.editShare = share;
  PG.editPoints = (change, rule) => t({
    en: `${digits(change, rule)}${rule === 'value' ? '' : ' points'}`, zh: `${digits(change, rule)}${rule === 'value' ? '' : ' 个百分点'}`,
  });

  const pair = (row, i, most) => {
    const before = row.before[i], after = row.after[i], change = row.change[i], along = (v) => `${(100 * Math.abs(v)) / most}%`;
    const title = `${t(label(row, i))}: ${before.toFixed(4)} → ${after === null ? '–' : after.toFixed(4)}`;
    return el('li', { class: 'alter-pair', title, 'data-id': row.ids[i] },
      el('span', { class: `alter-label${row.kind === 'next' ? '' : ' mono'}`, dir: 'auto' }, label(row, i)),
      el('span', { class: 'alter-bars' },
        el('span', { class: 'alter-bar was', style: { width: along(before) } }), el('span', { class: 'alter-bar', style: { width: along(after ?? 0) } })),
      el('span', { class: 'alter-shares' }, `${share(before, row.rule)} → `, el('b', { text: after === null ? '–' : share(after, row.rule) })),
      el('span', { class: `alter-change mono${still(change) ? '' : change > 0 ? ' plus' : ' minus'}`, text: still(change) ? '·' : digits(change, row.rule) }));
  };
  const block = (row, rows) => {
    const most = Math.max(...[...row.before, ...row.after].map((v) => Math.abs(v ?? 0)), 1e-9);
    return el('section', { class: 'alter-row', 'data-kind': row.kind, 'data-at': row.at },
      el('h4', { class: `label${row.kind === 'tag' ? ' mono' : ''}` }, heading(row, rows)), el('ol', {}, row.ids.map((_, i) => pair(row, i, most))));
  };
  const key = (rows) => el('div', { class: 'alter-key' },
    el('span', {}, el('i', { class: 'alter-bar was' }), W.before), el('span', {}, el('i', { class: 'alter-bar' }), W.after),
    el('span', { class: 'hint' }, rows.some(({ rule }) => rule === 'value')
      ? { en: 'Δ: after less before', zh: 'Δ：之后减之前' } : { en: 'Δp in percentage points', zh: 'Δp 以百分点计' }));
  PG.editAnswer = (answer, all, onAll) => {
    const { rows, lost } = answer, many = rows.length > FEW && !all;
    const shown = many ? new Set([...rows].sort((a, b) => b.moved - a.moved).slice(0, FEW)) : null;
    return el('div', { class: 'alter-answer' }, key(rows), rows.filter((row) => !shown || shown.has(row)).map((row) => block(row, rows)),
      many ? el('button', { class: 'btn link', type: 'button', onclick: onAll }, W.all, ` (${rows.length})`) : null,
      lost ? el('p', { class: 'read' }, `${lost} `, W.lost) : null);
  };

  // ---- the finding: the answer that moved most, in a sentence
  const named = (row, i) => {
    const text = t(label(row, i));
    if (row.rule === 'value') return W.value;
    if (row.kind === 'tag') return { en: `${text} for “${row.piece}”`, zh: `“${row.piece}” 为 ${text}` };
    if (row.kind === 'start') return { en: `a beginning at “${text}”`, zh: `从 “${text}” 开始` };
    if (row.kind === 'end') return { en: `an end at “${text}”`, zh: `到 “${text}” 结束` };
    return { en: `“${text}”`, zh: `“${text}”` };
  };
  PG.editFinding = ({ rows }) => {
    if (!rows.length) return { en: 'No answer is left to compare', zh: '没有可以比较的回答了' };
    const row = rows.reduce((a, b) => (b.moved > a.moved ? b : a)), apart = row.rule === 'many' || row.rule === 'value';
    // Choices that share one probability are told by the first of them; of those that stand apart, the one that moved most.
    const most = row.change.reduce((a, v, j) => (Math.abs(v) > Math.abs(row.change[a]) ? j : a), 0);
    const i = apart ? most : row.ids.indexOf(row.first[0]), after = row.after[i];
    const was = share(row.before[i], row.rule), is = after === null ? '–' : share(after, row.rule), { en, zh } = named(row, i);
    if (row.moved < 5e-4) return { en: 'This changes almost nothing', zh: '这几乎没有改变什么' };
    const falls = after < row.before[i], now = row.first[1] === row.first[0] ? -1 : row.ids.indexOf(row.first[1]);
    const other = now < 0 ? null : named(row, now);
    const first = apart ? { en: '', zh: '' } : other
      ? { en: `; first is now ${other.en}, ${PG.chance(row.after[now])}`, zh: `；现在排第一的是${other.zh}，${PG.chance(row.after[now])}` }
      : { en: ', and stays first', zh: '，仍排第一' };
    return {
      en: `${en} ${falls ? 'falls' : 'rises'} from ${was} to ${is}${first.en}`, zh: `${zh}从 ${was} ${falls ? '降到' : '升到'} ${is}${first.zh}`,
    };
  };
})();
