// The furniture every room shares: header, input column, answer card, sub-tabs, notices, foot.
(() => {
  const { el, icon, fill, t } = PG;

  // ---- the page of a room
  // The input column stays in sight while the results scroll, unless it is taller than what the screen shows of it.
  const keepInSight = (column) => {
    const fit = () => column.classList.toggle('tall', column.offsetHeight > innerHeight - 7 * PG.rem());
    new ResizeObserver(fit).observe(column);
    addEventListener('resize', fit);
    return column;
  };
  PG.room = (root, { head, input, output, foot, wide }) => {
    fill(root,
      head,
      el('div', { class: wide ? 'room wide-in' : 'room' },
        keepInSight(el('div', { class: 'room-in' }, input)),
        el('div', { class: 'room-out' }, output)),
      foot?.root || foot);
    root.append(echo(root.querySelector('.room-out > .card')));
  };

  // Brings the answer into sight after a question was sent, if it is not there.
  PG.reveal = (card) => {
    const { top } = card.getBoundingClientRect();
    if (top < 0 || top > innerHeight - 8 * PG.rem()) card.scrollIntoView({ block: 'start' });
  };
  // Where the input stands above the answer, the finding is repeated at the lower edge until the answer is in sight.
  const echo = (card) => {
    const said = el('span', {}), go = () => card.scrollIntoView({ block: 'start' });
    const bar = el('button', { class: 'echo', type: 'button', hidden: true, onclick: go }, said, icon('chev'));
    let below = false;
    const tell = () => {
      said.textContent = card.querySelector('.panel-title, .notice')?.textContent || '';
      bar.hidden = !below || !said.textContent;
    };
    const look = (seen) => { // on a busy machine several looks come at once: the last one holds
      const { isIntersecting, boundingClientRect } = seen.at(-1);
      below = !isIntersecting && boundingClientRect.top > 0;
      tell();
    };
    const watch = new IntersectionObserver(look, { rootMargin: '0px 0px -25%' });
    new ResizeObserver(() => { watch.unobserve(card); watch.observe(card); }).observe(card); // a card may be hidden when it is made
    new MutationObserver(tell).observe(card, { childList: true, subtree: true, characterData: true });
    return bar;
  };

  PG.roomHead = ({ kicker, title, lead, cite }) => el('header', { class: 'room-head' },
    el('div', {}, el('h1', {}, el('b', { text: kicker }), ' ', title), cite ? el('span', { class: 'cite', text: cite }) : null),
    el('p', { class: 'lead' }, lead));

  PG.card = (...kids) => el('section', { class: 'card' }, kids);
  PG.inside = (...kids) => el('section', { class: 'card inside' }, kids);

  // ---- tabs drawn when first shown; arrow keys move, as the ARIA pattern asks
  let tabsMade = 0;
  PG.tabs = (items, { label, pick, onShow } = {}) => {
    const id = `views-${++tabsMade}`, fresh = new Set();
    let now = null;
    const hosts = Object.fromEntries(items.map(({ key }) => [key, el('div', {
      class: 'view', role: 'tabpanel', id: `${id}-${key}`, 'aria-labelledby': `${id}-${key}-tab`, tabindex: '-1', hidden: true,
    })]));
    const buttons = Object.fromEntries(items.map((item) => [item.key, el('button', {
      class: 'view-tab', role: 'tab', type: 'button', id: `${id}-${item.key}-tab`, 'aria-controls': `${id}-${item.key}`,
      onclick: () => show(item.key), onkeydown: (event) => step(event),
    }, item.label)]));
    const draw = (key) => {
      if (fresh.has(key)) return;
      fresh.add(key);
      hosts[key].replaceChildren();
      items.find((item) => item.key === key).draw(hosts[key]);
    };
    const show = (key) => {
      now = key;
      for (const item of items) {
        const on = item.key === key;
        buttons[item.key].setAttribute('aria-selected', String(on));
        buttons[item.key].tabIndex = on ? 0 : -1;
        hosts[item.key].hidden = !on;
      }
      draw(key);
      onShow?.(key);
    };
    const step = (event) => {
      const keys = items.map((item) => item.key), at = keys.indexOf(now), last = keys.length - 1;
      const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(keys[to]);
      buttons[keys[to]].focus();
    };
    const redraw = (key) => {
      if (key) fresh.delete(key); else fresh.clear();
      if (!key || key === now) draw(now);
    };
    const root = el('div', { class: 'views' },
      el('div', { class: 'view-tabs', role: 'tablist', 'aria-label': label }, Object.values(buttons)), Object.values(hosts));
    show(pick || items[0].key);
    return { root, show, redraw, current: () => now, host: (key) => hosts[key] };
  };

  // ---- many buttons, one tab stop: arrow keys walk through them in reading order
  PG.roving = (host) => {
    const all = () => [...host.querySelectorAll('button')];
    const stop = (at) => all().forEach((button) => { button.tabIndex = button === at ? 0 : -1; });
    stop(all().find((button) => button.getAttribute('aria-pressed') === 'true') || all()[0]);
    host.addEventListener('focusin', (event) => stop(event.target));
    host.addEventListener('keydown', (event) => {
      const buttons = all(), at = buttons.indexOf(document.activeElement), { top } = buttons[Math.max(0, at)].getBoundingClientRect();
      const columns = buttons.filter((button) => Math.abs(button.getBoundingClientRect().top - top) < 2).length;
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (!step || at < 0) return;
      event.preventDefault();
      buttons[at + step]?.focus();
    });
    return host;
  };

  // ---- states
  const SIGNS = { wrong: 'x', cut: 'info', offline: 'cloud' };
  const ROLES = { wrong: 'alert' };
  PG.notice = (kind, text, button) => el('div', { class: `notice ${kind}`, role: ROLES[kind] || 'status' },
    SIGNS[kind] ? icon(SIGNS[kind]) : null, el('span', {}, text),
    button ? el('button', { class: 'btn', type: 'button', onclick: button.onclick }, button.label) : null);

  PG.busy = (host, text, onStop) => {
    const said = el('span', {}, text);
    const stop = onStop ? el('button', { class: 'btn', type: 'button', text: { en: 'Stop', zh: '停止' }, onclick: onStop }) : null;
    const box = el('div', { class: 'working' }, el('div', { class: 'notice', role: 'status' }, said, stop), el('div', { class: 'busy' }));
    host.replaceChildren(box);
    return { set: (next) => fill(said, next), done: () => box.remove() };
  };

  const READY = { en: 'Ready offline', zh: '可离线使用' }, DOWNLOAD = { en: 'Needs a download', zh: '需要下载' };
  PG.badge = (kind, text) => {
    if (kind === 'note') return el('span', { class: 'badge note' }, text);
    const ready = kind === true || kind === 'ready';
    return el('span', { class: ready ? 'badge ok' : 'badge' }, icon(ready ? 'check' : 'cloud'), text || (ready ? READY : DOWNLOAD));
  };

  // ---- the input column
  let fieldsMade = 0;
  const control = () => `control-${++fieldsMade}`;
  const caption = (label, hint, id) => {
    const name = el(id ? 'label' : 'div', { class: 'label', for: id }, label);
    return hint ? el('div', { class: 'label-row' }, name, el('span', { class: 'hint' }, hint)) : name;
  };
  PG.field = (label, hint, ...kids) => el('div', { class: 'field' }, caption(label, hint), kids);

  PG.slider = ({ label, hint, min, max, step, value, format = String, oninput, onchange }) => {
    const id = control(), out = el('output', { class: 'mono hint', for: id });
    const input = el('input', { type: 'range', id, min, max, step, oninput: () => { tell(); oninput?.(get()); }, onchange: () => onchange?.(get()) });
    const get = () => Number(input.value);
    const tell = () => {
      out.textContent = format(get());
      input.setAttribute('aria-valuetext', format(get()));
      input.style.setProperty('--at', `${((get() - min) / (max - min)) * 100}%`);
    };
    const set = (next) => { input.value = next; tell(); };
    set(value);
    const row = el('div', { class: 'label-row' }, el('label', { class: 'label', for: id }, label), out);
    return { root: el('div', { class: 'field' }, row, input, hint ? el('span', { class: 'hint' }, hint) : null), get, set };
  };

  PG.choice = ({ label, options, value, onchange }) => {
    const name = control();
    const inputs = options.map(({ key }) => el('input', { type: 'radio', name, value: key, onchange: () => onchange?.(key) }));
    const set = (key) => inputs.forEach((input) => { input.checked = input.value === String(key); });
    const labels = options.map((option, i) => el('label', { class: 'choice' }, inputs[i], el('span', {}, option.label)));
    set(value);
    const root = el('div', { class: 'field', role: 'radiogroup', 'aria-label': label }, caption(label), el('div', { class: 'choices' }, labels));
    return { root, set, get: () => inputs.find((input) => input.checked)?.value };
  };

  PG.check = ({ label, value, onchange }) => {
    const input = el('input', { type: 'checkbox', onchange: () => onchange?.(input.checked) });
    input.checked = Boolean(value);
    return { root: el('label', { class: 'switch' }, input, el('span', {}, label)), get: () => input.checked, set: (on) => { input.checked = on; } };
  };

  PG.select = ({ label, options, value, onchange }) => {
    const id = control();
    const input = el('select', { id, class: 'cell', onchange: () => onchange?.(input.value) },
      options.map((option) => el('option', { value: option.key, text: option.label })));
    input.value = value;
    return { root: el('div', { class: 'field' }, caption(label, null, id), input), get: () => input.value, set: (key) => { input.value = key; } };
  };

  PG.more = (label, ...kids) => el('details', { class: 'more' },
    el('summary', {}, label || { en: 'More settings', zh: '更多设置' }), el('div', { class: 'more-body' }, kids));

  PG.go = (label, onclick) => el('button', { class: 'go', type: 'button', onclick }, label);

  PG.examples = (items, onPick, picked = -1) => {
    const buttons = items.map((item, i) => el('button', { class: 'example', type: 'button', onclick: () => { pick(i); onPick(i); } },
      el('span', { class: 'example-name' }, item.name), el('span', { class: 'example-text' }, item.text)));
    const pick = (at) => buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(i === at)));
    pick(picked);
    return { root: PG.field({ en: 'Examples', zh: '示例' }, null, el('div', { class: 'examples' }, buttons)), pick };
  };

  // ---- a picture with its title, how to read it, its source and its downloads
  const DOWNLOAD_AS = (name) => () => t({ en: `Download ${name}`, zh: `下载 ${name}` });
  PG.panel = ({ title, tools = {}, read, source }) => {
    const head = el('h3', { class: 'panel-title' }, title), body = el('div', { class: 'panel-body' });
    const how = el('p', { class: 'read' }, read), origin = el('p', { class: 'source' }, source), row = el('div', { class: 'tools' });
    const put = (node, text) => { fill(node, text); node.hidden = !text || (Array.isArray(text) && !text.length); };
    const tool = ([name, save]) => el('button', {
      class: 'btn ghost', type: 'button', 'aria-label': DOWNLOAD_AS(name), title: DOWNLOAD_AS(name), onclick: save,
    }, icon('down'), name);
    const setTools = (next) => put(row, Object.entries(next).map(tool));
    put(how, read);
    put(origin, source);
    setTools(tools);
    const root = el('section', { class: 'panel' }, el('div', { class: 'panel-head' }, head, row), how, body, origin);
    return { root, body, setTools, set: (text) => fill(head, text), setRead: (text) => put(how, text), setSource: (text) => put(origin, text) };
  };

  // ---- the foot of a room
  const copyButton = (what) => {
    const said = el('span', { text: { en: 'Copy', zh: '复制' } });
    const done = () => { fill(said, { en: 'Copied', zh: '已复制' }); setTimeout(() => fill(said, { en: 'Copy', zh: '复制' }), 1500); };
    return el('button', { class: 'btn ghost', type: 'button', onclick: () => PG.copy(what()).then(done) }, icon('copy'), said);
  };
  const READ = { en: 'Read the lesson', zh: '阅读讲解' }, SHUT = { en: 'Close the lesson', zh: '收起讲解' };
  const lessonLink = (key) => {
    const said = el('span', {}, READ);
    const link = el('button', {
      class: 'more-link', type: 'button', 'aria-controls': `lesson-${key}`, 'aria-expanded': 'false', onclick: () => turn(),
    }, said, icon('right'));
    const turn = () => {
      const lesson = document.getElementById(`lesson-${key}`);
      if (!lesson) return;
      const open = lesson.toggleAttribute('data-open');
      link.setAttribute('aria-expanded', String(open));
      fill(said, open ? SHUT : READ);
      if (open) lesson.scrollIntoView({ block: 'start' });
    };
    return link;
  };
  const fileButton = ({ name, size, make }) => el('li', {}, el('button', { class: 'file', type: 'button', onclick: make },
    icon('down'), el('span', { class: 'mono', text: name }), size ? el('span', { class: 'size', text: size }) : null));

  PG.foot = ({ how, code, files = [], lesson }) => {
    const text = el('code'), list = el('ul', { class: 'files' });
    const refresh = () => { text.textContent = code(); };
    const setFiles = (next) => fill(list, next.map(fileButton));
    refresh();
    setFiles(files);
    const root = el('footer', { class: 'room-foot' },
      el('section', {}, el('h2', { class: 'label', text: { en: 'How it works', zh: '工作原理' } }), el('p', {}, how), lesson ? lessonLink(lesson) : null),
      el('section', {},
        el('div', { class: 'label-row' }, el('h2', { class: 'label', text: { en: 'The code behind this page', zh: '本页背后的代码' } }), copyButton(code)),
        el('pre', { tabindex: '0' }, text)),
      el('section', {}, el('h2', { class: 'label', text: { en: 'Take it with you', zh: '带走数据' } }), list));
    return { root, refresh, setFiles };
  };
})();
