// What stands at the cursor and what could stand there: bars of the alternatives; one click takes another way.
(() => {
  const { el } = PG;
  const W = {
    alternatives: { en: 'What could stand here', zh: '这里可能出现的词元' },
    end: { en: 'Click one to write it here.', zh: '点击一个，写在这里。' },
    inside: {
      en: 'Click another one to branch off here; then write on. Everything below is about the text up to the cursor.',
      zh: '点击另一个，就从这里分出一支，再接着写。下面的一切都针对光标之前的文字。',
    },
    stands: { en: 'stands here', zh: '现在在这里' },
  };
  const count = (n) => n.toLocaleString('en');

  const nextOne = ({ labels, scores }) => ({
    en: `Next it would say “${labels[0]}”, ${PG.chance(scores[0])}`, zh: `接下来最可能是“${labels[0]}”，${PG.chance(scores[0])}`,
  });
  const here = ({ piece, chance, rank }) => (rank === 1
    ? { en: `“${piece}” was its first choice here, ${PG.chance(chance)}`, zh: `“${piece}”是它在这里的首选，${PG.chance(chance)}` }
    : { en: `“${piece}” was choice ${count(rank)} here, ${PG.chance(chance)}`, zh: `“${piece}”是它在这里的第 ${count(rank)} 选择，${PG.chance(chance)}` });

  // Into {say, bars}: two elements. answer: reply of "ask" about the text up to the cursor; token: what stands there, or null at the end
  PG.gptPlace = ({ say, bars }, answer, token, onTake) => {
    const { next, entropy } = answer, at = token ? next.ids.indexOf(token.id) : -1;
    const bits = { en: `Uncertainty here: ${entropy.toFixed(2)} bits.`, zh: `此处的不确定性：${entropy.toFixed(2)} 比特。` };
    PG.fill(say,
      el('h3', { class: 'panel-title' }, () => (token ? here(token) : nextOne(next))),
      el('p', { class: 'read' }, bits, ' ', token ? W.inside : W.end),
      answer.tokens.cut ? PG.notice('cut', {
        en: `The first ${count(answer.tokens.cut)} tokens no longer fit and were left out.`, zh: `开头的 ${count(answer.tokens.cut)} 个词元放不下，没有读入。`,
      }) : null);
    PG.fill(bars, PG.bars(next, {
      label: W.alternatives, pick: at, onPick: (i) => onTake(next.ids[i]),
      note: (i) => (i === at ? el('span', { class: 'hint was-here' }, W.stands) : null),
    }));
  };
})();
