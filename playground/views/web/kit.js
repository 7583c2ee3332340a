window.PG = (() => {
  const make = (ns) => (tag, props, ...kids) => {
    const e = ns ? document.createElementNS(ns, tag) : document.createElement(tag);
    for (const [k, v] of Object.entries(props || {})) {
      if (v == null || v === false) continue;
      if (k === 'text') e.textContent = v;
      else if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
      else if (k === 'style' && typeof v === 'object') for (const [a, b] of Object.entries(v)) e.style.setProperty(a, b);
      else e.setAttribute(k, v === true ? '' : v);
    }
    for (const kid of kids.flat(9)) if (kid != null && kid !== false) e.append(kid);
    return e;
  };
  const el = make(null), svg = make('http://www.w3.org/2000/svg');
  const PATHS = {
    down: 'M8 2.5v8M4.8 7.6 8 10.8l3.2-3.2M3 13.5h10', chev: 'M4 6l4 4 4-4', check: 'M3.5 8.5l3 3 6-7', x: 'M4 4l8 8M12 4l-8 8',
    plus: 'M8 3v10M3 8h10', left: 'M10 3.5 5.5 8l4.5 4.5', right: 'M6 3.5 10.5 8 6 12.5', arrow: 'M2.5 8h11M9.5 4l4 4-4 4',
    moon: 'M13.2 9.6A5.8 5.8 0 1 1 6.4 2.8a4.6 4.6 0 0 0 6.8 6.8z', sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1',
    cloud: 'M4.5 12.5a3 3 0 0 1-.3-6 4 4 0 0 1 7.7.9 2.6 2.6 0 0 1-.4 5.1M8 8v5.5M6 11.6l2 2 2-2', pen: 'M3 13l.7-2.8 7-7 2.1 2.1-7 7zM9.3 4.6l2.1 2.1', erase: 'M6 13h7M3.3 9.3l5.6-5.6 3.6 3.6-5.6 5.6H5.4L3.3 10.8z', shuffle: 'M2.5 4.5h2.3l5.4 7h3.3M2.5 11.5h2.3l1.4-1.8M8.8 6.3l1.4-1.8h3.3M11.8 2.8l1.7 1.7-1.7 1.7M11.8 9.8l1.7 1.7-1.7 1.7', up: 'M8 13V3M4 7l4-4 4 4', info: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.4v3.6M8 4.9v.2', zh: 'M3 5h10v4.8H3zM8 1.8v12.4',
  };
  const icon = (name) => svg('svg', { class: 'i', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));

  const token = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const rgb = (h) => [1, 3, 5].map((i) => parseInt(h.slice(i, i + 2), 16));
  const ramp = (name) => {
    const stops = token(name).split(',').map((s) => rgb(s.trim())), n = stops.length - 1;
    return (t) => {
      const x = Math.min(1, Math.max(0, t)) * n, i = Math.min(n - 1, Math.floor(x)), f = x - i;
      return stops[i].map((c, k) => Math.round(c + f * (stops[i + 1][k] - c)));
    };
  };
  const str = (c) => `rgb(${c[0]},${c[1]},${c[2]})`;
  const inkOn = (c) => { const l = c.map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); const y = .2126 * l[0] + .7152 * l[1] + .0722 * l[2]; return y > .179 ? '#000000' : '#FFFFFF'; };

  const bus = new EventTarget();
  const on = (name, f) => bus.addEventListener(name, (e) => f(e.detail));
  const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

  const size = (canvas, w, h) => {
    const r = window.devicePixelRatio || 1;
    canvas.width = Math.round(w * r); canvas.height = Math.round(h * r);
    canvas.style.width = w + 'px'; canvas.style.height = h + 'px';
    const g = canvas.getContext('2d'); g.setTransform(r, 0, 0, r, 0, 0); return g;
  };
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const watchWidth = (e, f) => { let last = 0; new ResizeObserver((x) => { const w = Math.round(x[0].contentRect.width); if (w && w !== last) { last = w; f(w); } }).observe(e); };

  let tipEl;
  const tip = (ev, ...kids) => {
    if (!tipEl) document.querySelector('.gradio-container').append(tipEl = el('div', { class: 'pg-tip', role: 'status' }));
    tipEl.replaceChildren(...kids); tipEl.hidden = false;
    const b = tipEl.getBoundingClientRect(), x = Math.min(ev.clientX + 14, innerWidth - b.width - 8), y = ev.clientY + 18 + b.height > innerHeight ? ev.clientY - b.height - 12 : ev.clientY + 18;
    tipEl.style.transform = `translate(${x}px,${y}px)`;
  };
  const untip = () => { if (tipEl) tipEl.hidden = true; };

  // ---- language: a text is a string or {en, zh}; draw again on the bus event 'lang'
  const t = (text) => (text && typeof text === 'object' ? text[state.lang] ?? text.en : text ?? '');

  // ---- the server: JSON in, JSON or bytes out; {wrong: {en, zh}} is a sentence to show, never an exception
  const OFFLINE = { wrong: { en: 'The playground does not answer. Your input is kept; try again in a moment.', zh: '服务器没有回应。你的输入还在，请稍后再试。' } };
  const post = (path, question, signal) => fetch(`pg/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(question), signal });
  const ask = async (path, question, signal) => {
    try { return await (await post(path, question, signal)).json(); } catch (e) { if (e.name === 'AbortError') throw e; return OFFLINE; }
  };
  // Calls onChunk(Uint8Array) as bytes arrive; resolves to {} or {wrong}.
  const stream = async (path, question, onChunk, signal) => {
    try {
      const r = await post(path, question, signal);
      if ((r.headers.get('content-type') || '').includes('json')) return await r.json();
      const reader = r.body.getReader();
      for (;;) { const { done, value } = await reader.read(); if (done) return {}; onChunk(value); }
    } catch (e) { if (e.name === 'AbortError') throw e; return OFFLINE; }
  };

  // ---- widgets: PG.widget('name', (root, value) => ...) draws into root; ui.widget.Widget mounts it
  const widgets = {};
  const widget = (name, draw) => { widgets[name] = draw; };
  const mount = (name, root, value) => widgets[name](root, value);

  // ---- downloads
  const save = (name, content, type = 'text/plain') => {
    const a = el('a', { href: URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type })), download: name });
    a.click(); setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  };
  const csv = (rows) => rows.map((r) => r.map((c) => (/[",\n\r]/.test(String(c)) ? `"${String(c).replaceAll('"', '""')}"` : c)).join(',')).join('\r\n') + '\r\n';

  // tools: {SVG: () => ..., CSV: () => ...}, each a quiet button at the top right
  const panel = ({ title, tools = {}, read, source }) => {
    const h = el('h3', { class: 'panel-title' }), body = el('div', { class: 'panel-body' }), r = el('p', { class: 'read' }), s = el('p', { class: 'source', text: source || '' });
    const set = (t) => h.replaceChildren(...[t].flat());
    const setRead = (t) => r.replaceChildren(...[t].flat());
    set(title || ''); if (read) setRead(read);
    const root = el('section', { class: 'panel' },
      el('div', { class: 'panel-head' }, h, Object.keys(tools).length ? el('div', { class: 'tools' }, Object.entries(tools).map(([name, f]) => el('button', { class: 'btn ghost', type: 'button', 'aria-label': `Download ${name}`, title: `Download ${name}`, onclick: f }, icon('down'), name))) : null),
      read ? r : null, body, source ? s : null);
    return { root, body, set, setRead, setSource: (t) => (s.textContent = t) };
  };
  const badge = (ready) => ready ? el('span', { class: 'badge ok' }, icon('check'), 'Ready offline') : el('span', { class: 'badge' }, icon('cloud'), 'Needs a download');
  const b = (t, c) => el('b', { class: c, text: t });
  const pct = (v) => (v >= .0995 ? Math.round(v * 100) : (v * 100).toFixed(1)) + ' %';
  const bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
  const minus = (v, d = 2) => (v < 0 ? '\u2212' : '') + Math.abs(v).toFixed(d);

  const store = { get: (k) => { try { return localStorage.getItem('pg.' + k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem('pg.' + k, v); } catch { } } };
  const state = { lang: store.get('lang') || 'en' };
  const query = new URLSearchParams(location.search);
  const setType = (v) => { document.documentElement.dataset.type = v; store.set('type', v); requestAnimationFrame(() => emit('theme')); };
  const setTheme = (dark) => { document.body.classList.toggle('dark', dark); store.set('dark', dark ? '1' : '0'); emit('theme'); };
  const setLang = (l) => { state.lang = l; document.documentElement.lang = l; store.set('lang', l); emit('lang', l); };
  document.documentElement.dataset.type = query.get('type') || store.get('type') || 'normal';
  if (query.get('lang')) state.lang = query.get('lang');
  return { el, svg, icon, token, ramp, str, inkOn, rgb, on, emit, size, rem, watchWidth, tip, untip, panel, badge, t, ask, stream, widget, mount, save, csv, b, pct, bytes, minus, state, setType, setTheme, setLang, query };
})();
