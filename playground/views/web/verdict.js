// The answer to a picture as a sentence, a word and a share of certainty for every class.
(() => {
  const { el, t } = PG;
  const DIGITS = {
    en: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
    zh: [...'零一二三四五六七八九'],
  };
  const THINGS = {
    airplane: '飞机',
    automobile: '汽车',
    bird: '鸟',
    cat: '猫',
    deer: '鹿',
    dog: '狗',
    frog: '青蛙',
    horse: '马',
    ship: '船',
    truck: '卡车',
  };
  const isDigits = (model) => model === 'cnn/digits';
  const first = (label) => String(label).split(',')[0];
  const named = (label) => ({ en: first(label), zh: THINGS[label] || first(label) });
  const spoken = (label, digits) => (digits ? { en: DIGITS.en[label], zh: DIGITS.zh[label] } : named(label));

  // ---- the answer card
  const sure = (p) => (p >= 0.95 ? 0 : p >= 0.75 ? 1 : p >= 0.45 ? 2 : 3);
  const SURE = {
    en: [', and is quite sure', ', and is fairly sure', ', but hesitates', ' first, but cannot decide'],
    zh: ['，而且很有把握', '，比较有把握', '，但有些犹豫', '，但拿不定主意'],
  };
  const article = (word) => (/^[aeiou]/i.test(word) ? 'an' : 'a');
  const finding = ({ answer, blank }, digits) => {
    const best = spoken(answer.labels[0], digits),
      level = sure(answer.scores[0]);
    if (blank) return { en: 'There is no ink: this is what the net says to empty paper', zh: '还没有墨迹：这是网络对白纸的回答' };
    return {
      en: `It ${digits ? 'reads' : 'sees'} ${article(best.en)} ${best.en}${SURE.en[level]}`,
      zh: `它${digits ? '读出' : '看到'}“${best.zh}”${SURE.zh[level]}`,
    };
  };
  const secondThought = ({ answer }, digits) => {
    const word = digits ? { en: answer.labels[1], zh: answer.labels[1] } : named(answer.labels[1]),
      p = PG.pct(answer.scores[1]);
    if (answer.scores[1] < 0.001) {
      return digits
        ? { en: 'No other digit gets even 0.1 %.', zh: '其他数字都不到 0.1 %。' }
        : { en: 'No other class gets even 0.1 %.', zh: '其他类别都不到 0.1 %。' };
    }
    return { en: `Second thought: ${word.en}, with ${p}.`, zh: `其次是：${word.zh}，${p}。` };
  };
  const columns = (said) => {
    const share = new Map(said.answer.labels.map((label, i) => [label, said.answer.scores[i]]));
    return el(
      'ol',
      { class: 'columns', 'aria-label': { en: 'Probability of each digit', zh: '每个数字的概率' } },
      said.labels.map((label) => {
        const p = share.get(label);
        return el(
          'li',
          {
            class: label === said.answer.labels[0] ? 'first' : null,
            'data-label': label,
            'data-score': p,
            title: `${label}: ${(p * 100).toPrecision(4)} %`,
          },
          el('span', { class: 'columns-value mono', text: p >= 0.005 ? PG.pct(p).replace(' ', '\u2009') : '' }),
          el('span', { class: 'columns-bar', style: { height: `${p * 5.5}rem` } }),
          el('span', { class: 'columns-name mono', text: label }),
        );
      }),
    );
  };
  const bar = (cls, name, p) =>
    el(
      'li',
      { class: `bar ${cls}`, 'data-score': p, title: `${(p * 100).toPrecision(4)} %` },
      el(
        'div',
        { class: 'bar-row' },
        el('span', { class: 'bar-name' }, name),
        el(
          'span',
          { class: 'bar-track' },
          el('span', { class: 'bar-fill', style: { width: `calc((100% - 4rem) * ${p})` } }),
          el('span', { class: 'bar-value mono', text: PG.pct(p) }),
        ),
      ),
    );
  const bars = ({ answer }, shown = 5) => {
    const rest = answer.rest + answer.scores.slice(shown).reduce((a, b) => a + b, 0),
      others = answer.others + answer.labels.length - shown;
    return el(
      'ol',
      { class: 'bars', 'aria-label': { en: 'Probability of each class', zh: '每个类别的概率' } },
      answer.labels.slice(0, shown).map((label, i) => bar(i ? '' : 'first', named(label), answer.scores[i])),
      others > 0 ? bar('rest', { en: `${others} others`, zh: `其余 ${others} 类` }, rest) : null,
    );
  };
  // PG.verdict(answer of the verb "ask")
  PG.verdict = (said) => {
    const digits = isDigits(said.model),
      best = said.answer.labels[0];
    return el(
      'section',
      { class: 'answer' },
      el(
        'div',
        { class: 'answer-say' },
        el('h2', { class: 'panel-title' }, finding(said, digits)),
        el(
          'p',
          { class: 'big-answer' },
          el('b', { class: digits ? null : 'word' }, digits ? best : named(best)),
          el('span', { text: PG.pct(said.answer.scores[0]) }),
        ),
        el('p', { class: 'read' }, secondThought(said, digits)),
      ),
      digits ? columns(said) : bars(said),
    );
  };

  PG.isDigits = isDigits;
  PG.thing = named;
})();
