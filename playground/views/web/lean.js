// Cheap ways for what is drawn many times a second: asking a page for its style, or telling it what it says, is dear.
(() => {
  let kept = {};
  PG.on('theme', () => {
    kept = {};
  });
  const keep = (name, make) => (kept[name] ??= make());
  const token = (name) => keep(name, () => PG.token(name));
  const rem = () => keep('rem', PG.rem);
  // Writes into an element only what it does not say already.
  const say = (node, text) => {
    const said = PG.t(text);
    if (node.textContent !== said) node.textContent = said;
  };
  // Calls `f` with the newest arguments, at most once in `wait` ms, the last ones for sure.
  const calm = (wait, f) => {
    let due = 0,
      last = 0,
      newest = null;
    const go = () => {
      due = 0;
      last = performance.now();
      f(...newest);
    };
    return (...all) => {
      newest = all;
      if (due) return;
      const rest = wait - (performance.now() - last);
      if (rest <= 0) go();
      else due = setTimeout(go, rest);
    };
  };
  // The texts of a PG.panel, followed by the language and written when they change.
  const words = (panel) => {
    const texts = {},
      said = {};
    const put = (name, text) => {
      texts[name] = text;
      const now = PG.t(text);
      if (said[name] === now) return;
      said[name] = now;
      ({ title: panel.set, read: panel.setRead, source: panel.setSource })[name](now);
    };
    PG.on('lang', () => Object.entries(texts).forEach(([name, text]) => put(name, text)));
    return { title: (text) => put('title', text), read: (text) => put('read', text), source: (text) => put('source', text) };
  };
  PG.lean = { keep, token, rem, say, calm, words };
})();
