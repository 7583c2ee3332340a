// Sentences as points in a fixed plane: filled ones are learned from, rings are held out, a cross is a wrong answer.
(() => {
  const { el, svg, t } = PG;
  const W = {
    label: { en: 'Sentences in a plane, coloured by label', zh: '平面上的句子，按标签着色' },
    yours: { en: 'yours', zh: '你的句子' },
    train: { en: 'training', zh: '训练' },
    held: { en: 'held out', zh: '留出' },
    wrong: { en: 'wrong', zh: '答错' },
    says: (label, share) => ({ en: `it says ${label}, ${share}`, zh: `它回答 ${label}，${share}` }),
  };
  const REACH = 14; // px from the pointer to a point
  const CROSS = 'M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5';
  const STAR = 'M0 -8L8 0L0 8L-8 0Z';

  PG.teachColour = (i) => PG.lean.token('--classes').split(',')[i].trim();

  class Map_ {
    constructor({ height = 22, onPick }) {
      Object.assign(this, { height, onPick, width: 0, points: [], data: null, edges: null });
      this.dots = svg('g');
      this.names = svg('g', { class: 'teach-names' });
      const yours = svg('text', { y: -13, 'text-anchor': 'middle', text: W.yours });
      this.star = svg('g', { class: 'teach-star', visibility: 'hidden' }, svg('path', { d: STAR }), yours);
      this.ring = svg('circle', { class: 'teach-ring', r: 9, visibility: 'hidden' });
      this.svg = svg('svg', {
        class: 'teach-map', role: 'img', 'aria-label': W.label, onpointermove: (event) => this.hover(event), onpointerdown: (event) => this.hover(event),
        onpointerleave: () => this.leave(), onclick: (event) => this.click(event),
      }, this.dots, this.ring, this.names, this.star);
      this.legend = el('div', { class: 'teach-legend' });
      this.root = el('div', {}, el('div', { class: 'teach-map-box' }, this.svg), this.legend);
      PG.watchWidth(this.svg.parentNode, (w) => { this.width = w; this.draw(); });
      PG.on('theme', () => requestAnimationFrame(() => { this.shown = null; this.draw(); }));
    }

    // data: {place [point 2], label, held, said, sure [point label], names, texts: [[text, pair]], tried: [x, y] or null, fresh}
    take(data) {
      if (data.fresh) this.edges = null;
      this.data = data;
      this.draw();
    }

    build() {
      const { label, held, names } = this.data, key = `${label.join()}|${held.join()}|${names.join()}`;
      if (key === this.shown) return;
      this.shown = key;
      this.points = [...label].map((own, i) => {
        const colour = PG.teachColour(own);
        return svg('g', { class: `teach-point${held[i] ? ' held' : ''}`, style: { '--dot': colour } },
          svg('circle', { r: held[i] ? 5 : 4.75 }), svg('path', { class: 'teach-cross', d: CROSS, visibility: 'hidden' }));
      });
      this.dots.replaceChildren(...this.points);
      this.labels = names.map((name, i) => svg('text', { text: name, 'text-anchor': 'middle', style: { fill: PG.teachColour(i) } }));
      this.names.replaceChildren(...this.labels);
      PG.fill(this.legend, names.map((name, i) => el('span', {}, el('i', { class: 'teach-dot', style: { '--dot': PG.teachColour(i) } }), name)),
        el('span', { class: 'teach-kinds' }, el('i', { class: 'teach-dot' }), W.train), el('span', {}, el('i', { class: 'teach-dot held' }), W.held),
        el('span', {}, el('i', { class: 'teach-dot wrong' }), W.wrong));
    }

    // One unit for both axes; it only ever zooms out, so that what moves is the points.
    fit() {
      const { place, tried } = this.data, h = this.height * PG.rem(), edge = 1.75 * PG.rem(), all = tried ? [...place, ...tried] : place;
      this.edges ||= [Infinity, -Infinity, Infinity, -Infinity];
      for (let i = 0; i < all.length; i += 2) {
        const [left, right, low, high] = this.edges, [x, y] = [all[i], all[i + 1]];
        this.edges = [Math.min(left, x), Math.max(right, x), Math.min(low, y), Math.max(high, y)];
      }
      const [left, right, low, high] = this.edges, wide = Math.max(1, this.width - 2 * edge);
      const unit = Math.min(wide / Math.max(1e-6, right - left), (h - 2 * edge) / Math.max(1e-6, high - low));
      this.h = h;
      return ([x, y]) => [this.width / 2 + (x - (left + right) / 2) * unit, h / 2 - (y - (low + high) / 2) * unit];
    }

    draw() {
      if (!this.data || !this.width) return;
      this.build();
      const { place, label, said, tried, names } = this.data, to = this.fit(), sums = names.map(() => [0, 0, 0]);
      const size = `0 0 ${this.width} ${this.h}`;
      if (this.svg.getAttribute('viewBox') !== size) {
        Object.entries({ viewBox: size, width: this.width, height: this.h }).forEach(([k, v]) => this.svg.setAttribute(k, v));
      }
      this.spots = this.points.map((point, i) => {
        const spot = to([place[2 * i], place[2 * i + 1]]), sum = sums[label[i]];
        point.style.transform = `translate(${spot[0].toFixed(1)}px,${spot[1].toFixed(1)}px)`;
        point.lastChild.setAttribute('visibility', said[i] === label[i] ? 'hidden' : 'visible');
        sum[0] += spot[0]; sum[1] += spot[1]; sum[2] += 1;
        return spot;
      });
      this.seat(sums);
      this.star.setAttribute('visibility', tried ? 'visible' : 'hidden');
      if (tried) this.star.style.transform = this.shift(to(tried));
    }

    // Names stand at the middle of their points once these lie apart; before, the legend must do.
    seat(sums) {
      const rows = sums.map(([x, y, n]) => [x / n, y / n]), least = 3 * PG.rem();
      const apart = rows.every((a, i) => rows.every((b, k) => k <= i || Math.hypot((a[0] - b[0]) / 1.5, (a[1] - b[1]) * 1.5) > least));
      this.names.setAttribute('opacity', apart ? 1 : 0);
      rows.forEach((row, i) => { this.labels[i].style.transform = this.shift([row[0], row[1] + 5]); });
    }

    shift([x, y]) {
      const px = Math.max(24, Math.min(this.width - 24, x)), py = Math.max(18, Math.min(this.h - 10, y));
      return `translate(${px.toFixed(1)}px,${py.toFixed(1)}px)`;
    }

    // ---- hover reads the sentence
    near(event) {
      const box = this.svg.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
      let best = -1, least = REACH;
      this.spots?.forEach(([px, py], i) => {
        const away = Math.hypot(px - x, py - y);
        if (away < least) { least = away; best = i; }
      });
      return best;
    }
    hover(event) {
      const i = this.near(event);
      if (i < 0) { this.leave(); return; }
      const { texts, label, said, held, sure, names } = this.data, n = names.length, [text, pair] = texts[i] || ['', ''];
      this.ring.setAttribute('visibility', 'visible');
      this.ring.setAttribute('transform', `translate(${this.spots[i].join(' ')})`);
      PG.tip(event, el('span', { text: pair ? `${text} / ${pair}` : text }),
        el('span', {}, el('b', { text: names[label[i]] }), ` · ${t(held[i] ? W.held : W.train)}`),
        el('span', {}, W.says(names[said[i]], PG.pct(sure[i * n + said[i]]))));
    }
    leave() { this.ring.setAttribute('visibility', 'hidden'); PG.untip(); }
    click(event) { const i = this.near(event); if (i >= 0) this.onPick?.(i); }
  }

  PG.teachMap = (options) => new Map_(options);
})();
