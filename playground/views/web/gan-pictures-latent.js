// Latent vectors by hand: sliders for one sample, two ways between two, sums of several.
(() => {
  const { el, fill, t } = PG;
  const FIRST = 12;
  const W = {
    moved: (i, p, own) => ({
      en: `Sample ${i + 1}, ${own ? 'as it was drawn' : 'moved'}: the discriminator says ${PG.pct(p)} real`,
      zh: `样本 ${i + 1}（${own ? '原样' : '已移动'}）：判别器认为 ${PG.pct(p)} 是真的`,
    }),
    readLatent: {
      en: 'Each slider is one latent number. None has a name: the generator decided for itself what each of them means, and mostly they act together.',
      zh: '每个滑块是一个潜在数值。它们没有名字：每个数的含义由生成器自己决定，而且往往共同起作用。',
    },
    direction: { en: 'Along a random direction', zh: '沿一个随机方向' },
    other: { en: 'Another direction', zh: '换一个方向' },
    reset: { en: 'Back to the sample', zh: '恢复原样' },
    all: (n) => ({ en: `All ${n} latent numbers`, zh: `全部 ${n} 个潜在数值` }),
    length: (v) => ({ en: `length ${PG.fixed(v, 2)}`, zh: `长度 ${PG.fixed(v, 2)}` }),
    half: (share, kept) => ({
      en: `Half way, the straight path is ${share} shorter than its ends; the arc ${kept}`,
      zh: `走到一半，直线上的向量比两端短 ${share}；圆弧上的${kept}`,
    }),
    keeps: { en: 'keeps their length', zh: '长度不变' },
    nearly: { en: 'nearly keeps their length', zh: '长度基本不变' },
    readBetween: (w, low, high) => ({
      en: `Random latent vectors all lie near a sphere: 98 of 100 are ${PG.fixed(low, 1)} to ${PG.fixed(high, 1)} long (the band). The generator has learned nothing about the inside, through which the straight path cuts. These two are ${Math.round(w)}° apart.`,
      zh: `随机潜在向量几乎都在一个球面附近：100 个里有 98 个的长度在 ${PG.fixed(low, 1)} 到 ${PG.fixed(high, 1)} 之间（色带）。生成器没学过球的内部，而直线正从里面穿过。这两个向量相距 ${Math.round(w)}°。`,
    }),
    straight: { en: 'straight', zh: '直线' },
    spherical: { en: 'on the sphere', zh: '沿球面' },
    steps: { en: 'Steps', zh: '步数' },
    from: (i) => ({ en: `From the chosen sample ${i + 1} to`, zh: `从选中的样本 ${i + 1} 到` }),
    lengths: { en: 'length of the latent vector', zh: '潜在向量的长度' },
    way: { en: 'share of the way t, %', zh: '走过的比例 t，%' },
    sum: (p) => ({ en: `A − B + C gives a picture that D calls ${PG.pct(p)} real`, zh: `A − B + C 得到的图片，判别器认为 ${PG.pct(p)} 是真的` }),
    readSum: (before, after) => ({
      en: `Each letter stands for the mean of its samples. Choose a letter, then click samples. The sum is ${PG.fixed(before, 1)} long and drawn at length ${PG.fixed(after, 1)}. With digits and no labels, do not expect “smile − neutral”: what a difference means is for you to see.`,
      zh: `每个字母代表它那几个样本的平均。先选字母，再点样本。和的长度是 ${PG.fixed(before, 1)}，按长度 ${PG.fixed(after, 1)} 绘出。这些图没有标签，别指望“微笑减中性”：差值意味着什么要靠你自己看。`,
    }),
    empty: { en: 'none', zh: '空' },
    rescale: { en: 'Bring the sum to the length of latent vectors', zh: '把和缩放到潜在向量的长度' },
    remove: { en: 'Remove', zh: '移除' },
    into: { en: 'Samples go to', zh: '样本放入' },
  };
  const formula = (...parts) => el('p', { class: 'gan-formula mono' }, parts);

  // ---- one sample by sliders
  PG.ganPicturesLatent = (room) => {
    let edits = new Map(), direction = 0, along = 0, of = '', panel, big, bars, sliders = [], way, said;
    const reset = () => { edits = new Map(); along = 0; };
    const question = () => room.question({ point: { ...room.point(), edits: [...edits], direction, along } });
    const show = (answer) => {
      if (answer.wrong) return panel.set(answer.wrong);
      said = { ...answer, values: PG.floats(answer.latent) };
      const sheet = PG.ganSheet(answer), own = !edits.size && !along;
      panel.set(W.moved(room.picked, answer.scores[0], own));
      panel.setSource(() => t(W.length(answer.lengths[0])));
      fill(big, PG.ganPictureOf(sheet, 0, Math.min(260, Math.round(15 * PG.rem()))));
      if (own) sliders.forEach((slider, i) => slider.set(Math.round(said.values[i] * 100) / 100));
      drawBars();
    };
    const drawBars = () => {
      const width = bars.clientWidth;
      if (!said || !width) return;
      const canvas = el('canvas', { role: 'img', 'aria-label': W.all(said.values.length) }), shade = PG.shades(said.values, true, 3);
      PG.paint(canvas, width, Math.round(1.5 * PG.rem()), 1, said.values.length, (i) => shade(said.values[i]));
      canvas.addEventListener('pointermove', (event) => {
        const [, i] = PG.cellAt(event, canvas, 1, said.values.length);
        PG.tip(event, `z${i + 1} = ${PG.fixed(said.values[i], 3)}`);
      });
      canvas.addEventListener('pointerleave', PG.untip);
      fill(bars, canvas);
    };
    const latest = PG.ganLatest((q) => PG.ask('gan/pictures_one', q), (answer) => show(answer));
    const move = (i, v) => { edits.set(i, v); latest(question()); };
    const draw = (host) => {
      const now = JSON.stringify([room.model, room.point()]);
      if (now !== of) reset();
      of = now;
      panel = PG.panel({
        title: room.said ? { en: 'Painting …', zh: '正在作画…' } : '…', read: W.readLatent,
        tools: {
          PNG: () => PG.pngFile('sample.png', big),
          CSV: () => PG.save('latent.csv', PG.csv([['number', 'value'], ...[...said.values].map((v, i) => [i + 1, v])]), 'text/csv'),
        },
      });
      big = el('div', { class: 'gan-big' });
      bars = el('div', { class: 'gan-bars' });
      sliders = Array.from({ length: FIRST }, (_, i) => PG.slider({ label: `z${i + 1}`, min: -3.5, max: 3.5, step: 0.05, value: 0, format: (v) => PG.minus(v, 2), oninput: (v) => move(i, v) }));
      way = PG.slider({ label: W.direction, min: -8, max: 8, step: 0.1, value: along, format: (v) => PG.minus(v, 1), oninput: (v) => { along = v; latest(question()); } });
      const other = el('button', { class: 'btn', type: 'button', onclick: () => { direction += 1; if (!along) { along = 3; way.set(3); } latest(question()); } }, PG.icon('dice'), W.other);
      const back = el('button', { class: 'btn', type: 'button', onclick: () => { reset(); way.set(0); latest(question()); } }, PG.icon('again'), W.reset);
      fill(panel.body,
        el('div', { class: 'gan-latent' },
          el('div', {}, big, el('div', { class: 'tools-row' }, other, back)),
          el('div', {}, way.root, el('div', { class: 'gan-sliders' }, sliders.map((slider) => slider.root)))),
        el('div', { class: 'label gan-gap' }, W.all(room.about()?.latent)), bars);
      fill(host, panel.root);
      PG.watchWidth(bars, drawBars);
      PG.themed(bars, drawBars);
      if (room.said) latest(question());
    };
    return { draw };
  };

  // ---- two ways between two samples
  PG.ganPicturesBetween = (room) => {
    let to = 1, steps = 9, panel, body, said;
    const latest = PG.ganLatest((q) => PG.ask('gan/pictures_between', q), (answer) => show(answer));
    const ask = () => latest(room.question({ a: room.point(), b: room.point(to), steps }));
    const strip = (path, name) => {
      const sheet = PG.ganSheet(path), width = body.clientWidth, w = Math.max(26, Math.min(72, Math.floor((width - 4 * steps) / steps)));
      return el('div', { class: 'gan-path', 'data-path': name }, el('div', { class: 'label' }, W[name]),
        el('div', { class: 'gan-path-row' }, path.scores.map((p, i) => {
          const shot = PG.ganPictureOf(sheet, i, w);
          shot.addEventListener('pointermove', (event) => PG.tip(event, `t = ${said.at[i].toFixed(2)} · D ${PG.pct(p)} · `, W.length(path.lengths[i])));
          shot.addEventListener('pointerleave', PG.untip);
          return shot;
        })));
    };
    const show = (answer) => {
      if (answer.wrong) return panel.set(answer.wrong);
      said = answer;
      const half = (path) => path.lengths[(steps - 1) >> 1] / ((path.lengths[0] + path.lengths.at(-1)) / 2), kept = Math.abs(half(answer.spherical) - 1) < 0.02;
      panel.set(W.half(PG.pct(Math.max(0, 1 - half(answer.straight))), t(kept ? W.keeps : W.nearly)));
      panel.setRead(W.readBetween((answer.angle * 180) / Math.PI, ...answer.usual));
      fill(body, strip(answer.straight, 'straight'), formula('z(t) = (1 − t) a + t b'), strip(answer.spherical, 'spherical'),
        formula('z(t) = [sin((1 − t) ω) a + sin(t ω) b] / sin ω,   ω = ', `${((answer.angle * 180) / Math.PI).toFixed(1)}°`), lengths(answer));
    };
    const lengths = (answer) => {
      const chart = PG.chart({
        x: W.way, y: W.lengths, height: 11, floor: 0,
        lines: [{ key: 'low', name: '', colour: '--c-ink-3', dash: '2 4' }, { key: 'high', name: '', colour: '--c-ink-3', dash: '2 4' },
          { key: 'straight', name: W.straight, colour: '--c-stop' }, { key: 'spherical', name: W.spherical, colour: '--c-ink' }],
      });
      chart.draw({
        x: answer.at.map((v) => 100 * v), from: 0, to: 100,
        ys: { straight: answer.straight.lengths, spherical: answer.spherical.lengths, low: answer.at.map(() => answer.usual[0]), high: answer.at.map(() => answer.usual[1]) },
      });
      return chart.root;
    };
    const draw = (host) => {
      if (to === room.picked) to = room.picked ? 0 : 1;
      panel = PG.panel({
        title: '…', tools: { SVG: () => PG.svgFile('between.svg', body), PNG: () => PG.pngFile('between.png', body), JSON: () => PG.save('between.json', PG.json(said), 'application/json') },
      });
      body = el('div', { class: 'gan-paths' });
      if (!room.said) return fill(host, panel.root);
      const picks = room.strip((i) => i === to, (i) => { to = i; redraw(); });
      const redraw = () => { [...picks.children].forEach((b, i) => b.setAttribute('aria-pressed', String(i === to))); ask(); };
      const slider = PG.slider({ label: W.steps, min: 3, max: 15, step: 2, value: steps, oninput: (v) => { steps = v; ask(); } });
      fill(panel.body, el('div', { class: 'label' }, W.from(room.picked)), picks, el('div', { class: 'gan-narrow' }, slider.root), body);
      fill(host, panel.root);
      ask();
    };
    return { draw };
  };

  // ---- sums
  PG.ganPicturesSum = (room) => {
    let boxes = { a: [], b: [], c: [] }, into = 'a', rescaled = true, of = '', panel, body, said;
    const latest = PG.ganLatest((q) => PG.ask('gan/pictures_sum', q), (answer) => show(answer));
    const ask = () => latest(room.question({ ...Object.fromEntries(Object.entries(boxes).map(([name, all]) => [name, all.map((i) => room.point(i))])), rescaled }));
    const show = (answer) => {
      if (answer.wrong) return panel.set(answer.wrong);
      said = answer;
      const terms = PG.ganSheet(answer.terms), result = PG.ganSheet(answer.result), w = Math.round(6 * PG.rem());
      let at = -1;
      const side = (name, sign) => {
        if (boxes[name].length) at += 1;
        return [sign ? el('span', { class: 'gan-sign', text: sign }) : null, el('div', { class: 'gan-term', 'data-term': name },
          el('b', { class: 'mono', text: name.toUpperCase() }),
          boxes[name].length ? PG.ganPictureOf(terms, at, w) : el('span', { class: 'gan-none', style: { width: `${w}px`, height: `${w}px` } }, W.empty),
          el('div', { class: 'gan-members' }, boxes[name].map((i, k) => el('button', {
            class: 'thumb', type: 'button', title: W.remove, 'aria-label': () => `${t(W.remove)} ${i + 1}`, onclick: () => { boxes[name].splice(k, 1); if (!boxes.a.length) boxes.a = [room.picked]; ask(); },
          }, PG.ganPictureOf(room.sheet, i, 26)))))];
      };
      panel.set(W.sum(answer.result.scores[0]));
      panel.setRead(W.readSum(answer.length, answer.result.lengths[0]));
      fill(body, side('a', ''), side('b', '−'), side('c', '+'), el('span', { class: 'gan-sign', text: '=' }),
        el('div', { class: 'gan-term gan-result' }, el('b', { class: 'mono', text: `D ${PG.pct(answer.result.scores[0])}` }), PG.ganPictureOf(result, 0, Math.round(8 * PG.rem()))));
    };
    const draw = (host) => {
      panel = PG.panel({
        title: '…', tools: { SVG: () => PG.svgFile('sum.svg', body), PNG: () => PG.pngFile('sum.png', body), JSON: () => PG.save('sum.json', PG.json({ ...boxes, ...said }), 'application/json') },
      });
      body = el('div', { class: 'gan-sum' });
      if (!room.said) return fill(host, panel.root);
      const now = JSON.stringify([room.model, room.seed, room.cut, room.picked]);
      if (now !== of) boxes = { a: [room.picked], b: [(room.picked + 1) % room.sheet.n], c: [(room.picked + 2) % room.sheet.n] };
      of = now;
      const letters = PG.choice({ label: W.into, value: into, options: ['a', 'b', 'c'].map((name) => ({ key: name, label: name.toUpperCase() })), onchange: (name) => { into = name; } });
      const picks = room.strip(() => false, (i) => { if (boxes[into].length < 12) boxes[into].push(i); ask(); });
      const check = PG.check({ label: W.rescale, value: rescaled, onchange: (on) => { rescaled = on; ask(); } });
      fill(panel.body, body, letters.root, picks, check.root);
      fill(host, panel.root);
      ask();
    };
    return { draw };
  };
})();
