// Curves over iterations: axes with units, names at the end of each line, rules and bands for what to compare with.
// Elements are made once; a frame only moves them.
(() => {
  const { el, svg, fill, t } = PG;
  const ITERATIONS = { en: 'iterations', zh: '迭代次数' };
  const STYLES = { real: [7, ''], fake: [1, ''], ink: [null, ''], faint: [null, '4 3'] };
  const SMALL = 1e-12;

  // About `most` round numbers between low and high.
  PG.ganTicks = (low, high, most = 5) => {
    const raw = (high - low) / most || 1,
      ten = 10 ** Math.floor(Math.log10(raw)),
      step = [1, 2, 5, 10].find((k) => k * ten >= raw - SMALL) * ten,
      ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) ticks.push(Number((i * step).toPrecision(12)));
    return ticks;
  };
  const tens = (low, high) => {
    const from = Math.ceil(low - 1e-9),
      to = Math.floor(high + 1e-9),
      stride = Math.max(1, Math.ceil((to - from) / 5));
    return Array.from({ length: Math.max(0, Math.floor((to - from) / stride) + 1) }, (_, i) => from + i * stride);
  };
  const said = (v) => (Math.abs(v) >= 1000 ? v.toLocaleString('en-US') : v < 0 ? `\u2212${Number((-v).toPrecision(6))}` : String(Number(v.toPrecision(6))));
  const tenTo = (power) => `10${[...String(power)].map((c) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]).join('')}`;
  const saidTen = (power) => (power >= -3 && power <= 3 ? said(Number((10 ** power).toPrecision(3))) : tenTo(power));
  const colour = (kind) => {
    const at = STYLES[kind][0];
    return at === null ? PG.token(kind === 'ink' ? '--c-ink' : '--c-ink-3') : PG.token('--signed').split(',')[at].trim();
  };

  // Names at line ends, pushed apart so that none lies on another.
  const apart = (places, gap, low, high) => {
    const order = places.map((y, i) => [y, i]).sort((a, b) => a[0] - b[0]);
    order.forEach((one, k) => {
      if (k) one[0] = Math.max(one[0], order[k - 1][0] + gap);
    });
    for (let k = order.length - 1, most = high; k >= 0; k -= 1, most = order[k + 1][0] - gap) order[k][0] = Math.max(low, Math.min(order[k][0], most));
    return order.reduce((all, [y, i]) => Object.assign(all, { [i]: y }), {});
  };

  class Chart {
    constructor({ lines, unit, log = false, floor = null, ceiling = null, height = 15 }) {
      Object.assign(this, { lines, unit, log, floor, ceiling, height, data: null, width: 0 });
      this.svg = svg('svg', { class: 'gan-chart', role: 'img', 'aria-label': unit });
      this.root = el('div', { class: 'gan-chart-box' }, this.svg);
      this.svg.addEventListener('pointermove', (event) => this.over(event));
      this.svg.addEventListener('pointerleave', () => this.leave());
      PG.watchWidth(this.root, (w) => {
        this.width = w;
        this.frame();
        this.move();
      });
      for (const name of ['theme', 'lang']) PG.on(name, () => requestAnimationFrame(() => (this.frame(), this.move())));
    }

    // What does not move: axes lines and the elements that frames will move.
    frame() {
      if (!this.width) return;
      const r = (this.rem = PG.rem()),
        h = this.height * r;
      this.box = { left: 3.25 * r, right: this.width - 7.5 * r, top: 1.75 * r, bottom: h - 2.5 * r };
      const { left, right, top, bottom } = this.box;
      fill(this.svg);
      this.svg.setAttribute('width', this.width);
      this.svg.setAttribute('height', h);
      this.band = svg('rect', { class: 'gan-band', visibility: 'hidden' });
      this.ticks = svg('g', { class: 'gan-ticks' });
      this.rules = svg('g', { class: 'gan-rules' });
      this.paths = this.lines.map(({ ink }) => svg('path', { fill: 'none', stroke: colour(ink), 'stroke-width': ink === 'faint' ? 1 : 1.75, 'stroke-dasharray': STYLES[ink][1] || 'none', 'stroke-linejoin': 'round' }));
      this.names = this.lines.map(({ ink }) => svg('text', { class: 'gan-line-name', style: { fill: colour(ink) } }));
      this.cross = svg('line', { class: 'gan-cross', y1: top, y2: bottom, visibility: 'hidden' });
      this.svg.append(
        this.band,
        this.ticks,
        svg('path', { class: 'gan-axis', d: `M${left} ${top}V${bottom}H${right}` }),
        svg('text', { class: 'gan-axis-name', x: left, y: top - 0.625 * r }, t(this.unit)),
        svg('text', { class: 'gan-axis-name', x: right, y: bottom + 2 * r, 'text-anchor': 'end' }, t(ITERATIONS)),
        this.rules,
        ...this.paths,
        ...this.names,
        this.cross,
      );
      this.scale = this.ruled = '';
    }

    // data: {at: [..], values: {key: [..]}, band: [low, high, label] | null, rules: [{y, label}], upTo}
    draw(data) {
      this.data = data;
      this.move();
    }

    range() {
      const { values, band, rules = [] } = this.data,
        warp = this.warp;
      let low = Infinity,
        high = -Infinity;
      const see = (v) => {
        const w = warp(v);
        if (Number.isFinite(w)) [low, high] = [Math.min(low, w), Math.max(high, w)];
      };
      for (const { key } of this.lines) for (const v of values[key] || []) see(v);
      if (band) band.slice(0, 2).forEach(see);
      rules.forEach(({ y }) => see(y));
      if (this.floor !== null) low = Math.min(this.floor, low);
      if (this.ceiling !== null) high = Math.max(this.ceiling, high);
      if (!Number.isFinite(low)) [low, high] = this.log ? [-2, 0] : [0, 1];
      const room = Math.max(1e-9, high - low) * 0.06;
      return [this.floor !== null && low >= this.floor ? low : low - room, high + room];
    }

    get warp() {
      return this.log ? (v) => (v > 0 ? Math.log10(v) : NaN) : (v) => v;
    }

    move() {
      if (!this.data || !this.width || !this.svg.firstChild) return;
      const { at, values, band, rules = [] } = this.data,
        { left, right, top, bottom } = this.box,
        [low, high] = this.range(),
        last = Math.max(1, at.at(-1) || 1);
      const x = (v) => left + (v / last) * (right - left),
        y = (v) => bottom - ((this.warp(v) - low) / (high - low)) * (bottom - top);
      this.x = x;
      this.axes(low, high, last, x, y);
      const ends = this.lines.map(({ key }, i) => this.line(this.paths[i], at, values[key] || [], x, y));
      const said = [...rules, ...(band ? [{ y: band[1], label: band[2], bare: true }] : [])];
      this.rule(said, y, left, right);
      const labels = [...this.names, ...this.rules.querySelectorAll('text')],
        places = apart([...ends.map((end) => end ?? top), ...said.map((one) => y(one.y))], 1.05 * this.rem, top, bottom);
      this.lines.forEach(({ key, label }, i) => {
        const v = values[key]?.at(-1);
        this.names[i].textContent = Number.isFinite(v) ? `${t(label)} ${PG.ganNumber(v)}` : '';
      });
      labels.forEach((label, i) => {
        label.setAttribute('x', right + 6);
        label.setAttribute('y', places[i] + 4);
      });
      this.band.setAttribute('visibility', band ? 'visible' : 'hidden');
      if (band) {
        const [from, to] = [y(band[1]), y(Math.max(band[0], this.log ? 10 ** low : band[0]))];
        for (const [name, v] of Object.entries({ x: left, width: right - left, y: from, height: Math.max(1, to - from) })) this.band.setAttribute(name, v);
      }
    }

    line(path, at, all, x, y) {
      let d = '',
        pen = false,
        end = null;
      for (let i = 0; i < all.length; i += 1) {
        const v = y(all[i]);
        if (Number.isFinite(v)) {
          d += `${pen ? 'L' : 'M'}${x(at[i]).toFixed(1)} ${v.toFixed(1)}`;
          end = v;
        }
        pen = Number.isFinite(v);
      }
      path.setAttribute('d', d);
      return end;
    }

    rule(rules, y, left, right) {
      const key = rules.map((one) => `${one.y} ${t(one.label)}`).join('|');
      if (key !== this.ruled) {
        this.ruled = key;
        fill(this.rules, rules.map(({ label, bare }) => [svg('line', { visibility: bare ? 'hidden' : 'visible' }), svg('text', {}, t(label))]));
      }
      rules.forEach((one, i) => {
        const line = this.rules.children[2 * i];
        for (const [name, v] of Object.entries({ x1: left, x2: right, y1: y(one.y), y2: y(one.y) })) line.setAttribute(name, v);
      });
    }

    // Tick marks are rebuilt only when the round numbers change, a few times in a training.
    axes(low, high, last, x, y) {
      const up = this.log ? tens(low, high) : PG.ganTicks(low, high, 4),
        across = PG.ganTicks(0, last, this.width < 30 * this.rem ? 3 : 6),
        key = `${up}|${across}`;
      if (key !== this.scale) {
        this.scale = key;
        fill(
          this.ticks,
          up.map((v) => [svg('line', { x1: this.box.left, x2: this.box.right }), svg('text', { x: this.box.left - 6, 'text-anchor': 'end', text: this.log ? saidTen(v) : said(v) })]),
          across.map((v) => svg('text', { y: this.box.bottom + this.rem, 'text-anchor': 'middle', text: said(v) })),
        );
      }
      const kids = this.ticks.children;
      up.forEach((v, i) => {
        const place = y(this.log ? 10 ** v : v);
        kids[2 * i].setAttribute('y1', place);
        kids[2 * i].setAttribute('y2', place);
        kids[2 * i + 1].setAttribute('y', place + 4);
      });
      across.forEach((v, i) => kids[2 * up.length + i].setAttribute('x', x(v)));
    }

    over(event) {
      if (!this.data?.at.length) return;
      const { at, values } = this.data,
        px = event.clientX - this.svg.getBoundingClientRect().left,
        near = at.reduce((best, v, i) => (Math.abs(this.x(v) - px) < Math.abs(this.x(at[best]) - px) ? i : best), 0);
      this.cross.setAttribute('visibility', 'visible');
      this.cross.setAttribute('x1', this.x(at[near]));
      this.cross.setAttribute('x2', this.x(at[near]));
      const rows = this.lines.filter(({ key }) => Number.isFinite(values[key]?.[near])).map(({ key, label }) => el('span', {}, t(label), ' ', el('span', { class: 'mono', text: PG.ganNumber(values[key][near]) })));
      PG.tip(event, el('b', { text: `${at[near].toLocaleString('en-US')} ${t(ITERATIONS)}` }), rows);
    }

    leave() {
      this.cross?.setAttribute('visibility', 'hidden');
      PG.untip();
    }
  }

  // Three significant digits, a real minus sign; tiny numbers by their power of ten.
  const digits = (size) => (size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
  const tiny = (size) => {
    const power = Math.floor(Math.log10(size));
    return `${(size / 10 ** power).toFixed(1)}·${tenTo(power)}`;
  };
  PG.ganNumber = (v) => {
    if (!Number.isFinite(v)) return '–';
    const size = Math.abs(v),
      text = size >= 1000 ? Math.round(size).toLocaleString('en-US') : size && size < 1e-3 ? tiny(size) : size.toFixed(size ? digits(size) : 0);
    return (v < 0 ? '\u2212' : '') + text;
  };
  PG.ganShare = (v) => (v ? PG.pct(v) : '0 %');
  PG.ganChart = (options) => new Chart(options);
})();
