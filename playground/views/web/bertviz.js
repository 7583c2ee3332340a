// BertViz as it is, in a frame of its own.
(() => {
  const { el } = PG;
  const WORDS = {
    about: {
      en: 'The original pictures of BertViz (Vig 2019), drawn from the same weights, without any network.',
      zh: 'BertViz（Vig 2019）的原版图，用同样的权重绘制，不需要网络。',
    },
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
    let turn = 0;
    const show = async (view) => {
      const mine = ++turn, busy = PG.busy(stage, WORDS.working), said = await load(view);
      if (mine !== turn) return;
      busy.done();
      stage.replaceChildren(said.wrong ? PG.notice('note', said.wrong) : sandboxed(said.html));
    };
    const options = ['head', 'model'].map((key) => ({ key, label: WORDS[key] }));
    const choice = PG.choice({ label: WORDS.view, value: 'head', options, onchange: show });
    host.append(el('p', { class: 'read' }, WORDS.about), choice.root, stage);
    show('head');
  };
})();
