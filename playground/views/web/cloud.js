// A cloud of labelled points that moves from frame to frame (layers, steps, ways to draw). It knows no model.
(() => {
  const { el, svg } = PG;
  const CALM = matchMedia('(prefers-reduced-motion: reduce)');
  const WAY = 450; // ms from one frame to the next
  const EASE = (x) => (x < .5 ? 2 * x * x : 1 - (2 - 2 * x) ** 2 / 2);
  const REACH = 18; // px around a point that count as it
  const GAP = 7; // px between a point and its label
  // Where a label may stand beside its point: share of its width, share of its height, gap to the side.
  const SEATS = [[0, .35, 1], [-1, .35, -1], [-.5, -.6, 0], [-.5, 1.3, 0], [0, -.35, .7], [0, 1.05, .7], [-1, -.35, -.7], [-1, 1.05, -.7]];

  let ruler;
  const wide = (text, font) => {
    ruler ||= el('canvas').getContext('2d');
    ruler.font = font;
    return ruler.measureText(text).width;
  };
  const apart = (a, b) => a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;

  // data: { labels, groups, frames: [Float32Array of x y pairs or null] }; hooks: tip(i) -> nodes, pick(i), near(i) -> indices
  class Cloud {
    constructor(data, hooks) {
      const { height = 24, quiet = [], label } = hooks;
      Object.assign(this, { data, hooks, height, quiet, frame: 0, picked: null, width: 0, now: null, trails: true, names: [] });
      this.links = svg('g', { class: 'cloud-links' });
      this.trail = svg('path', { class: 'cloud-trail', fill: 'none' });
      this.dots = svg('g');
      this.points = data.labels.map((name, i) => this.point(name, i));
      this.svg = svg('svg', {
        class: 'cloud-svg', role: 'img', 'aria-label': label, onclick: (event) => this.choose(event),
        onpointermove: (event) => this.read(event), onpointerleave: () => { PG.untip(); this.mark(this.picked); },
      }, this.trail, this.dots, this.links, svg('g', {}, this.points));
      this.root = el('div', { class: 'cloud', tabindex: '0', onkeydown: (event) => this.key(event) }, this.svg);
      PG.watchWidth(this.root, (w) => { this.width = w; this.jump(); });
      PG.follow(this.root, 'theme', () => this.jump());
    }

    point(name, i) {
      const text = svg('text', { class: 'cloud-name', text: name }), side = this.data.groups[i] ? ' other' : '';
      this.names.push(text);
      return svg('g', { class: `cloud-point${side}${this.quiet[i] ? ' quiet' : ''}` }, svg('circle', { class: 'cloud-dot', r: 4.5 }), text);
    }

    // The point nearest to the pointer, if one is within reach: dots that overlap can still be told apart.
    under(event) {
      const box = this.svg.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
      const far = this.now?.map(([px, py]) => Math.hypot(px - x, py - y)) || [], least = Math.min(...far);
      return least <= REACH ? far.indexOf(least) : null;
    }

    read(event) {
      const i = this.under(event);
      this.root.classList.toggle('reached', i !== null);
      if (i !== null && this.hooks.tip) PG.tip(event, this.hooks.tip(i)); else PG.untip();
      this.mark(i ?? this.picked);
    }

    choose(event) {
      const i = this.under(event);
      if (i !== null) this.pick(i);
    }

    key(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.pick(Math.min(this.points.length - 1, Math.max(0, (this.picked ?? 0) + step)));
    }

    pick(i) { this.picked = i; this.raise(); this.mark(i); this.seat(); this.hooks.pick?.(i); }

    // The picked point is drawn above all others.
    raise() { if (this.picked != null) this.points[this.picked].parentNode.append(this.points[this.picked]); }

    setFrames(frames) { this.data = { ...this.data, frames }; this.scale = null; this.jump(); }

    // ---- from numbers to places: one scale for all frames and both axes
    fit() {
      if (this.scale?.width === this.width) return this.scale;
      const h = this.height * PG.rem(), edge = 2.25 * PG.rem();
      const lows = [Infinity, Infinity], highs = [-Infinity, -Infinity];
      for (const frame of this.data.frames) {
        frame?.forEach((v, k) => { lows[k % 2] = Math.min(lows[k % 2], v); highs[k % 2] = Math.max(highs[k % 2], v); });
      }
      const spans = lows.map((low, k) => Math.max(1e-6, highs[k] - low)), mids = lows.map((low, k) => (low + highs[k]) / 2);
      const unit = Math.min((this.width - 2 * edge) / spans[0], (h - 2 * edge) / spans[1]);
      this.scale = { width: this.width, h, place: ([x, y]) => [this.width / 2 + (x - mids[0]) * unit, h / 2 - (y - mids[1]) * unit] };
      return this.scale;
    }

    at(frame, i) { const values = this.data.frames[frame]; return this.fit().place([values[2 * i], values[2 * i + 1]]); }

    places(frame) { return this.points.map((_, i) => this.at(frame, i)); }

    // ---- movement
    show(frame, quick = false) {
      if (!this.data.frames[frame]) return;
      this.frame = frame;
      if (!this.width) return;
      cancelAnimationFrame(this.moving);
      const from = this.now, to = this.places(frame), begun = performance.now();
      if (!from || quick || CALM.matches) { this.put(to); this.rest(); return; }
      this.root.classList.add('moving');
      const step = () => {
        const x = Math.min(1, (performance.now() - begun) / WAY), part = EASE(x);
        this.put(to.map(([px, py], i) => [from[i][0] + (px - from[i][0]) * part, from[i][1] + (py - from[i][1]) * part]));
        if (x < 1) this.moving = requestAnimationFrame(step); else this.rest();
      };
      step();
    }

    jump() { this.now = null; this.scale = null; if (this.width) this.show(this.frame, true); }

    rest() { this.root.classList.remove('moving'); this.raise(); this.seat(); }

    put(places) {
      const { h } = this.fit();
      this.now = places;
      this.svg.setAttribute('viewBox', `0 0 ${this.width} ${h}`);
      this.svg.setAttribute('width', this.width);
      this.svg.setAttribute('height', h);
      this.points.forEach((point, i) => point.setAttribute('transform', `translate(${places[i][0].toFixed(1)} ${places[i][1].toFixed(1)})`));
      this.mark(this.picked);
    }

    // ---- what is lit: a point, its true neighbours, its way through the frames
    mark(i) {
      const near = i == null ? [] : this.hooks.near?.(i, this.frame) || [], chosen = i != null && this.now;
      this.points.forEach((point, k) => {
        point.classList.toggle('on', k === i);
        point.classList.toggle('near', near.includes(k));
      });
      this.links.replaceChildren(...(chosen ? near.map((k) => this.line(this.now[i], this.now[k])) : []));
      const known = chosen && this.trails ? this.data.frames.map((frame, f) => frame && this.at(f, i)).filter(Boolean) : [];
      this.trail.setAttribute('d', known.length > 1 ? `M${known.map((p) => p.map((v) => v.toFixed(1)).join(' ')).join('L')}` : 'M0 0');
      this.dots.replaceChildren(...known.map(([cx, cy]) => svg('circle', { class: 'cloud-step', cx, cy, r: 2 })));
    }

    line([x1, y1], [x2, y2]) { return svg('line', { x1, y1, x2, y2 }); }

    // ---- labels: each takes the first free seat, the picked one and its neighbours first; who finds none is shown on hover
    seat() {
      if (!this.now) return;
      const rem = PG.rem(), size = .8125 * rem, font = `${size}px ${getComputedStyle(this.names[0] || this.root).fontFamily}`;
      const near = this.picked == null ? [] : this.hooks.near?.(this.picked, this.frame) || [];
      const order = [...new Set([...(this.picked == null ? [] : [this.picked]), ...near, ...this.points.keys()])];
      const loud = [...order.filter((i) => !this.quiet[i]), ...order.filter((i) => this.quiet[i])];
      const dots = this.now.map(([x, y]) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 })), first = new Set([this.picked, ...near]), taken = [];
      for (const i of loud) {
        const [x, y] = this.now[i], w = wide(this.data.labels[i], font), seat = this.free(x, y, w, size, taken, first.has(i) ? [] : dots, i);
        this.points[i].classList.toggle('unnamed', !seat);
        const { dx, dy } = seat || { dx: GAP, dy: .35 * size };
        this.names[i].setAttribute('x', dx.toFixed(1));
        this.names[i].setAttribute('y', dy.toFixed(1));
      }
    }

    free(x, y, w, size, taken, dots, own) {
      const { h } = this.fit();
      for (const [across, down, side] of SEATS) {
        const dx = across * w + side * GAP, dy = down * size + Math.sign(down - .35) * 3;
        const box = { left: x + dx - 1, right: x + dx + w + 1, top: y + dy - .8 * size, bottom: y + dy + .25 * size };
        const inside = box.left >= 0 && box.right <= this.width && box.top >= 0 && box.bottom <= h;
        if (!inside || !taken.every((other) => apart(box, other)) || !dots.every((dot, k) => k === own || apart(box, dot))) continue;
        taken.push(box);
        return { dx, dy };
      }
      return null;
    }
  }

  PG.cloud = (data, hooks = {}) => new Cloud(data, hooks);
  PG.cloudFrame = (base64) => new Float32Array(PG.bytes(base64).buffer);
})();
