// The discriminator looks at a sample, at a real picture, at one's own: its score and the pixels that move it.
(() => {
  const { el, fill, t } = PG;
  const W = {
    source: { en: 'Picture', zh: '图片' },
    sample: { en: 'The sample', zh: '样本' },
    real: { en: 'A real one', zh: '真实图片' },
    own: { en: 'Your own', zh: '自己的' },
    says: (p, of) => ({
      en: `The discriminator says ${PG.pct(p)} real to ${of.en}`,
      zh: `判别器认为${of.zh}有 ${PG.pct(p)} 是真的`,
    }),
    of: {
      sample: (i) => ({ en: `sample ${i + 1}, a fake`, zh: `样本 ${i + 1}（假的）` }),
      real: () => ({ en: 'this real picture', zh: '这张真实图片' }),
      own: () => ({ en: 'your picture', zh: '你的图片' }),
      empty: () => ({ en: 'an empty sheet, which it never saw', zh: '一张它从没见过的白纸' }),
    },
    read: {
      en: 'Left the picture, then the slope of the logit at every pixel: teal pixels would look more real if they were brighter (more ink), crimson ones if they were darker. Right its size alone, the saliency map.',
      zh: '左边是图片；中间是每个像素处 logit 的斜率：青色像素变亮（墨更多）会更像真的，红色像素变暗会更像真的；右边只看大小，即显著图。',
    },
    picture: { en: 'what it sees', zh: '它看到的' },
    gradient: { en: 'slope', zh: '斜率' },
    saliency: { en: 'saliency', zh: '显著图' },
    logit: (v) => ({ en: `logit ${PG.fixed(v, 3)}`, zh: `logit ${PG.fixed(v, 3)}` }),
    draw: { en: 'Draw something. It is centred as the training digits were.', zh: '画点什么。它会像训练数字那样居中。' },
    bring: { en: 'Open, drop or paste a picture; its middle square is used.', zh: '打开、拖入或粘贴图片；取中间的正方形。' },
    tell: (right) => ({
      en: `On 500 real pictures it never saw and 500 samples it is right in ${PG.pct(right)}; guessing would be 50 %`,
      zh: `对 500 张没见过的真实图片和 500 个样本，它答对 ${PG.pct(right)}；瞎猜是 50 %`,
    }),
    tellRead: (real, fake) => ({
      en: `How many pictures get which score. Mean of the real ones ${PG.pct(real)}, of the samples ${PG.pct(fake)}.`,
      zh: `各个得分段的图片数。真实图片平均 ${PG.pct(real)}，样本平均 ${PG.pct(fake)}。`,
    }),
    counting: { en: 'The discriminator is looking at 1,000 pictures …', zh: '判别器正在看 1,000 张图…' },
    score: { en: 'score: how real', zh: '得分：有多真' },
    many: { en: 'pictures', zh: '图片数' },
    realOnes: { en: 'real', zh: '真实' },
    fakes: { en: 'samples', zh: '样本' },
  };

  PG.ganPicturesCritic = (room) => {
    let source = 'sample', number = 0, own = null, panel, seats, below, said, reals = null, realsOf = '';
    const latest = PG.ganLatest((q) => PG.ask('gan/pictures_critic', q), (answer) => show(answer));
    const question = () => {
      if (source === 'real') return room.question({ real: number });
      if (source === 'own') return own ? room.question(own) : null;
      return room.question({ point: room.point() });
    };
    const empty = () => Boolean(own?.ink?.every((row) => row.every((v) => !v)));
    const ask = () => { const q = question(); if (q) latest(q); };

    const map = (values, signed, name, w, side) => el('figure', { class: 'gan-map' }, themedMap(values, signed, w, side), el('figcaption', {}, W[name]));
    const themedMap = (values, signed, w, side) => {
      const canvas = el('canvas', { class: 'gan-shot' });
      const paint = () => {
        const shade = PG.shades(values, signed);
        PG.paint(canvas, w, w, side, side, (i) => shade(values[i]));
      };
      paint();
      PG.themed(canvas, paint);
      return canvas;
    };
    // Three colours of a pixel pull in one direction or another: their mean is what a brighter pixel does.
    const bright = (gradient, size) => {
      const colours = gradient.length / size;
      return Float32Array.from({ length: size }, (_, i) => { let sum = 0; for (let c = 0; c < colours; c += 1) sum += gradient[c * size + i]; return sum / colours; });
    };
    const show = (answer) => {
      if (answer.wrong) return fill(seats, PG.notice('wrong', answer.wrong));
      said = answer;
      const side = answer.shape[1], w = Math.min(11 * PG.rem(), Math.max(6 * PG.rem(), (seats.clientWidth - 40) / 3)), sheet = PG.ganSheet(answer);
      const gradient = PG.floats(answer.gradient);
      panel.set(W.says(answer.score, W.of[source === 'own' && empty() ? 'empty' : source](room.picked)));
      panel.setSource(W.logit(answer.logit));
      fill(seats, el('div', { class: 'gan-meter', 'data-score': answer.score, style: { '--at': `${answer.score * 100}%` } }, el('span', {})),
        el('div', { class: 'gan-maps' },
          el('figure', { class: 'gan-map' }, PG.ganPictureOf(sheet, 0, w), el('figcaption', {}, W.picture)),
          map(bright(gradient, side * side), true, 'gradient', w, side), map(PG.floats(answer.saliency), false, 'saliency', w, side)));
    };

    // ---- where the picture comes from
    const drawSource = async (host) => {
      fill(host);
      if (source === 'real') {
        if (realsOf !== room.model) { reals = await PG.ask('gan/pictures_reals', room.question()); realsOf = room.model; }
        if (reals.wrong) return fill(host, PG.notice('wrong', reals.wrong));
        const sheet = PG.ganSheet(reals);
        if (!reals.numbers.includes(number)) [number] = reals.numbers;
        const strip = PG.roving(el('div', { class: 'gan-strip', role: 'group', 'aria-label': W.real }, reals.numbers.map((n, i) => el('button', {
          class: 'thumb', type: 'button', 'aria-label': () => `${t(W.real)} ${i + 1}`, 'aria-pressed': String(n === number),
          onclick: () => { number = n; [...strip.children].forEach((b, k) => b.setAttribute('aria-pressed', String(k === i))); ask(); },
        }, PG.ganPictureOf(sheet, i, 34)))));
        fill(host, strip);
      }
      if (source === 'own') drawOwn(host);
      ask();
    };
    const drawOwn = (host) => {
      const trouble = el('div'), grey = room.about().channels === 1;
      const bring = async (name, read) => {
        fill(trouble);
        try { own = { image: await read() }; } catch { return fill(trouble, PG.notice('wrong', { en: 'This file could not be read.', zh: '这个文件无法读取。' })); }
        ask();
      };
      const pad = grey ? PG.drawpad({
        onDraw: (ink) => {
          own = { ink: Array.from({ length: 28 }, (_, r) => Array.from(ink.subarray(r * 28, r * 28 + 28), (v) => Math.round(v * 255) / 255)) };
          ask();
        },
      }) : null;
      const zone = el('div', { class: 'gan-own-picture' });
      fill(zone, el('p', { class: 'hint' }, grey ? W.draw : W.bring), pad?.root, PG.pictureDoor({ zone, onPicture: bring, onWrong: (text) => fill(trouble, PG.notice('wrong', text)) }), trouble);
      fill(host, zone);
      if (!own || Boolean(own.ink) !== grey) own = grey ? { ink: Array.from({ length: 28 }, () => new Array(28).fill(0)) } : null;
      if (!own) fill(seats, el('p', { class: 'hint' }, W.bring));
    };

    // ---- can it tell them apart?
    const drawTell = async (host) => {
      PG.busy(host, W.counting);
      const answer = await PG.ask('gan/pictures_tell', room.question({ seed: room.seed }));
      if (answer.wrong) return fill(host, PG.notice('wrong', answer.wrong));
      const tell = PG.panel({ title: W.tell(answer.right), read: W.tellRead(...answer.means), tools: {
        CSV: () => PG.save('scores.csv', PG.csv([['from', 'to', 'real', 'samples'], ...answer.real.map((n, i) => [answer.bins[i], answer.bins[i + 1], n, answer.fake[i]])]), 'text/csv'),
        SVG: () => PG.svgFile('scores.svg', tell.body),
      } });
      const most = Math.max(...answer.real, ...answer.fake);
      const row = (counts, name, cls) => el('div', { class: `gan-histogram ${cls}` }, el('span', { class: 'label' }, name),
        el('div', { class: 'gan-score-columns' }, counts.map((n, i) => el('span', {
          style: { height: `${(n / most) * 4.5}rem` }, title: `${answer.bins[i].toFixed(2)}–${answer.bins[i + 1].toFixed(2)}: ${n}`,
        }))));
      fill(tell.body, row(answer.real, W.realOnes, 'real'), row(answer.fake, W.fakes, 'fake'),
        el('div', { class: 'gan-scale mono' }, ['0', '0.5', '1'].map((v) => el('span', { text: v }))), el('p', { class: 'hint' }, W.score));
      fill(host, tell.root);
    };

    const draw = (host) => {
      panel = PG.panel({
        title: { en: 'The discriminator is looking …', zh: '判别器正在看…' }, read: W.read,
        tools: {
          SVG: () => PG.svgFile('saliency.svg', seats), PNG: () => PG.pngFile('saliency.png', seats),
          JSON: () => PG.save('saliency.json', PG.json({ model: room.model, logit: said.logit, score: said.score, gradient: [...PG.floats(said.gradient)] }), 'application/json'),
        },
      });
      seats = el('div', { class: 'gan-critic' });
      below = el('div', { class: 'gan-gap' });
      const place = el('div', { class: 'gan-source' });
      const choice = PG.choice({
        label: W.source, value: source, options: ['sample', 'real', 'own'].map((name) => ({ key: name, label: W[name] })),
        onchange: (name) => { source = name; drawSource(place); },
      });
      fill(panel.body, choice.root, place, seats);
      fill(host, panel.root, below);
      if (!room.said) return;
      drawSource(place);
      drawTell(below);
    };
    return { draw };
  };
})();
