// The looking token's weights over all tokens, however many: one bar each, the strongest named. Click or arrow keys choose the key.
(() => {
  const { el, svg } = PG;
  const NAMED = 26;  // up to this many tokens every bar has its name

  PG.headBars = (head) => {
    const canvas = el('canvas', { class: 'board-canvas' }), words = svg('svg', { class: 'board-layer board-marks' });
    const box = el('div', { class: 'head-bars', tabindex: '0', role: 'group', 'aria-label': {
      en: 'Weights over all tokens. Left and right choose the token looked at.', zh: '对所有词元的权重。左右键选择被看的词元。',
    } }, canvas, words);
    const title = el('p', { class: 'hint' }), root = el('div', { class: 'head-bars-box' }, title, box);
    const bars = { root, onRead: null };
    let at = { w: 1, left: 0, width: 0, high: 0 };

    const places = (weights, named) => {
      if (named) return Array.from(weights, (_, i) => i);
      return Array.from(weights, (w, i) => [w, i]).sort((a, b) => b[0] - a[0]).slice(0, 5).map(([, i]) => i).concat(head.view.key);
    };
    bars.draw = (width) => {
      const rem = PG.rem(), weights = head.data.arrays.row_weights, n = weights.length, most = Math.max(...weights) || 1, named = n <= NAMED;
      const high = 3.5 * rem, foot = (named ? 3.75 : 1.5) * rem, w = Math.min(3.25 * rem, (width - 2) / n), g = PG.size(canvas, width, high + foot);
      at = { w, width, high };
      box.style.height = `${high + foot}px`;
      PG.fill(title, { en: 'its whole row: the share of every token', zh: '整行：每个词元所占的份额' });
      const ink = PG.token('--c-ink-2'), violet = PG.token('--c-accent'), grey = PG.token('--c-bar');
      weights.forEach((share, i) => {
        g.fillStyle = i === head.view.key ? violet : grey;
        const h = share ? Math.max(1, (share / most) * (high - 1.1 * rem)) : 0, wide = Math.max(1, Math.min(w - 1, 1.25 * rem));
        g.fillRect(i * w + (w - wide) / 2, high - h, wide, h);
        if (i === head.view.key) g.fillRect(i * w + (w - wide) / 2, high - 1, wide, 1);
      });
      g.fillStyle = PG.token('--c-line');
      g.fillRect(0, high, n * w, 1);
      words.setAttribute('width', width);
      words.setAttribute('height', high + foot);
      words.replaceChildren();
      const clip = (text) => { const all = [...text]; return all.length > 9 ? `${all.slice(0, 8).join('')}…` : text; };
      for (const i of new Set(places(weights, named))) {
        const x = i * w + w / 2, on = i === head.view.key, fill = PG.token(on ? '--c-key' : '--c-ink-3');
        const look = { 'font-size': .6875 * rem, fill, 'font-weight': on ? 700 : 400, class: 'mono', 'dominant-baseline': 'central' };
        const text = clip(head.text(i)), y = high + .6 * rem, anchor = x > width - 4 * rem ? 'end' : x < 4 * rem ? 'start' : 'middle';
        if (named) words.append(svg('text', { ...look, x, y, 'text-anchor': 'end', transform: `rotate(-52 ${x} ${y})`, text }));
        else if (on) words.append(svg('text', { ...look, x, y: y + .2 * rem, 'text-anchor': anchor, text }));
        if (weights[i] / most > .12 || on) {
          const h = Math.max(1, (weights[i] / most) * (high - 1.1 * rem));
          const share = named || on ? weights[i].toFixed(w > 2.2 * rem ? 3 : 2).replace(/^0/, '') : '';
          words.append(svg('text', { ...look, fill: ink, x, y: high - h - .5 * rem, 'text-anchor': 'middle', text: share }));
        }
      }
    };
    const find = (event) => {
      const frame = box.getBoundingClientRect(), i = Math.floor((event.clientX - frame.left) / at.w);
      return i >= 0 && i < head.data.arrays.row_weights.length ? i : null;
    };
    box.addEventListener('pointermove', (event) => {
      const i = find(event);
      if (i === null) { PG.untip(); return; }
      PG.tip(event, el('b', { class: 'mono', text: head.text(i) }), el('span', { class: 'mono', text: head.data.arrays.row_weights[i].toFixed(4) }));
      if (bars.last !== i) { bars.last = i; bars.onRead?.(i); }
    });
    box.addEventListener('pointerleave', () => PG.untip());
    box.addEventListener('click', (event) => { const i = find(event); if (i !== null) head.lookAt(i); });
    box.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      head.lookAt(Math.min(head.data.arrays.row_weights.length - 1, Math.max(0, head.view.key + step)));
    });
    return bars;
  };
})();
