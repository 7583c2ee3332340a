// What the view "Next token" says: stages, rules, findings.
(() => {
  const { el, t } = PG;
  const count = (n) => Math.round(n).toLocaleString('en');
  const name = (text) => el('span', { class: 'mono', text });
  const STAGES = ['logits', 'penalty', 'heat', 'cut', 'soft', 'draw'];
  const RULES = ['top_k', 'top_p', 'min_p', 'typical_p'];
  const OFF = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, typical_p: 1, repetition_penalty: 1, greedy: false, seed: 0 };
  const CALLED = {
    top_k: 'top-k', top_p: 'top-p', min_p: 'min-p',
    typical_p: { en: 'typical', zh: '典型采样' }, repetition_penalty: { en: 'repeated', zh: '已出现过' },
  };
  const STAGE = {
    logits: { en: 'Logits', zh: 'logits' },
    penalty: { en: 'Penalty', zh: '重复惩罚' },
    heat: { en: '÷ temperature', zh: '÷ 温度' },
    cut: { en: 'Cut', zh: '截断' },
    soft: { en: 'Softmax', zh: 'softmax' },
    draw: { en: 'Draw', zh: '抽取' },
  };

  // ---- which stages change nothing
  const cuts = (settings) => (settings.greedy ? [] : RULES.filter((rule) => settings[rule] !== OFF[rule]));
  const idle = (stage, settings) => ({
    penalty: settings.repetition_penalty === 1,
    heat: settings.greedy || settings.temperature === 1,
    cut: !cuts(settings).length,
  }[stage] || false);

  // ---- one sentence under the stages
  const SAY = {
    logits: ({ vocabulary }) => ({
      en: `The model’s raw scores for all ${count(vocabulary)} tokens. Only differences count: `
        + 'to lead by 1 is to be 2.7 times as probable.',
      zh: `模型给全部 ${count(vocabulary)} 个词元的原始分数。只有差值要紧：高出 1，概率就是 2.7 倍。`,
    }),
    penalty: ({ settings: { repetition_penalty: by } }) => (by === 1
      ? { en: 'Off: tokens that stand in the text already keep their logits.', zh: '未启用：文中已出现过的词元，logit 不变。' }
      : {
        en: `For tokens that stand in the text already, a positive logit is divided by ${by}, a negative one multiplied by it.`,
        zh: `文中已出现过的词元：正的 logit 除以 ${by}，负的乘以 ${by}。`,
      }),
    heat: ({ settings: { temperature: by, greedy } }) => {
      if (greedy) {
        return { en: 'Not used: greedy takes the largest logit at any temperature.', zh: '不起作用：贪心总是取最大的 logit，与温度无关。' };
      }
      if (by === 1) return { en: 'Off: dividing by 1 changes nothing.', zh: '未启用：除以 1 没有变化。' };
      return by < 1
        ? { en: `Every logit is divided by ${by}: the gaps grow, who leads gains.`, zh: `每个 logit 除以 ${by}：差距拉大，领先者更占优。` }
        : { en: `Every logit is divided by ${by}: the gaps shrink, who trails gains.`, zh: `每个 logit 除以 ${by}：差距缩小，落后者得益。` };
    },
    cut: (said) => {
      if (said.settings.greedy) return { en: 'Not used: greedy takes the largest logit.', zh: '不起作用：贪心直接取最大的 logit。' };
      const all = count(said.vocabulary);
      if (!said.cuts.length) return { en: `Off: all ${all} tokens stay.`, zh: `未启用：${all} 个词元全部保留。` };
      const told = (en) => said.cuts.map(({ name: rule, out, mass }) => (en
        ? `${t(CALLED[rule])} takes out ${count(out)} tokens (${PG.chance(mass)})`
        : `${t(CALLED[rule])} 去掉 ${count(out)} 个（${PG.chance(mass)}）`));
      return { en: `${told(true).join(', then ')}. ${count(said.kept)} stay.`, zh: `${told(false).join('，然后 ')}。剩下 ${count(said.kept)} 个。` };
    },
    soft: (said) => ({
      en: `e to the power of each logit, divided by the sum of them all, makes probabilities.${
        said.cuts.length ? ' The thin mark is what a token had before the cut.' : ''}`,
      zh: `以 e 为底取幂，再除以总和，就成了概率。${said.cuts.length ? '细线是截断前的概率。' : ''}`,
    }),
    draw: (said, hundred) => {
      if (said.settings.greedy) return { en: 'The largest logit is taken. Nothing is left to chance.', zh: '直接取最大的 logit，不含随机。' };
      const { seed } = said.settings;
      return hundred
        ? {
          en: `One draw with each seed from ${hundred.first} on, ${hundred.count} in all. Bars: how often a token came; thin marks: its probability.`,
          zh: `从种子 ${hundred.first} 起，每个种子各抽一次，共 ${hundred.count} 次。条形：抽中的次数；细线：它的概率。`,
        }
        : {
          en: `Seed ${seed} gives every token a random number. Each probability is divided by it, the largest is drawn: `
            + 'in the long run as often as its probability says.',
          zh: `种子 ${seed} 给每个词元一个随机数；概率除以它，最大者被抽中。长远来看，抽中的频率正是它的概率。`,
        };
    },
  };

  // ---- the title is the finding
  const winner = (said) => said.rows.find(({ id }) => id === said.winner);
  const hundredFinding = ({ drawn: [first], count: all }) => [
    name(first.label), { en: ` came ${first.times} times in ${all} draws; its probability is ${PG.chance(first.final)}`,
      zh: ` 在 ${all} 次抽取中出现 ${first.times} 次；它的概率是 ${PG.chance(first.final)}` },
  ];
  const finding = (said, stage, hundred) => {
    const won = winner(said), lead = said.rows.reduce((best, row) => (row.final > best.final ? row : best));
    if (said.settings.greedy) {
      return [{ en: 'Greedy always takes ', zh: '贪心总是取 ' }, name(won.label),
        { en: `, which has ${PG.chance(won.final)}`, zh: `，它的概率是 ${PG.chance(won.final)}` }];
    }
    if (stage === 'draw' && hundred) return hundredFinding(hundred);
    if (stage === 'draw') {
      return [name(won.label), { en: ` is drawn; it had ${PG.chance(won.final)}`, zh: ` 被抽中；它的概率是 ${PG.chance(won.final)}` }];
    }
    if (said.kept < said.vocabulary) {
      const [kept, all, mass] = [count(said.kept), count(said.vocabulary), PG.chance(said.mass)];
      return {
        en: said.kept === 1 ? `1 of ${all} tokens stays in the draw; it had ${mass}` : `${kept} of ${all} tokens stay in the draw; they had ${mass}`,
        zh: `${all} 个词元中，${kept} 个留在抽取中；它们原来共占 ${mass}`,
      };
    }
    return [name(lead.label), {
      en: ` leads with ${PG.chance(lead.final)}; all in all as open as ${alike(said.entropy[2])} equal choices`,
      zh: ` 以 ${PG.chance(lead.final)} 领先；总体上相当于在 ${alike(said.entropy[2])} 个等可能的词元中选一个`,
    }];
  };
  // So many equally probable tokens would have this entropy.
  const alike = (bits) => { const n = 2 ** bits; return n < 9.95 ? n.toFixed(1) : count(n); };

  const LUCK = { en: '; in the draw, where the largest wins: ÷ its random number ', zh: '；抽取时（最大者中）：÷ 它的随机数 ' };

  // ---- the arithmetic of one token, with the numbers of the server
  PG.gptNextSum = (said, row) => {
    const { settings } = said, b = (v) => el('b', { text: v }), gap = row.heated - said.peak;
    const by = settings.repetition_penalty, parts = [el('b', { text: row.label }), { en: ': logit ', zh: '：logit ' }, b(PG.minus(row.logits, 3))];
    if (row.penalised !== row.logits) parts.push(` ${row.logits > 0 ? '÷' : '×'} ${by} = `, b(PG.minus(row.penalised, 3)));
    if (row.heated !== row.penalised) parts.push(` ÷ ${settings.temperature} = `, b(PG.minus(row.heated, 3)));
    if (row.cut) return [...parts, '; ', CALLED[row.cut], ': ', el('span', { class: 'next-why' }, row.why)];
    const peak = said.peak < 0 ? `(${PG.minus(said.peak, 3)})` : PG.minus(said.peak, 3);
    parts.push(`; e^(${PG.minus(row.heated, 3)} − ${peak}) ÷ ${PG.four(said.total)} = ${PG.four(Math.exp(gap))} ÷ ${PG.four(said.total)} = `,
      b(PG.four(row.final)));
    if (row.luck) parts.push(LUCK, `${PG.four(row.luck)} = `, b(PG.four(row.race)));
    return parts;
  };

  PG.gptNextWords = { STAGES, RULES, OFF, CALLED, STAGE, SAY, idle, finding, winner, alike, count };
})();
