// The input column of the MLP room: which data, how many classes, how noisy, what the net is given of it.
(() => {
  const { el, t, icon } = PG;
  const W = {
    data: { en: 'Data', zh: '数据' },
    plane: { en: 'points of the plane', zh: '平面上的点' },
    tables: { en: 'Tables and pictures', zh: '表格与图片' },
    learn: { en: 'Learn', zh: '学习' },
    classes: { en: 'Classes', zh: '类别数' },
    noise: { en: 'Noise', zh: '噪声' },
    share: { en: 'Trained on', zh: '训练数据占比' },
    batch: { en: 'Batch size', zh: '批大小' },
    batchHint: { en: 'examples per update', zh: '每次更新用的样本数' },
    features: { en: 'Inputs', zh: '输入' },
    featuresHint: { en: 'click to give or take', zh: '点击增减' },
    examples: { en: 'Try', zh: '试试' },
    own: { en: 'Your own data', zh: '你自己的数据' },
    ownRead: {
      en: 'Points: lines of x1, x2, class (0 to 4) or value. A table: a first line with names, the column to learn named below.',
      zh: '点：每行写 x1, x2, 类别（0 到 4）或数值。表格：首行为列名，在下面写出要学习的列名。',
    },
    paste: { en: 'Paste CSV here', zh: '在此粘贴 CSV' },
    target: { en: 'Column to learn', zh: '要学习的列' },
    targetHint: { en: 'the last one if empty', zh: '留空则为最后一列' },
    usePoints: { en: 'Use as points', zh: '作为点使用' },
    useTable: { en: 'Use as a table', zh: '作为表格使用' },
    open: { en: 'Open a file', zh: '打开文件' },
    empty: { en: 'Start from an empty plane', zh: '从空白平面开始' },
    points: { en: 'Points', zh: '点数' },
    dropout: { en: 'Dropout', zh: '随机丢弃' },
    schedule: { en: 'Learning-rate schedule', zh: '学习率计划' },
    length: { en: 'Schedule length, updates', zh: '计划长度（更新次数）' },
    factor: { en: 'Schedule factor', zh: '衰减因子' },
    scale: { en: 'Initial weights', zh: '初始权重' },
    scaleHint: { en: '1 is Glorot’s (He’s for ReLU), 0 all zero', zh: '1 为 Glorot（ReLU 用 He）初始化，0 为全零' },
    seed: { en: 'Seed', zh: '随机种子' },
    stop: { en: 'Stop by itself', zh: '自动停止' },
    stopHint: { en: '0 is never', zh: '0 表示不停' },
    steps: { en: 'after updates', zh: '更新次数达到' },
    testLoss: { en: 'at test loss', zh: '测试损失降到' },
    accuracy: { en: 'at test accuracy', zh: '测试准确率达到' },
    more: { en: 'More settings', zh: '更多设置' },
    wrongNumber: (name) => ({ en: `“${t(name)}” needs a number.`, zh: `“${t(name)}”需要填一个数。` }),
  };

  // ---- thumbnails, drawn from data of the server's own making
  const thumb = (key, title, kind, onclick) => {
    const canvas = el('canvas', { 'aria-hidden': 'true' });
    return {
      key,
      canvas,
      kind,
      root: el(
        'button',
        { class: 'thumb data-thumb', type: 'button', title, 'aria-label': title, 'data-key': key, onclick },
        canvas,
        el('span', {}, title),
      ),
    };
  };
  const scatter = (g, side, { x, y, task }) => {
    const xs = new Int8Array(PG.bytes(x).buffer),
      ys = new Int8Array(PG.bytes(y).buffer),
      colours = PG.mlpColour.classes();
    for (let i = 0; i < ys.length; i += 1) {
      g.fillStyle = task === 'classes' ? colours[ys[i]] : PG.mlpColour.css(ys[i], 127);
      g.beginPath();
      g.arc(side / 2 + (xs[2 * i] / 127) * side * 0.47, side / 2 - (xs[2 * i + 1] / 127) * side * 0.47, 1.4, 0, 7);
      g.fill();
    }
  };
  const picture = (g, side, { pixels, size }) => {
    const values = PG.bytes(pixels),
      ramp = PG.ramp('--amount'),
      image = PG.mlpImage(size, size);
    const table = new Uint8ClampedArray(image.pixels.buffer);
    values.forEach((v, i) => {
      const c = ramp(v / 255);
      table.set([c[0], c[1], c[2], 255], 4 * i);
    });
    image.show();
    g.imageSmoothingEnabled = false;
    g.drawImage(image.canvas, 0, 0, side, side);
  };
  const word = (g, side, sign) => {
    g.fillStyle = PG.lean.token('--c-ink-3');
    g.font = `${side * 0.6}px sans-serif`;
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(sign, side / 2, side * 0.54);
  };
  const drawThumb = ({ canvas, kind, key }) => {
    const side = Math.round(2.75 * PG.lean.rem()),
      g = PG.size(canvas, side, side);
    if (kind.thumb?.x) scatter(g, side, kind.thumb);
    else if (kind.thumb?.pixels) picture(g, side, kind.thumb);
    else word(g, side, key === 'own' ? '+' : '▦');
  };

  // A number to type. `onchange(typed)` resolves to why it is refused, if it is: it then stays as typed, with the reason.
  const number = ({ label, hint, value, onchange = () => null }) => {
    const trouble = el('div'),
      show = (text, why) => {
        input.value = text;
        PG.fill(trouble, why ? PG.notice('wrong', why) : null);
      };
    const input = el('input', {
      class: 'cell',
      type: 'text',
      inputmode: 'decimal',
      value: String(value),
      'aria-label': label,
      onchange: async () => {
        const text = input.value.trim();
        show(text, await onchange(text));
      },
    });
    return { root: PG.field(label, hint, input, trouble), set: (v) => show(String(v)), input };
  };

  // room: {value, config, set(changes), live(changes), complain(text)} -> {root: [..], refresh()}
  PG.mlpInput = (room) => {
    const { value } = room,
      kinds = value.kinds;
    const thumbs = Object.entries(kinds).map(([key, kind]) => thumb(key, kind.title, kind, () => room.pick(key)));
    const put = (name, text, label) => {
      const v = Number(text);
      return text === '' || !Number.isFinite(v) ? W.wrongNumber(label) : room.set({ [name]: v });
    };
    const set = (name) => (v) => room.set({ [name]: v });
    const percent = (v) => `${Math.round(v * 100)} %`;

    const examples = el(
      'div',
      { class: 'choices presets' },
      value.presets.map((one, i) =>
        el(
          'button',
          {
            class: 'choice',
            type: 'button',
            title: one.see,
            'data-preset': one.key,
            onclick: () => room.preset(i),
          },
          one.title,
        ),
      ),
    );
    const task = PG.choice({
      label: W.learn,
      options: Object.entries(value.tasks).map(([key, label]) => ({ key, label })),
      value: 'classes',
      onchange: (v) => room.set({ task: v }),
    });
    const classes = PG.slider({ label: W.classes, min: 2, max: 5, step: 1, value: 2, onchange: set('classes') });
    const noise = PG.slider({ label: W.noise, min: 0, max: 0.5, step: 0.05, value: 0, format: percent, onchange: set('noise') });
    const share = PG.slider({ label: W.share, min: 0.1, max: 0.9, step: 0.1, value: 0.5, format: percent, onchange: set('share') });
    const batch = PG.slider({ label: W.batch, hint: W.batchHint, min: 1, max: 100, step: 1, value: 10, onchange: set('batch') });

    // ---- inputs: each feature as it lies over the plane
    const features = Object.entries(value.features).map(([key, { name, map, size }]) => {
      const canvas = el('canvas', { 'aria-hidden': 'true' });
      return {
        key,
        canvas,
        map: Int8Array.from(new Int8Array(PG.bytes(map).buffer)),
        size,
        root: el(
          'button',
          {
            class: 'feature',
            type: 'button',
            'data-feature': key,
            onclick: () => room.feature(key),
          },
          canvas,
          el('span', { text: name }),
        ),
      };
    });
    const drawFeature = ({ canvas, map, size }) => {
      const side = Math.round(2 * PG.lean.rem()),
        image = PG.mlpImage(size, size),
        g = PG.size(canvas, side, side);
      PG.mlpColour.paintSigned(image.pixels, map);
      image.show();
      g.drawImage(image.canvas, 0, 0, side, side);
    };

    // ---- own data
    const area = el('textarea', { rows: '4', spellcheck: 'false', placeholder: W.paste, 'aria-label': W.paste });
    const target = number({ label: W.target, hint: W.targetHint, value: '' });
    const trouble = el('div');
    const file = el('input', {
      type: 'file',
      accept: '.csv,.tsv,.txt,text/csv,text/plain',
      hidden: true,
      onchange: async () => {
        if (!file.files[0]) return;
        area.value = await file.files[0].text();
        file.value = '';
      },
    });
    const use = (kind) =>
      room.bring(kind, area.value, target.input.value.trim(), task.get(), (text) =>
        PG.fill(trouble, text ? PG.notice('wrong', text) : null),
      );
    const own = PG.more(
      W.own,
      el('p', { class: 'hint' }, W.ownRead),
      area,
      file,
      el(
        'div',
        { class: 'tools-row' },
        el('button', { class: 'btn', type: 'button', onclick: () => file.click() }, icon('up'), W.open),
        el('button', { class: 'btn', type: 'button', onclick: () => use('points') }, W.usePoints),
        el('button', { class: 'btn', type: 'button', onclick: () => use('table') }, W.useTable),
      ),
      target.root,
      trouble,
      el('button', { class: 'btn', type: 'button', onclick: () => room.emptyPlane() }, icon('x'), W.empty),
    );

    // ---- more settings
    const points = PG.slider({ label: W.points, min: 50, max: 2000, step: 50, value: 500, onchange: set('points') });
    const dropout = PG.slider({ label: W.dropout, min: 0, max: 0.8, step: 0.1, value: 0, format: percent, onchange: set('dropout') });
    const schedule = PG.select({
      label: W.schedule,
      options: Object.entries(value.schedules).map(([key, label]) => ({ key, label })),
      value: 'constant',
      onchange: set('schedule'),
    });
    const typed = (name, label, hint) => number({ label, hint, value: 0, onchange: (text) => put(name, text, label) });
    const fields = {
      length: typed('length', W.length),
      factor: typed('factor', W.factor),
      scale: typed('scale', W.scale, W.scaleHint),
      seed: typed('seed', W.seed),
      stop_steps: typed('stop_steps', W.steps),
      stop_test_loss: typed('stop_test_loss', W.testLoss),
      stop_accuracy: typed('stop_accuracy', W.accuracy),
    };
    const more = PG.more(
      W.more,
      points.root,
      dropout.root,
      schedule.root,
      fields.length.root,
      fields.factor.root,
      fields.scale.root,
      fields.seed.root,
      PG.field(
        W.stop,
        W.stopHint,
        el('div', { class: 'stops' }, fields.stop_steps.root, fields.stop_test_loss.root, fields.stop_accuracy.root),
      ),
    );

    const flat = thumbs.filter(({ kind }) => kind.plane),
      other = thumbs.filter(({ kind }) => !kind.plane);
    const featureField = PG.field(
      W.features,
      W.featuresHint,
      el(
        'div',
        { class: 'features' },
        features.map((one) => one.root),
      ),
    );
    const root = [
      PG.field(
        W.data,
        W.plane,
        el(
          'div',
          { class: 'thumbs data-thumbs' },
          flat.map((one) => one.root),
        ),
      ),
      PG.field(
        W.tables,
        null,
        el(
          'div',
          { class: 'thumbs data-thumbs' },
          other.map((one) => one.root),
        ),
      ),
      PG.field(W.examples, null, examples),
      task.root,
      classes.root,
      noise.root,
      share.root,
      batch.root,
      featureField,
      own,
      more,
    ];

    const refresh = () => {
      const { config } = room,
        kind = kinds[config.data],
        plane = kind.plane;
      thumbs.forEach((one) => one.root.setAttribute('aria-pressed', String(one.key === config.data)));
      features.forEach((one) => one.root.setAttribute('aria-pressed', String(config.features.includes(one.key))));
      examples.querySelectorAll('button').forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.preset === room.presetKey)));
      task.root.hidden = Boolean(kind.task);
      classes.root.hidden = !(kind.classes[1] > 2);
      noise.root.hidden = points.root.hidden = !plane || config.data === 'own';
      share.root.hidden = config.data === 'digits';
      featureField.hidden = !plane;
      task.set(config.task);
      Object.entries({ classes, noise, share, batch, points, dropout }).forEach(([name, one]) => one.set(config[name]));
      schedule.set(config.schedule);
      Object.entries(fields).forEach(([name, one]) => one.set(config[name]));
      const timed = config.schedule !== 'constant';
      fields.length.root.hidden = !timed;
      fields.factor.root.hidden = !timed || config.schedule === 'cosine';
    };
    const paint = () => {
      thumbs.forEach(drawThumb);
      features.forEach(drawFeature);
    };
    PG.on('theme', paint);
    paint();
    refresh();
    return {
      root,
      refresh,
      openOwn: () => {
        own.open = true;
      },
      text: area,
    };
  };
})();
