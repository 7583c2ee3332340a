// Where the tokens stand, layer by layer: a map of their vectors, and who is truly near whom.
(() => {
  const { el, t } = PG;
  const W = {
    loading: { en: 'Mapping the tokens', zh: '正在绘制词元分布' },
    method: { en: 'Drawn by', zh: '画法' },
    pca: { en: 'principal components', zh: '主成分（PCA）' },
    tsne: 't-SNE',
    layer: { en: 'Layer', zh: '层' },
    play: { en: 'Walk through the layers', zh: '逐层播放' },
    nearest: { en: 'Nearest in the full space', zh: '全空间中最近的' },
    same: { en: 'itself, one layer before', zh: '前一层的自己' },
    stop: { en: 'Stop', zh: '停止' },
    alone: { en: 'One token alone has no neighbours', zh: '只有一个词元，没有邻居' },
    map: { en: 'Map of the tokens', zh: '词元分布图' },
  };
  const STEP = 1100; // ms a layer is shown while walking
  const share = (v) => PG.pct(v);
  const after = (row) => (row
    ? { en: `After layer ${row}`, zh: `经过第 ${row} 层后` } : { en: 'In the input embeddings', zh: '在输入嵌入中' });

  // Flat numbers of the server as [row][point] or [row][point][neighbour].
  const nested = (flat, points, each) => {
    const row = (from) => Array.from({ length: points }, (_, i) => (each ? [...flat.subarray(from + i * each, from + (i + 1) * each)] : flat[from + i]));
    const size = points * (each || 1);
    return Array.from({ length: size ? flat.length / size : 0 }, (_, r) => row(r * size));
  };
  const unpacked = (told) => {
    const points = told.labels.length, each = told.neighbours, none = told.frames.map(() => told.labels.map(() => []));
    return {
      ...told,
      near: each ? nested(new Uint16Array(PG.bytes(told.near).buffer), points, each) : none,
      cosines: each ? nested(PG.cloudFrame(told.cosines), points, each) : none,
      moved: nested(PG.cloudFrame(told.moved), points),
    };
  };

  class TokenMap {
    constructor(host, room, told, kind) {
      const { layers } = room;
      Object.assign(this, { host, room, told, kind, state: layers, plane: told.frames.map(PG.cloudFrame), tsne: [], faith: [] });
      this.last = this.plane.length - 1;
      this.row = Math.min(layers.row ?? this.last, this.last);
      this.build();
      this.draw(true);
      if (this.state.method === 'tsne') this.unfold();
    }

    // ---- the page
    build() {
      const { told, state } = this;
      this.cloud = PG.cloud({ labels: told.labels, groups: told.groups, frames: this.plane }, {
        quiet: told.quiet, label: W.map, tip: (i) => this.tip(i), pick: (i) => this.pick(i), near: (i) => told.near[this.row][i].slice(0, 3),
      });
      this.side = el('div', { class: 'map-side' });
      this.picture = el('div', { class: 'token-map' }, this.cloud.root, this.side);
      this.progress = el('div', { class: 'map-progress' });
      this.slider = PG.slider({
        label: W.layer, min: 0, max: this.last, step: 1, value: this.row, format: (row) => t(PG.lens.named(row)), oninput: (row) => this.go(row),
      });
      this.walkButton = el('button', { class: 'btn', type: 'button', onclick: () => this.walk() }, PG.icon('play'), el('span', {}, W.play));
      this.method = PG.choice({
        label: W.method, value: state.method, options: ['pca', 'tsne'].map((key) => ({ key, label: W[key] })), onchange: (key) => this.draws(key),
      });
      const special = PG.check({ label: this.kind.special, value: state.special, onchange: (on) => this.withSpecial(on) });
      this.panel = PG.panel({
        title: '',
        tools: {
          CSV: () => PG.save('map.csv', this.table(), 'text/csv;charset=utf-8'),
          SVG: () => PG.svgFile('map.svg', this.picture), PNG: () => PG.pngFile('map.png', this.picture),
        },
      });
      this.panel.body.append(
        el('div', { class: 'map-controls' }, el('div', { class: 'map-slider' }, this.slider.root), this.walkButton, this.method.root, special.root),
        this.progress, this.picture);
      PG.fill(this.host, this.panel.root);
      const at = told.places.indexOf(state.position);
      this.cloud.picked = at < 0 ? 0 : at;
      state.tell = (position) => { const i = told.places.indexOf(position); if (i >= 0) { this.cloud.picked = i; this.draw(); } };
    }

    draw(quick = false) {
      this.cloud.show(this.row, quick);
      this.say();
    }

    // ---- gestures
    go(row) { this.row = row; this.state.row = row; this.draw(); }

    pick(i) {
      this.state.position = this.told.places[i];
      this.say();
      this.state.read?.(this.state.position);
    }

    withSpecial(on) {
      this.state.special = on;
      this.leave();
      PG.tokenMap(this.host, this.room, this.kind);
    }

    walk() {
      if (this.walking) { clearInterval(this.walking); this.walking = null; return this.paint(); }
      this.slider.set(0);
      this.go(0);
      this.walking = setInterval(() => {
        if (!this.host.isConnected || this.row >= this.last) { clearInterval(this.walking); this.walking = null; return this.paint(); }
        this.slider.set(this.row + 1);
        this.go(this.row + 1);
      }, STEP);
      this.paint();
    }

    paint() {
      const on = Boolean(this.walking);
      PG.fill(this.walkButton, PG.icon(on ? 'pause' : 'play'), el('span', {}, on ? W.stop : W.play));
    }

    leave() { clearInterval(this.walking); this.walking = null; this.leaving?.abort(); }

    // ---- t-SNE arrives layer by layer and can be stopped
    draws(key) {
      this.state.method = key;
      this.leaving?.abort();
      PG.fill(this.progress);
      if (key === 'pca') this.put(this.plane);
      else if (this.tsne.length > this.last) this.put(this.tsne);
      else this.unfold();
    }

    put(frames) { this.cloud.setFrames(frames); this.draw(true); }

    async unfold() {
      this.leaving = new AbortController();
      this.tsne = [];
      this.faith = [];
      const { signal } = this.leaving, all = this.last + 1;
      const busy = () => PG.busy(this.progress, { en: `t-SNE: ${this.tsne.length} of ${all} layers`, zh: `t-SNE：已完成 ${this.tsne.length} / ${all} 层` },
        () => { this.leaving.abort(); this.back(); });
      busy();
      const ask = { ...this.room.asked, special: this.state.special };
      const said = await PG.lines(this.kind.unfold, ask, ({ frame, faithful }) => {
        this.tsne.push(PG.cloudFrame(frame));
        this.faith.push(faithful);
        busy();
        if (this.tsne.length > this.last) this.put(this.tsne);
      }, signal).catch((error) => { if (error.name !== 'AbortError') throw error; });
      if (!said || signal.aborted) return;
      if (said.wrong) this.back(PG.notice('note', said.wrong)); else PG.fill(this.progress);
    }

    back(notice) {
      this.method.set('pca');
      this.state.method = 'pca';
      PG.fill(this.progress, notice);
      this.put(this.plane);
    }

    // ---- words
    say() {
      const { told, row } = this, i = this.cloud.picked, near = told.near[row][i] || [], word = told.labels[i];
      this.panel.set(near.length ? [after(row), { en: ', ', zh: '，' }, el('span', { class: 'mono', text: word }), {
        en: ` stands nearest to “${told.labels[near[0]]}”, cosine ${PG.minus(told.cosines[row][i][0])}`,
        zh: ` 离 “${told.labels[near[0]]}” 最近，余弦 ${PG.minus(told.cosines[row][i][0])}`,
      }] : W.alone);
      this.panel.setRead(this.honest());
      this.panel.setSource(this.source());
      PG.fill(this.side, near.length ? this.list(i) : null);
    }

    honest() {
      if (this.told.labels.length < 2) return null;
      const { told, row } = this, n = told.compared, tsne = this.cloud.data.frames === this.tsne;
      const faith = tsne ? this.faith[row] : told.faithful[row];
      const kept = faith === undefined || n < 2 ? '' : (faith * n).toFixed(1);
      const en = kept && ` Of the ${n} truly nearest neighbours of a token the map keeps ${kept} on average (by chance: ${this.chance()}).`;
      const zh = kept && `每个词元真正最近的 ${n} 个邻居，图上平均保住 ${kept} 个（随机约 ${this.chance()} 个）。`;
      if (tsne) {
        return {
          en: `Each point is a token’s vector of ${told.features} numbers, laid out so that near ones stay near; far distances mean little.${en}`,
          zh: `每个点是一个词元的 ${told.features} 维向量，布局只求近者仍近；远处的距离没有多少意义。${zh}`,
        };
      }
      return {
        en: `Each point is a token’s vector of ${told.features} numbers. This plane, the same for all layers, shows ${share(told.kept[row])} of the `
          + `variance in this layer; no plane could show more than ${share(told.best[row])}.${en}`,
        zh: `每个点是一个词元的 ${told.features} 维向量。各层共用这个平面，它显示了本层 ${share(told.kept[row])} 的方差；任何平面最多只能显示 ${share(told.best[row])}。${zh}`,
      };
    }

    chance() { const { compared, labels } = this.told; return (compared ** 2 / Math.max(1, labels.length - 1)).toFixed(1); }

    source() {
      const { name } = this.room.answer.model;
      return this.cloud.data.frames === this.tsne ? {
        en: `t-SNE (scikit-learn) on cosines, each layer begun where the one before ended and turned onto it (Procrustes) · ${name}`,
        zh: `对余弦距离做 t-SNE（scikit-learn），每层从上一层的位置开始，再旋转对齐（Procrustes）· ${name}`,
      } : {
        en: `Principal components of all layers together, each layer centred; the line is the token’s way through the layers · ${name}`,
        zh: `所有层一起做主成分分析，每层先减去均值；折线是这个词元逐层走过的路 · ${name}`,
      };
    }

    list(i) {
      const { told, row } = this, bar = (name, value, cls) => el('li', { class: `near-row ${cls}` },
        el('span', { class: 'near-name mono', text: name }),
        el('span', { class: 'near-track' }, el('span', { class: 'near-bar', style: { width: `${Math.max(0, value) * 100}%` } })),
        el('span', { class: 'near-value', text: PG.minus(value) }));
      const others = told.near[row][i].map((k, n) => bar(told.labels[k], told.cosines[row][i][n], n < 3 ? 'joined' : ''));
      const before = row ? [el('h4', { class: 'label' }, W.same), el('ol', { class: 'near' }, bar(told.labels[i], told.moved[row][i], 'self'))] : [];
      return [el('h4', { class: 'label' }, W.nearest), el('ol', { class: 'near' }, others), before];
    }

    tip(i) {
      const { told, row } = this;
      return [
        el('b', { class: 'mono', text: told.labels[i] }),
        el('span', {}, { en: `position ${told.places[i]}`, zh: `位置 ${told.places[i]}` }),
        told.near[row][i].slice(0, 3).map((k, n) => el('span', {},
          el('span', { class: 'mono', text: told.labels[k] }), ` ${PG.minus(told.cosines[row][i][n])}`)),
      ];
    }

    table() {
      const { frames } = this.cloud.data, { labels, places } = this.told;
      return PG.csv([['layer', 'position', 'token', 'x', 'y'],
        ...frames.flatMap((frame, row) => labels.map((label, i) => [row, places[i], label, frame[2 * i], frame[2 * i + 1]]))]);
    }
  }

  // kind: {plane, unfold: verbs; special: what the tokens are called that may be left out}; room.layers keeps what was chosen.
  PG.tokenMap = async (host, room, kind) => {
    const mine = (room.layers.mapping = {}), busy = host.firstChild ? null : PG.busy(host, W.loading);
    const told = await PG.ask(kind.plane, { ...room.asked, special: room.layers.special });
    if (mine !== room.layers.mapping) return;
    busy?.done();
    if (told.wrong) PG.fill(host, PG.notice('wrong', told.wrong)); else room.layers.map = new TokenMap(host, room, unpacked(told), kind);
  };
})();
