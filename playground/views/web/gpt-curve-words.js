// What the cards under a few-shot prompt's answer say.
(() => {
  const EN = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten', 'Eleven', 'Twelve'];
  const ZH = ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十'];
  const many = (n) => ({ en: `${EN[n] || n} example${n === 1 ? '' : 's'}`, zh: `${ZH[n] || n}个例子` });
  const few = (n) => ({ en: n ? many(n).en.toLowerCase() : 'none', zh: n ? many(n).zh : '没有例子' });

  // The fewest examples that come near the best share, and whether they are apart from the first point's interval.
  const bestOf = (points) => points.find(({ share }) => share >= Math.max(...points.map((p) => p.share)) - .02);
  const clear = (points) => bestOf(points).low > points[0].high;

  // The finding of a line of points: how far examples bring it. Where a description tells the task anyway, `bare` (the
  // points without it) may show what they do.
  const finding = (points, bare = []) => {
    if (bare.length > 1 && !clear(points) && clear(bare)) {
      const { en, zh } = finding(bare);
      return { en: `Without the description, ${en[0].toLowerCase()}${en.slice(1)}`, zh: `没有任务说明时，${zh}` };
    }
    const first = points[0], best = bestOf(points), last = points.at(-1), a = PG.pct(first.share), b = PG.pct(best.share);
    if (points.length < 2) return { en: `${a} right with ${few(first.shots).en}`, zh: `${few(first.shots).zh}时，${a} 答对` };
    if (best === first) {
      return {
        en: `Examples do not help: ${a} right with ${few(first.shots).en}, ${PG.pct(last.share)} with ${few(last.shots).en}`,
        zh: `例子没有帮助：${few(first.shots).zh}时答对 ${a}，${few(last.shots).zh}时答对 ${PG.pct(last.share)}`,
      };
    }
    if (!clear(points)) {
      return {
        en: `${a} right with ${few(first.shots).en}, ${b} with ${few(best.shots).en}: too close to tell apart`,
        zh: `${few(first.shots).zh}时答对 ${a}，${few(best.shots).zh}时答对 ${b}：相差太小，还不能区分`,
      };
    }
    const instead = first.shots ? { en: ` instead of ${few(first.shots).en}`, zh: `（原来${few(first.shots).zh}）` } : { en: '', zh: '' };
    return {
      en: `${many(best.shots).en}${instead.en} bring${best.shots === 1 ? 's' : ''} it from ${a} to ${b} right`,
      zh: `${many(best.shots).zh}${instead.zh}让它答对的比例从 ${a} 升到 ${b}`,
    };
  };

  PG.gptCurveWords = {
    many,
    few,
    finding,
    open: { en: 'How many examples does it need?', zh: '它需要几个例子？' },
    running: (done, all) => ({ en: `Measuring: ${done} of ${all} prompts`, zh: `正在测量：${all} 个提示中的 ${done} 个` }),
    speed: (n) => ({ en: `${n} prompts a second`, zh: `每秒 ${n} 个提示` }),
    stopped: { en: 'Stopped. What was measured is kept.', zh: '已停止，测得的部分会保留。' },
    measure: { en: 'Measure', zh: '测量' },
    again: { en: 'Measure again', zh: '重新测量' },
    keep: { en: 'Keep this curve', zh: '保留这条曲线' },
    drop: { en: 'Remove', zh: '移除' },
    changed: (name) => ({ en: `${name}: measured before the prompt or the settings were changed.`, zh: `${name}：这是提示或设置改动之前测得的。` }),
    plain: { en: 'without description', zh: '无任务说明' },
    told: { en: 'with description', zh: '有任务说明' },
    only: { en: 'this prompt', zh: '这个提示' },
    orders: { en: 'other orders', zh: '其他顺序' },
    guess: { en: 'guessing', zh: '瞎猜' },
    yours: { en: 'your prompt', zh: '你的提示' },
    x: { en: 'examples in the prompt', zh: '提示中的例子数' },
    y: { en: 'right answers', zh: '答对的比例' },
    right: { en: 'right', zh: '答对' },
    questions: { en: 'Questions', zh: '问题' },
    heldOut: { en: 'Held-out words', zh: '留出的词' },
    ownList: { en: 'A list of your own', zh: '自己的列表' },
    inTurn: { en: 'Your examples, each in turn', zh: '你的例子，逐个来考' },
    examples: { en: 'Examples', zh: '例子' },
    drawn: { en: 'new ones each time', zh: '每题另抽' },
    mine: { en: 'yours', zh: '你的' },
    counts: { en: 'What counts', zh: '怎样算对' },
    written: { en: 'what it writes', zh: '它写出的' },
    chosen: { en: 'likeliest allowed', zh: '允许答案中最可能的' },
    howMany: { en: 'How many', zh: '题数' },
    shots: { en: 'Numbers of examples', zh: '例子数' },
    otherOrders: { en: 'Other orders', zh: '其他顺序' },
    seed: { en: 'Seed', zh: '种子' },
    more: { en: 'More settings', zh: '更多设置' },
    list: { en: 'One question a line: input, answer', zh: '每行一题：输入，答案' },
    upload: { en: 'Upload CSV', zh: '上传 CSV' },
    cut: (n) => ({
      en: `${n} of these prompts did not fit: they lost their beginning.`,
      zh: `其中 ${n} 个提示放不下，开头被截去了。`,
    }),
    table: (right, of, shots) => ({
      en: `${right} of ${of} questions right with ${few(shots).en}`,
      zh: `${few(shots).zh}时，${of} 题答对 ${right} 题`,
    }),
    tableRead: { en: 'Click a question to load its prompt into the builder.', zh: '点一个问题，把它的提示装进构建器。' },
    wrongOnly: { en: 'only what is wrong', zh: '只看错的' },
    columns: [{ en: 'question', zh: '问题' }, { en: 'answer', zh: '答案' }, { en: 'it says', zh: '它说' }],
    all: { en: 'Show all', zh: '显示全部' },
    // ---- what each example does
    each: { en: 'What does each example do?', zh: '每个例子起什么作用？' },
    without: { en: 'left out', zh: '去掉它' },
    wrong: { en: 'made wrong', zh: '改成错的' },
    alsoWrong: { en: 'also try wrong answers in them', zh: '也试试把它们的答案改错' },
    answer: { en: 'Probability of', zh: '看哪个答案的概率' },
    working: { en: 'Leaving out one example after the other', zh: '正在逐个去掉例子' },
    ordersWorking: (done, all) => ({ en: `${done} of ${all} orders`, zh: `${all} 种顺序中的 ${done} 种` }),
    tryOrders: (n) => ({ en: `Try ${n} orders`, zh: `试 ${n} 种顺序` }),
    orderTitle: { en: 'How much does their order do?', zh: '例子的顺序有多大影响？' },
    best: { en: 'best', zh: '最好' },
    worst: { en: 'worst', zh: '最差' },
    now: { en: 'as it is', zh: '现在' },
    use: { en: 'Use this order', zh: '用这个顺序' },
    oneOnly: { en: 'One example alone has no order.', zh: '只有一个例子，谈不上顺序。' },
    none: {
      en: 'The prompt has no examples yet: there is nothing to leave out, to reorder or to look at.',
      zh: '提示里还没有例子：没有什么可以去掉、换序或观看。',
    },
    // ---- where it looks
    seen: { en: 'Where does it look before it answers?', zh: '回答之前，它在看哪里？' },
    of: { en: 'Attention on', zh: '看向' },
    answers: { en: 'the answers', zh: '答案' },
    whole: { en: 'whole examples', zh: '整个例子' },
    which: { en: 'Of', zh: '哪些' },
    every: { en: 'all examples', zh: '全部例子' },
    one: (n) => ({ en: `example ${n}`, zh: `例 ${n}` }),
    layer: { en: 'layer', zh: '层' },
    head: { en: 'head', zh: '头' },
    description: { en: 'description', zh: '任务说明' },
    query: { en: 'question', zh: '问题' },
    rest: { en: 'the rest', zh: '其余' },
  };
})();
