// What the views "Which words mattered" and "Edit and run again" call a target.
(() => {
  const NEXT = [{ en: 'follows', zh: '接得上' }, { en: 'does not follow', zh: '接不上' }];
  const quoted = (name) => ({ en: `“${name}”`, zh: `“${name}”` });

  // A target in words; `piece` is the token it stands at.
  const named = ({ kind, index, name }, piece) => ({
    word: quoted(name),
    next: NEXT[index],
    class: quoted(name),
    tag: { en: `${name} for “${piece}”`, zh: `“${piece}” 为 ${name}` },
    start: { en: `the answer begins at “${name}”`, zh: `答案从 “${name}” 开始` },
    end: { en: `the answer ends at “${name}”`, zh: `答案到 “${name}” 结束` },
  }[kind]);

  // What a reader may choose: every target with its probability, or the number itself.
  const select = ({ label, choices, texts, gaps, value, onchange }) => {
    const key = ({ kind, index, at }) => `${kind} ${index} ${at}`, many = new Set(choices.filter(({ kind }) => kind === 'word').map(({ at }) => at)).size > 1;
    const place = (one) => (one.kind === 'word' && many ? PG.t({ en: `gap ${gaps.indexOf(one.at) + 1}: `, zh: `空 ${gaps.indexOf(one.at) + 1}：` }) : '');
    const all = choices.some((one) => key(one) === key(value)) ? choices : [value, ...choices];
    return PG.select({
      label, value: key(value), onchange: (picked) => onchange(all.find((one) => key(one) === picked)),
      options: all.map((one) => ({ key: key(one), label: () => `${place(one)}${PG.t(named(one, texts[one.at]))} · ${PG.editShare(one.chance, one.rule)}` })),
    });
  };

  PG.bertTarget = { named, select };
})();
