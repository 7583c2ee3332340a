// The kit: what every other script of this folder stands on. Elements, colours, the reader's choices, the server.
window.PG = (() => {
  // ---- texts: a string, {en, zh}, or a function that says it anew; see `live`
  const store = {
    get: (key) => { try { return localStorage.getItem(`pg.${key}`); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(`pg.${key}`, value); } catch { /* private mode: forgets */ } },
  };
  const query = new URLSearchParams(location.search);
  const LANGS = ['en', 'zh'];
  const chosen = [query.get('lang'), store.get('lang'), (navigator.language || '').slice(0, 2)];
  const state = { lang: chosen.find((lang) => LANGS.includes(lang)) || 'en' };
  const isText = (value) => value && typeof value === 'object' && 'en' in value && 'zh' in value;
  const isLive = (value) => typeof value === 'function' || isText(value);
  const t = (text) => {
    if (typeof text === 'function') return t(text());
    return isText(text) ? text[state.lang] ?? text.en : text ?? '';
  };

  // ---- the bus: 'lang', 'theme' (type size too), 'room'; on() returns its own undoing
  const bus = new EventTarget();
  const on = (name, f) => {
    const listen = (event) => f(event.detail);
    bus.addEventListener(name, listen);
    return () => bus.removeEventListener(name, listen);
  };
  // The same for as long as `node` lives, one f for each name: the bus holds the node weakly, and f hangs on it.
  const follow = (node, name, f) => {
    const ref = new WeakRef(node);
    const off = on(name, (detail) => { const there = ref.deref(); if (there) there.pgHears[name](detail); else off(); });
    (node.pgHears ||= {})[name] = f;
  };
  const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

  // ---- elements that follow the language by themselves: nodes hold what to say, the registry holds them weakly
  const speakers = new Set();
  const live = (node, say) => {
    if (!node.pgLive) { node.pgLive = []; speakers.add(new WeakRef(node)); }
    node.pgLive.push(say);
    say(node);
  };
  on('lang', () => {
    for (const ref of speakers) {
      const node = ref.deref();
      if (node) node.pgLive.forEach((say) => say(node)); else speakers.delete(ref);
    }
  });
  const put = (e, key, value) => {
    if (key === 'text') e.textContent = value; else e.setAttribute(key, value === true ? '' : value);
  };
  const assign = (e, key, value) => {
    if (value == null || value === false) return;
    if (key.startsWith('on')) e.addEventListener(key.slice(2), value);
    else if (key === 'style' && typeof value === 'object') Object.entries(value).forEach(([k, v]) => e.style.setProperty(k, v));
    else if (isLive(value)) live(e, (node) => put(node, key, t(value)));
    else put(e, key, value);
  };
  const adopt = (e, kid) => {
    if (kid == null || kid === false) return;
    if (Array.isArray(kid)) kid.forEach((one) => adopt(e, one));
    else if (isText(kid)) { const text = document.createTextNode(''); live(text, (node) => { node.data = t(kid); }); e.append(text); }
    else if (typeof kid === 'function') e.append(lively(e, kid));
    else e.append(kid);
  };
  const fill = (e, ...kids) => { e.replaceChildren(); adopt(e, kids); return e; };
  const lively = (parent, say) => {
    const box = parent.namespaceURI.endsWith('svg') ? svg('g') : el('span', { style: { display: 'contents' } });
    live(box, (node) => { const said = say(); fill(node, isText(said) ? t(said) : said); });
    return box;
  };
  const make = (ns) => (tag, props, ...kids) => {
    const e = ns ? document.createElementNS(ns, tag) : document.createElement(tag);
    Object.entries(props || {}).forEach(([key, value]) => assign(e, key, value));
    adopt(e, kids);
    return e;
  };
  const el = make(null), svg = make('http://www.w3.org/2000/svg');

  // ---- icons, 16 by 16
  const PATHS = {
    down: 'M8 2.5v8M4.8 7.6 8 10.8l3.2-3.2M3 13.5h10',
    up: 'M8 13V3M4 7l4-4 4 4',
    chev: 'M4 6l4 4 4-4',
    left: 'M10 3.5 5.5 8l4.5 4.5',
    right: 'M6 3.5 10.5 8 6 12.5',
    arrow: 'M2.5 8h11M9.5 4l4 4-4 4',
    check: 'M3.5 8.5l3 3 6-7',
    x: 'M4 4l8 8M12 4l-8 8',
    plus: 'M8 3v10M3 8h10',
    copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
    moon: 'M13.2 9.6A5.8 5.8 0 1 1 6.4 2.8a4.6 4.6 0 0 0 6.8 6.8z',
    sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6'
      + 'M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1',
    cloud: 'M4.5 12.5a3 3 0 0 1-.3-6 4 4 0 0 1 7.7.9 2.6 2.6 0 0 1-.4 5.1M8 8v5.5M6 11.6l2 2 2-2',
    pen: 'M3 13l.7-2.8 7-7 2.1 2.1-7 7zM9.3 4.6l2.1 2.1',
    erase: 'M6 13h7M3.3 9.3l5.6-5.6 3.6 3.6-5.6 5.6H5.4L3.3 10.8z',
    shuffle: 'M2.5 4.5h2.3l5.4 7h3.3M2.5 11.5h2.3l1.4-1.8M8.8 6.3l1.4-1.8h3.3M11.8 2.8l1.7 1.7-1.7 1.7M11.8 9.8l1.7 1.7-1.7 1.7',
    info: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.4v3.6M8 4.9v.2',
    camera: 'M2.5 5h2.6l1-1.5h3.8l1 1.5h2.6v7.5h-11zM8 6.6a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z',
    play: 'M5 3l8 5-8 5z',
    pause: 'M5.5 3.5v9M10.5 3.5v9',
    step: 'M4 3l6 5-6 5zM12.5 3v10',
    again: 'M3.2 8a4.8 4.8 0 1 0 1.6-3.6M3 2.6v2.9h2.9',
    dice: 'M3 3h10v10H3zM5.8 5.8v.1M10.2 5.8v.1M8 8v.1M5.8 10.2v.1M10.2 10.2v.1',
    branch: 'M4.5 2.5v11M4.5 10.5c0-3.5 7-1.5 7-5V3M9.5 5l2-2.2L13.5 5',
    zh: 'M3 5h10v4.8H3zM8 1.8v12.4',
  };
  const icon = (name) => svg('svg', { class: 'i', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));

  // ---- colours: the tokens of style.css, read where .dark sits
  const token = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const ramp = (name) => {
    const stops = token(name).split(',').map((s) => rgb(s.trim())), last = stops.length - 1;
    return (share) => {
      const x = Math.min(1, Math.max(0, share)) * last, i = Math.min(last - 1, Math.floor(x)), part = x - i;
      return stops[i].map((c, k) => Math.round(c + part * (stops[i + 1][k] - c)));
    };
  };
  const str = (c) => `rgb(${c[0]},${c[1]},${c[2]})`;
  const linear = (v) => (v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4);
  const inkOn = ([r, g, b]) => (.2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b) > .179 ? '#000000' : '#FFFFFF');

  // ---- measures
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const size = (canvas, w, h) => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(h * ratio);
    canvas.style.width = `${w}px`;
    canvas.style.height = `${h}px`;
    const g = canvas.getContext('2d');
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    return g;
  };
  const watchWidth = (e, f) => {
    let last = 0;
    new ResizeObserver((entries) => {
      const w = Math.round(entries[0].contentRect.width);
      if (w && w !== last) { last = w; f(w); }
    }).observe(e);
  };

  // ---- the tip that follows the pointer
  let tipBox, finger = false;
  addEventListener('pointerdown', (event) => { finger = event.pointerType === 'touch'; untip(); }, true);
  addEventListener('scroll', () => untip(), { passive: true });
  let lifted;
  const tip = (event, ...kids) => {
    if (!tipBox?.isConnected) {
      tipBox = el('div', { class: 'pg-tip', role: 'status' });
      document.querySelector('.gradio-container').append(tipBox);
    }
    fill(tipBox, kids);
    tipBox.hidden = false;
    clearTimeout(lifted);
    if (finger) lifted = setTimeout(untip, 1600);  // a finger never leaves what it touched
    const box = tipBox.getBoundingClientRect(), x = Math.max(8, Math.min(event.clientX + 14, innerWidth - box.width - 8));
    const below = event.clientY + 18 + box.height <= innerHeight;
    tipBox.style.transform = `translate(${x}px,${below ? event.clientY + 18 : event.clientY - box.height - 12}px)`;
  };
  const untip = () => { if (tipBox) tipBox.hidden = true; };

  // ---- the server: JSON in, JSON or bytes out; {wrong: {en, zh}} is a sentence to show, never an exception
  const OFFLINE = { wrong: {
    en: 'The playground does not answer. Your input is kept; try again in a moment.',
    zh: '服务器没有回应。你的输入还在，请稍后再试。',
  } };
  const post = (path, question, signal) => fetch(`pg/${path}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(question), signal,
  });
  const trying = async (work) => {
    try { return await work(); } catch (error) { if (error.name === 'AbortError') throw error; return OFFLINE; }
  };
  const ask = (path, question, signal) => trying(async () => (await post(path, question, signal)).json());
  // Calls onChunk(Uint8Array) as bytes arrive; resolves to {} or {wrong}.
  const stream = (path, question, onChunk, signal) => trying(async () => {
    const answer = await post(path, question, signal);
    if ((answer.headers.get('content-type') || '').includes('json')) return answer.json();
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return {};
      onChunk(value);
    }
  });

  // ---- widgets: PG.widget('name', (root, value) => ...) draws into root; ui.widget.Widget mounts it
  const widgets = {};
  const widget = (name, draw) => { widgets[name] = draw; };
  const mount = (name, root, value) => widgets[name](root, value);

  // ---- numbers as they are written here
  const b = (text, cls) => el('b', { class: cls, text });
  // 100 % is said of one alone: what comes close is cut to 99.9 %, not rounded up.
  const pct = (v) => `${v >= .995 && v < 1 ? (Math.floor(v * 1000) / 10).toFixed(1) : v >= .0995 ? Math.round(v * 100) : (v * 100).toFixed(1)} %`;
  const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const minus = (v, digits = 2) => (v < 0 ? '\u2212' : '') + Math.abs(v).toFixed(digits);

  // ---- the reader's choices: the address wins for this visit, what was clicked is remembered
  const inAddress = (key, value, force) => {
    const url = new URL(location);
    if (!force && !url.searchParams.has(key)) return;
    url.searchParams.set(key, value);
    history.replaceState(history.state, '', url);
  };
  const choose = (key, value) => { store.set(key, value); inAddress(key, value, false); };
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const themes = ['light', 'dark'];
  let theme = [query.get('theme'), store.get('theme')].find((name) => themes.includes(name)) || null;
  const dark = () => (theme ? theme === 'dark' : prefersDark.matches);
  const large = () => document.documentElement.dataset.type === 'large';
  const wear = () => { if (document.body && document.body.classList.contains('dark') !== dark()) document.body.classList.toggle('dark', dark()); };
  const dress = () => {  // Gradio dresses the body by the system's wish when it starts: ours is put back
    wear();
    new MutationObserver(wear).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  };
  const setTheme = (toDark) => { theme = toDark ? 'dark' : 'light'; choose('theme', theme); wear(); emit('theme'); };
  const setType = (type) => {
    document.documentElement.dataset.type = type;
    choose('type', type);
    requestAnimationFrame(() => emit('theme'));
  };
  const speak = () => { if (document.documentElement.lang !== state.lang) document.documentElement.lang = state.lang; };
  const setLang = (lang) => {
    state.lang = lang;
    speak();
    choose('lang', lang);
    emit('lang', lang);
  };
  speak();
  new MutationObserver(speak).observe(document.documentElement, { attributes: true, attributeFilter: ['lang'] }); // Gradio names the browser's
  document.documentElement.dataset.type = [query.get('type'), store.get('type')].find((type) => type === 'large') || 'normal';
  if (document.body) dress(); else document.addEventListener('DOMContentLoaded', dress);
  prefersDark.addEventListener('change', () => { if (!theme) { wear(); emit('theme'); } });

  return {
    el, svg, icon, fill, t, token, ramp, str, inkOn, rgb, on, follow, emit, rem, size, watchWidth, tip, untip, ask, stream, widget, mount,
    b, pct, bytes, minus, state, query, dark, large, setTheme, setType, setLang, inAddress,
  };
})();
