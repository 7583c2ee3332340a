// How it was trained, as snapshots to go through; and how good the samples are, by a classifier as judge.
(() => {
  const { el, fill, icon, t } = PG;
  const W = {
    look: (at, all) => ({
      en: at === 0 ? 'Before the first iteration: noise through random weights' : `The same 36 latent vectors after ${PG.countText(at)} of ${PG.countText(all)} iterations`,
      zh: at === 0 ? '第一次迭代之前：噪声穿过随机权重' : `同样的 36 个潜在向量，${PG.countText(all)} 次迭代中的第 ${PG.countText(at)} 次`,
    }),
    readLooks: {
      en: 'Drag through the training. The weights shown are averages over the last iterations, as in the model that ships. The losses hardly fall although the pictures get better: each net learns against the other.',
      zh: '拖动滑块看训练过程。所示权重是最近若干次迭代的平均，与随附的模型相同。图片越来越好，损失却几乎不降：两个网络互为对手，一起进步。',
    },
    at: { en: 'Iteration', zh: '迭代' },
    play: { en: 'Play', zh: '播放' },
    losses: { en: 'loss', zh: '损失' },
    scores: { en: 'mean score', zh: '平均得分' },
    iterations: { en: 'iterations', zh: '迭代次数' },
    d: { en: 'D', zh: 'D' },
    g: { en: 'G', zh: 'G' },
    real: { en: 'real', zh: '真实' },
    fake: { en: 'fakes', zh: '样本' },
    all: (n, of, least, share) => ({
      en: n === of ? `All ${of} classes appear among the samples; the rarest is ${least.en}, ${PG.pct(share)}` : `${n} of ${of} classes appear among the samples`,
      zh: n === of ? `样本中 ${of} 类齐全；最少的是${least.zh}，占 ${PG.pct(share)}` : `样本中出现了 ${of} 类中的 ${n} 类`,
    }),
    readJudge: (judge) => ({
      en: `${judge}, a classifier of another room that never saw a fake, says what each sample is. Bars: how many samples of each class; the line is an even share.`,
      zh: `${judge}（另一间屋里的分类器，从没见过假图）给每个样本归类。条形：每类的样本数；横线是平均值。`,
    }),
    card: (n) => ({ en: `From the card: ${n} samples, measured when the model was trained`, zh: `来自模型卡：训练时测得，${n} 个样本` }),
    now: (n, all) => ({ en: `${PG.countText(n)} of ${PG.countText(all)} samples of this seed and truncation`, zh: `这个种子与截断下的 ${PG.countText(all)} 个样本中的 ${PG.countText(n)} 个` }),
    go: { en: 'Judge 1,000 samples now', zh: '现在评判 1,000 个样本' },
    stop: { en: 'Stop', zh: '停止' },
    distance: (d, f, n) => ({
      en: `Fréchet distance ${PG.four(d)}; ${PG.countText(n)} real pictures get ${PG.four(f)}`,
      zh: `弗雷歇距离 ${PG.four(d)}；${PG.countText(n)} 张真实图片为 ${PG.four(f)}`,
    }),
    readDistance: {
      en: 'Mean and spread of the judge’s features, of samples against all training pictures. Few pictures read too far away, so as many held-out real pictures are the floor: no generator can honestly get below it. These figures are not FID, which uses another net.',
      zh: '比较样本与全部训练图片在评判网络特征上的均值和离散程度。图片少时数值会偏大，所以用同样多的未用于训练的真实图片作下限：再好的生成器也不会真正低于它。这不是通常的 FID，后者用的是另一个网络。',
    },
    sure: (a, b) => ({ en: `The judge is more than 90 % sure of ${PG.pct(a)} of them, and of ${PG.pct(b)} of real pictures.`, zh: `其中 ${PG.pct(a)} 它有九成以上把握；真实图片是 ${PG.pct(b)}。` }),
    samples: { en: 'samples', zh: '样本数' },
    distances: { en: 'Fréchet distance', zh: '弗雷歇距离' },
    floor: { en: 'real', zh: '真实图片' },
    these: { en: 'samples', zh: '样本' },
  };

  // ---- the training as it was
  PG.ganPicturesLooks = (room) => {
    let answer = null, of = '', at = -1, timer = 0, panel, picture, slider, sheets = [];
    const show = () => {
      const image = sheets[at], { columns, side, steps } = answer;
      panel.set(W.look(steps[at], steps.at(-1)));
      const w = Math.min(picture.parentNode.clientWidth, 24 * PG.rem()), rows = image.height / side, canvas = picture;
      const grey = room.about().channels === 1, ramp = PG.ramp('--amount');
      PG.paint(canvas, w, Math.round((w * rows) / columns), image.height, image.width, (i) => (grey ? ramp(image.data[i * 4] / 255) : image.data.subarray(i * 4, i * 4 + 3)));
    };
    const read = async (base64, grey) => {
      const image = new Image();
      image.src = `data:image/${grey ? 'png' : 'jpeg'};base64,${base64}`;
      await image.decode();
      const canvas = el('canvas', { width: image.width, height: image.height }), g = canvas.getContext('2d', { willReadFrequently: true });
      g.drawImage(image, 0, 0);
      return g.getImageData(0, 0, image.width, image.height);
    };
    const rest = () => { clearInterval(timer); timer = 0; };
    const play = () => {
      if (timer) return rest();
      at = -1;
      const next = () => { at += 1; slider.set(at); show(); if (at >= sheets.length - 1) rest(); };
      timer = setInterval(next, 450);
      next();
    };
    const chart = (lines, y, ceil) => {
      const made = PG.chart({ x: W.iterations, y, height: 9, floor: 0, ceil, lines });
      made.draw({ x: answer.at, from: 0, to: answer.at.at(-1), ys: Object.fromEntries(lines.map(({ key }) => [key, PG.floats(answer.curves[key])])) });
      return made.root;
    };
    const draw = async (host) => {
      rest();
      panel = PG.panel({
        title: '…', read: W.readLooks, tools: {
          PNG: () => PG.pngFile('training.png', panel.body),
          CSV: () => PG.save('training.csv', PG.csv([['iteration', 'loss of D', 'loss of G', 'D(real)', 'D(fake)'],
            ...answer.at.map((n, i) => [n, ...['d', 'g', 'real', 'fake'].map((key) => PG.floats(answer.curves[key])[i])])]), 'text/csv'),
        },
      });
      fill(host, panel.root);
      const mine = panel;
      if (of !== room.model) {
        const found = await PG.ask('gan/pictures_looks', room.question());
        if (mine !== panel) return;
        if (found.wrong) return panel.set(found.wrong);
        answer = found;
        of = room.model;
        at = -1;
        sheets = await Promise.all(found.sheets.map((sheet) => read(sheet, room.about().channels === 1)));
        if (mine !== panel) return;
      }
      if (at < 0 || at >= sheets.length) at = sheets.length - 1;
      picture = el('canvas', { class: 'gan-shot' });
      slider = PG.slider({ label: W.at, min: 0, max: sheets.length - 1, step: 1, value: at, format: (i) => PG.countText(answer.steps[i]), oninput: (i) => { rest(); at = i; show(); } });
      const button = el('button', { class: 'btn', type: 'button', onclick: play }, icon('play'), W.play);
      fill(panel.body, el('div', { class: 'gan-looks' },
        el('div', {}, picture, slider.root, button),
        el('div', {}, chart([{ key: 'd', name: W.d, colour: '--c-ink' }, { key: 'g', name: W.g, colour: '--c-accent' }], W.losses),
          chart([{ key: 'real', name: W.real, colour: '--c-value' }, { key: 'fake', name: W.fake, colour: '--c-key' }], W.scores, 1))));
      show();
      PG.themed(picture, show);
    };
    return { draw, rest };
  };

  // ---- the judge
  PG.ganPicturesJudge = (room) => {
    let stop = null, seen = [], of = '', panel, bars, far, button;
    const told = (label) => (room.about().channels === 1 ? { en: label, zh: ` ${label}` } : PG.thing(label));
    const last = () => {
      const { extra, results } = room.about();
      return seen.at(-1) || {
        done: 1000, count: 1000, classes: extra.classes, counts: extra['classes of 1,000 samples'], sure: results['judge more than 90 % sure, samples'],
        distance: results['Frechet distance of 1,000 samples'], card: true,
      };
    };
    const show = () => {
      const now = last(), { results, extra } = room.about(), total = now.counts.reduce((a, b) => a + b, 0), most = Math.max(...now.counts);
      const least = now.counts.indexOf(Math.min(...now.counts)), present = now.counts.filter((n) => n).length;
      panel.set(W.all(present, now.classes.length, told(now.classes[least]), now.counts[least] / total));
      panel.setRead(W.readJudge(extra.judge));
      panel.setSource(now.card ? W.card('1,000') : W.now(now.done, now.count));
      fill(bars, el('ol', { class: 'gan-classes', style: { '--even-share': total / now.classes.length / most } }, now.classes.map((label, i) => el('li', {
        'data-class': label, 'data-count': now.counts[i], title: `${now.counts[i]}`,
      }, el('span', { class: 'gan-class-bar' }, el('span', { class: 'mono', text: now.counts[i] }), el('i', { style: { height: `${(now.counts[i] / most) * 6}rem` } })), el('span', {}, told(label))))),
        el('p', { class: 'read' }, W.sure(now.sure, results['judge more than 90 % sure, real'])));
      showFar(now);
    };
    const floorOf = () => {
      const known = seen.filter((one) => one.floor !== null);
      return seen.length < 10 && known.length ? [known.at(-1).floor, known.at(-1).done] : [room.about().results['Frechet distance of 1,000 held-out real pictures'], 1000];
    };
    const showFar = (now) => {
      fill(far, el('h3', { class: 'panel-title' }, W.distance(now.distance, ...floorOf())), el('p', { class: 'read' }, W.readDistance));
      if (seen.length < 2) return;
      const chart = PG.chart({ x: W.samples, y: W.distances, height: 10, floor: 0, lines: [{ key: 'these', name: W.these, colour: '--c-ink' }, { key: 'floor', name: W.floor, colour: '--c-value' }] });
      chart.draw({ x: seen.map((one) => one.done), from: 0, to: now.count, ys: { these: seen.map((one) => one.distance ?? NaN), floor: seen.map((one) => one.floor ?? NaN) } });
      far.append(chart.root);
    };
    const lines = (onLine) => {
      let held = '';
      const text = new TextDecoder();
      return (chunk) => {
        held += text.decode(chunk, { stream: true });
        const all = held.split('\n');
        held = all.pop();
        all.forEach((line) => onLine(JSON.parse(line)));
      };
    };
    const wear = () => fill(button, stop ? [icon('x'), el('span', {}, W.stop)] : [icon('play'), el('span', {}, W.go)]);
    const rest = () => { stop?.abort(); stop = null; };
    const go = async () => {
      if (stop) { rest(); return wear(); }
      const mine = stop = new AbortController();
      seen = [];
      wear();
      const take = lines((line) => { if (stop === mine) { seen.push(line); show(); } });
      const answer = await PG.stream('gan/pictures_jury', room.question({ seed: room.seed, cut: room.cut, count: 1000 }), take, mine.signal).catch(() => ({}));
      if (answer.wrong) fill(bars, PG.notice('wrong', answer.wrong));
      if (stop === mine) { stop = null; wear(); }
    };
    const draw = (host) => {
      const now = JSON.stringify([room.model, room.seed, room.cut]);
      if (now !== of) { rest(); seen = []; }
      of = now;
      panel = PG.panel({
        title: '…', tools: {
          SVG: () => PG.svgFile('judge.svg', panel.body), PNG: () => PG.pngFile('judge.png', panel.body),
          CSV: () => PG.save('classes.csv', PG.csv([['class', 'samples'], ...last().classes.map((label, i) => [label, last().counts[i]])]), 'text/csv'),
          JSON: () => PG.save('judge.json', PG.json({ model: room.model, seed: room.seed, truncation: room.cut, verdict: last(), card: room.about() }), 'application/json'),
        },
      });
      bars = el('div');
      far = el('div', { class: 'gan-gap' });
      button = el('button', { class: 'btn', type: 'button', 'data-name': 'judge', onclick: go });
      wear();
      fill(panel.body, bars, el('div', { class: 'tools-row' }, button), far);
      fill(host, panel.root);
      show();
    };
    return { draw, rest };
  };
})();
