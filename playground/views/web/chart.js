// A chart of lines that grow: paths are moved, not made anew, so that it may be drawn many times a second.
(() => {
  const { el, svg, t } = PG;
  const NICE = [1, 2, 5, 10];
  let made = 0;

  // Up to `most` round numbers from low to high, `least` or more apart.
  const ticks = (low, high, most, least = 0) => {
    const raw = (high - low) / Math.max(1, most) || 1,
      power = 10 ** Math.floor(Math.log10(raw));
    const step = Math.max(least, NICE.find((n) => n * power >= raw * 0.999) * power),
      all = [];
    for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-6; v += step) all.push(Math.abs(v) < step * 1e-6 ? 0 : v);
    return all;
  };
  const decades = (low, high, most) => {
    const from = Math.ceil(low - 1e-9),
      to = Math.floor(high + 1e-9),
      skip = Math.max(1, Math.ceil((to - from) / most));
    return Array.from({ length: Math.max(0, Math.floor((to - from) / skip) + 1) }, (_, i) => from + i * skip);
  };
  PG.countText = (n) => Math.round(n).toLocaleString('en');
  const short = (v) => (Math.abs(v) >= 1e4 ? PG.countText(v) : PG.four(Number(v.toPrecision(6))));

  // {x, y: axis names; lines: [{key, name, colour: a token or a function, dash}]; log, floor, ceil; side: rem for the names} -> {root, draw({x, ys, from, to})}
  // x: numbers growing; ys: {key: numbers, NaN where there is none}.
  PG.chart = ({ x: xName, y: yName, lines, log = false, floor, ceil, height = 15, side = 5, format = PG.four }) => {
    let width = 0,
      data = null,
      scale = null;
    const id = `chart-${++made}`;
    const grid = svg('g'),
      marks = svg('g'),
      rule = svg('line', { class: 'chart-rule', visibility: 'hidden' });
    const paths = lines.map((line) =>
      svg('path', {
        class: 'chart-line',
        fill: 'none',
        'stroke-dasharray': line.dash || null,
        'clip-path': `url(#${id})`,
      }),
    );
    const names = lines.map((line) => svg('text', { class: 'chart-name', text: line.name }));
    const clip = svg('rect', { x: 0, y: 0, width: 0, height: 0 });
    const xText = svg('text', { class: 'chart-axis', 'text-anchor': 'end', text: xName }),
      yText = svg('text', { class: 'chart-axis', text: yName });
    const root = svg(
      'svg',
      { class: 'chart', visibility: 'hidden', role: 'img', 'aria-label': () => `${t(yName)}, ${t(xName)}` },
      svg('defs', {}, svg('clipPath', { id }, clip)),
      grid,
      paths,
      marks,
      rule,
      names,
      xText,
      yText,
    );
    const box = el('div', { class: 'chart-box', style: { 'min-height': `${height}rem` } }, root); // shown once there is something to draw
    const put = (e, all) => Object.entries(all).forEach(([k, v]) => e.setAttribute(k, v));
    const ink = ({ colour }) => (typeof colour === 'function' ? colour() : PG.lean.token(colour));
    const value = (v) => (log ? Math.log10(Math.max(1e-30, v)) : v);

    const span = () => {
      let low = Infinity,
        high = -Infinity;
      for (const { key } of lines) {
        for (const v of data.ys[key] || []) {
          if (!Number.isFinite(v) || (log && v <= 0)) continue;
          const y = value(v);
          if (y < low) low = y;
          if (y > high) high = y;
        }
      }
      if (low > high) {
        low = 0;
        high = 1;
      }
      if (floor !== undefined) low = Math.min(low, value(floor));
      if (ceil !== undefined) high = Math.max(high, value(ceil));
      if (log) return [Math.floor(low), Math.max(Math.floor(low) + 1, Math.ceil(high))];
      return high - low < 1e-9 ? [low, low + 1] : [low, high];
    };
    const layout = () => {
      const rem = PG.lean.rem(),
        h = height * rem,
        [low, high] = span();
      const left = 3.25 * rem,
        right = width - side * rem,
        top = 1.75 * rem,
        bottom = h - 2.5 * rem;
      const from = data.from ?? data.x[0] ?? 0,
        to = Math.max(from + 1, data.to ?? data.x[data.x.length - 1] ?? 1);
      return {
        h,
        rem,
        low,
        high,
        left,
        right,
        top,
        bottom,
        from,
        to,
        px: (v) => left + ((v - from) / (to - from)) * (right - left),
        py: (v) => bottom - ((value(v) - low) / (high - low)) * (bottom - top),
      };
    };
    const axes = (s) => {
      const across = ticks(s.from, s.to, Math.max(2, (s.right - s.left) / (6 * s.rem)), 1);
      const up = log
        ? decades(s.low, s.high, 6).map((p) => 10 ** p)
        : ticks(s.low, s.high, Math.max(2, (s.bottom - s.top) / (2.5 * s.rem)));
      const mark = JSON.stringify([across, up, s.from, s.to, s.low, s.high, width]);
      if (mark === scale?.mark) return mark;
      grid.replaceChildren(
        ...up.map((v) => svg('line', { class: 'chart-grid', x1: s.left, x2: s.right, y1: s.py(v), y2: s.py(v) })),
        ...up.map((v) => svg('text', { class: 'chart-tick', x: s.left - 8, y: s.py(v) + 4, 'text-anchor': 'end', text: short(v) })),
        ...across.map((v) =>
          svg('text', { class: 'chart-tick', x: s.px(v), y: s.bottom + 1.1 * s.rem, 'text-anchor': 'middle', text: PG.countText(v) }),
        ),
      );
      put(xText, { x: s.right, y: s.bottom + 2.2 * s.rem });
      put(yText, { x: 0, y: 0.85 * s.rem });
      put(clip, { x: s.left, y: s.top - 2, width: s.right - s.left + 2, height: s.bottom - s.top + 4 });
      return mark;
    };
    const path = (values, s) => {
      let d = '',
        pen = 'M';
      for (let i = 0; i < data.x.length; i += 1) {
        const v = values?.[i];
        if (!Number.isFinite(v) || (log && v <= 0)) {
          pen = 'M';
          continue;
        }
        d += `${pen}${s.px(data.x[i]).toFixed(1)} ${s.py(v).toFixed(1)}`;
        pen = 'L';
      }
      return d;
    };
    const last = (values) => {
      for (let i = (values?.length || 0) - 1; i >= 0; i -= 1) if (Number.isFinite(values[i])) return values[i];
      return undefined;
    };
    const label = (s) => {
      // at the end of its line, moved apart where lines end together
      const ends = lines
        .map((line, i) => ({ i, v: last(data.ys[line.key]) }))
        .filter(({ v }) => v !== undefined)
        .map((one) => ({ ...one, y: Math.min(s.bottom, Math.max(s.top, s.py(one.v))) }))
        .sort((a, b) => a.y - b.y);
      names.forEach((name) => name.setAttribute('visibility', 'hidden'));
      ends.forEach((one, n) => {
        if (n) one.y = Math.max(one.y, ends[n - 1].y + s.rem);
      });
      ends.forEach((one, n) => {
        one.y = Math.min(one.y, s.bottom - (ends.length - 1 - n) * s.rem); // only those move up that would leave at the foot
      });
      ends.forEach(({ i, y }) => put(names[i], { x: s.right + 8, y: y + 4, visibility: 'visible', fill: ink(lines[i]) }));
    };
    const draw = () => {
      if (!width || !data) return;
      const s = layout();
      put(root, { width, height: s.h, viewBox: `0 0 ${width} ${s.h}`, visibility: 'visible' });
      s.mark = axes(s);
      PG.lean.say(xText, xName);
      PG.lean.say(yText, yName);
      lines.forEach((line, i) => put(paths[i], { d: path(data.ys[line.key], s) || 'M0 0', stroke: ink(line) }));
      label(s);
      scale = s;
    };

    // ---- hover reads every line at one place
    root.addEventListener('pointermove', (event) => {
      if (!data?.x.length || !scale) return;
      const at =
        scale.from +
        ((event.clientX - root.getBoundingClientRect().left - scale.left) / (scale.right - scale.left)) * (scale.to - scale.from);
      let near = 0;
      for (let i = 0; i < data.x.length; i += 1) if (Math.abs(data.x[i] - at) < Math.abs(data.x[near] - at)) near = i;
      const px = scale.px(data.x[near]);
      put(rule, { x1: px, x2: px, y1: scale.top, y2: scale.bottom, visibility: 'visible' });
      PG.tip(
        event,
        el('span', {}, `${t(xName)}: `, el('b', { class: 'mono', text: PG.countText(data.x[near]) })),
        lines
          .filter(({ key }) => Number.isFinite(data.ys[key]?.[near]))
          .map(({ key, name }) => el('span', {}, t(name), ' ', el('b', { class: 'mono', text: format(data.ys[key][near]) }))),
      );
    });
    root.addEventListener('pointerleave', () => {
      rule.setAttribute('visibility', 'hidden');
      PG.untip();
    });
    PG.watchWidth(box, (w) => {
      width = w;
      draw();
    });
    PG.follow(box, 'theme', () => {
      scale = null;
      draw();
    });
    PG.follow(box, 'lang', draw);
    return {
      root: box,
      draw: (next) => {
        data = next;
        draw();
      },
      data: () => data,
    };
  };

  // A line without axes, as small as a word. `values`: arrays on one scale from `low`; colours: tokens.
  PG.spark = (canvas, w, h, values, colours, low = 0, high) => {
    const same = canvas.pgSize === `${w} ${h}`,
      g = same ? canvas.getContext('2d') : PG.size(canvas, w, h);
    if (same) g.clearRect(0, 0, w, h);
    canvas.pgSize = `${w} ${h}`;
    const most = high ?? values.flatMap((all) => [...all]).reduce((m, v) => (Number.isFinite(v) && v > m ? v : m), 1e-9);
    const y = (v) => h - 1.5 - Math.min(1, Math.max(0, (v - low) / (most - low || 1))) * (h - 3);
    values.forEach((all, k) => {
      g.strokeStyle = PG.lean.token(colours[k]);
      g.lineWidth = 1.5;
      g.beginPath();
      let pen = false;
      all.forEach((v, i) => {
        if (!Number.isFinite(v)) {
          pen = false;
          return;
        }
        const x = 1 + (i / Math.max(1, all.length - 1)) * (w - 2);
        if (pen) g.lineTo(x, y(v));
        else g.moveTo(x, y(v));
        pen = true;
      });
      g.stroke();
    });
  };
})();
