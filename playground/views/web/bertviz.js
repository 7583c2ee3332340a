// BertViz as it is, in a frame of its own.
(() => {
  const { el } = PG;
  const WORDS = {
    title: { en: 'The same weights, drawn by BertViz', zh: '同样的权重，由 BertViz 绘制' },
    read: {
      en: 'Left the token that looks, right what it looks at; each colour is a head, a stronger line a larger weight. '
        + 'Point at a token, click a coloured square. BertViz counts layers and heads from 0.',
      zh: '左边是正在“看”的词元，右边是被看的词元；每种颜色是一个头，线越深权重越大。'
        + '可把指针放在词元上，或点击彩色方块。BertViz 的层和头从 0 数起。',
    },
    source: { en: 'BertViz 1.4.1 (Vig 2019), its own scripts, without any network', zh: 'BertViz 1.4.1（Vig 2019）的原版脚本，不需要网络' },
    working: { en: 'Drawing', zh: '正在绘制' },
    view: { en: 'View', zh: '视图' },
    head: { en: 'Heads of one layer', zh: '一层的各个头' },
    model: { en: 'All layers and heads', zh: '全部层和头' },
  };
  const TALLEST = 4000;  // px

  // Its scripts run, but in an origin of their own: they reach neither this page nor the server.
  const sandboxed = (html) => {
    const frame = el('iframe', { sandbox: 'allow-scripts', srcdoc: html, title: 'BertViz', class: 'bertviz-frame' });
    const hear = (event) => {
      if (!frame.isConnected) removeEventListener('message', hear);
      const height = event.source === frame.contentWindow && event.data?.bertviz;
      if (Number.isFinite(height)) frame.style.height = `${Math.min(TALLEST, height + 8)}px`;
    };
    addEventListener('message', hear);
    return frame;
  };

  // load(view) answers {html} or {wrong}; view is 'head' or 'model'
  PG.bertviz = (host, load) => {
    const stage = el('div', { class: 'bertviz' });
    const panel = PG.panel({ title: WORDS.title, read: WORDS.read, source: WORDS.source });
    let turn = 0;
    const show = async (view) => {
      const mine = ++turn, busy = PG.busy(stage, WORDS.working), said = await load(view);
      if (mine !== turn) return;
      busy.done();
      stage.replaceChildren(said.wrong ? PG.notice('note', said.wrong) : sandboxed(said.html));
      panel.setTools(said.wrong ? {} : { HTML: () => PG.save(`bertviz-${view}.html`, said.html, 'text/html;charset=utf-8') });
    };
    const options = ['head', 'model'].map((key) => ({ key, label: WORDS[key] }));
    const choice = PG.choice({ label: WORDS.view, value: 'head', options, onchange: show });
    panel.body.append(choice.root, stage);
    host.append(panel.root);
    show('head');
  };
})();
