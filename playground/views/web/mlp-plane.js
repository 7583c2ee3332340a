// The large map: what the net says for every point of the plane, with the data on it and the reader's own points.
(() => {
  const { el, svg, t } = PG;
  const EXTENT = 6;
  const W = {
    plane: { en: 'What the net says for every point of the plane', zh: '网络对平面上每个点的回答' },
    keys: {
      en: 'Click to add a point of the chosen class, shift-click to remove one. By key: arrows move the cross, space adds, Delete removes.',
      zh: '点击可添加所选类别的点，按住 Shift 点击可删除。键盘：方向键移动十字，空格添加，Delete 删除。',
    },
  };
  const inside = (v) => Math.max(-EXTENT, Math.min(EXTENT, v));

  // {onAdd([x1, x2]), onRemove(index), tool() -> 'add' | 'erase' | 'read', onRead(event, [x1, x2])}
  PG.mlpPlane = ({ onAdd, onRemove, onRead, tool, tipOf, chosen }) => {
    let width = 0,
      image = null,
      points = null,
      shown = { test: false, hard: false },
      cross = null,
      classes = 2,
      task = 'classes',
      most = 1;
    const canvas = el('canvas', { class: 'plane-map' }),
      marks = el('canvas', {
        class: 'plane-marks',
        tabindex: '0',
        role: 'application',
        'aria-label': () => `${t(W.plane)}. ${t(W.keys)}`,
      });
    const axes = svg('svg', { class: 'plane-axes', 'aria-hidden': 'true' });
    const square = el('div', { class: 'plane-square' }, canvas, marks),
      box = el('div', { class: 'plane' }, square, axes);

    // ---- the map
    const draw = (values, maps, side, about) => {
      if (!image || image.width !== side) image = PG.mlpImage(side, side);
      if (about.signed) PG.mlpColour.paintSigned(image.pixels, values, shown.hard);
      else PG.mlpColour.paintClasses(image.pixels, values, maps, shown.hard);
      image.show();
      if (!width) return;
      const g = canvas.getContext('2d');
      g.imageSmoothingEnabled = !shown.hard;
      g.imageSmoothingQuality = 'medium';
      g.drawImage(image.canvas, 0, 0, canvas.width, canvas.height);
    };

    // ---- the points: a class's colour with a rim of paper; what is held out for testing is hollow
    const px = (v) => ((v + EXTENT) / (2 * EXTENT)) * width,
      py = (v) => width - px(v);
    const colourOf = (value) => (task === 'classes' ? PG.mlpColour.classes()[value] : PG.mlpColour.css(value, most));
    const dot = (g, x, y, r, colour, hollow) => {
      g.beginPath();
      g.arc(x, y, r, 0, 7);
      g.fillStyle = hollow ? PG.lean.token('--c-card') : colour;
      g.fill();
      g.lineWidth = hollow ? 1.25 : 1;
      g.strokeStyle = hollow ? colour : PG.lean.token('--c-card');
      g.stroke();
    };
    const drawPoints = () => {
      if (!width) return;
      const g = PG.size(marks, width, width);
      if (points) {
        const r = Math.max(2.2, Math.min(4.2, (width / 300) * (points.n > 250 ? 2.7 : 3.6)));
        for (let pass = 0; pass < 2; pass += 1) {
          for (let i = 0; i < points.n; i += 1) {
            if (points.test[i] !== (pass ? 0 : 1) || (!pass && !shown.test)) continue;
            dot(g, px(points.x[2 * i]), py(points.x[2 * i + 1]), pass ? r : r - 0.5, colourOf(points.y[i]), !pass);
          }
        }
        const one = chosen?.();
        if (one !== null && one !== undefined && one < points.n) ring(g, px(points.x[2 * one]), py(points.x[2 * one + 1]), r + 4);
      }
      if (cross && document.activeElement === marks) drawCross(g);
    };
    const ring = (g, x, y, r) => {
      g.beginPath();
      g.arc(x, y, r, 0, 7);
      g.lineWidth = 2;
      g.strokeStyle = PG.lean.token('--c-ink');
      g.stroke();
    };
    const drawCross = (g) => {
      const x = px(cross[0]),
        y = py(cross[1]);
      g.strokeStyle = PG.lean.token('--c-accent');
      g.lineWidth = 2;
      g.beginPath();
      g.moveTo(x - 9, y);
      g.lineTo(x + 9, y);
      g.moveTo(x, y - 9);
      g.lineTo(x, y + 9);
      g.stroke();
    };
    const drawAxes = () => {
      const rem = PG.lean.rem(),
        side = width;
      axes.setAttribute('width', side + 2 * rem);
      axes.setAttribute('height', side + 2 * rem);
      axes.replaceChildren(
        ...[-6, -3, 0, 3, 6].flatMap((v) => [
          svg('text', {
            class: 'chart-tick',
            x: 1.5 * rem + px(v),
            y: side + 1.1 * rem,
            'text-anchor': v === 6 ? 'end' : 'middle',
            text: PG.minus(v, 0),
          }),
          svg('text', {
            class: 'chart-tick',
            x: 1.2 * rem,
            y: py(v) + (v === 6 ? 10 : v === -6 ? 0 : 4),
            'text-anchor': 'end',
            text: PG.minus(v, 0),
          }),
        ]),
        svg('text', { class: 'chart-axis', x: 1.5 * rem + side / 2 + 14, y: side + 1.9 * rem, 'text-anchor': 'middle', text: 'x₁' }),
        svg('text', { class: 'chart-axis', x: 0.25 * rem, y: side / 2 - 14, text: 'x₂' }),
      );
    };

    // ---- pointer and keys
    const where = (event) => {
      const rect = marks.getBoundingClientRect();
      return [
        inside(((event.clientX - rect.left) / rect.width) * 2 * EXTENT - EXTENT),
        inside(EXTENT - ((event.clientY - rect.top) / rect.height) * 2 * EXTENT),
      ];
    };
    const nearest = ([x, y], reach) => {
      let best = -1,
        least = reach;
      for (let i = 0; i < (points?.n || 0); i += 1) {
        if (points.test[i] && !shown.test) continue;
        const far = Math.hypot(points.x[2 * i] - x, points.x[2 * i + 1] - y);
        if (far < least) {
          least = far;
          best = i;
        }
      }
      return best;
    };
    const act = (at, event) => {
      const erase = tool() === 'erase' || event.shiftKey || event.ctrlKey || event.metaKey;
      if (erase) {
        const found = nearest(at, 0.6);
        if (found >= 0) onRemove(found);
      } else if (tool() === 'read') {
        const found = nearest(at, 1);
        if (found >= 0) onRead(found);
      } else onAdd(at.map((v) => Math.round(v * 100) / 100));
    };
    marks.addEventListener('click', (event) => {
      marks.focus({ preventScroll: true });
      act(where(event), event);
    });
    marks.addEventListener('contextmenu', (event) => {
      if (event.ctrlKey) {
        event.preventDefault();
        act(where(event), event);
      }
    });
    marks.addEventListener('pointermove', (event) => {
      const at = where(event),
        found = nearest(at, 0.25);
      PG.tip(event, ...tipOf(at, found, points));
    });
    marks.addEventListener('pointerleave', PG.untip);
    marks.addEventListener('keydown', (event) => {
      const step = event.shiftKey ? 1 : 0.25,
        by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
      cross ||= [0, 0];
      if (by) cross = cross.map((v, i) => inside(v + by[i]));
      else if (event.key === ' ' || event.key === 'Enter') act(cross, {});
      else if (event.key === 'Delete' || event.key === 'Backspace') act(cross, { shiftKey: true });
      else return;
      event.preventDefault();
      drawPoints();
    });
    marks.addEventListener('focus', drawPoints);
    marks.addEventListener('blur', drawPoints);

    const resize = (w) => {
      width = Math.round(Math.min(w - 1.5 * PG.lean.rem(), 26 * PG.lean.rem()));
      const ratio = window.devicePixelRatio || 1;
      canvas.width = canvas.height = Math.round(width * ratio);
      square.style.width = square.style.height = `${width}px`;
      drawAxes();
      drawPoints();
      box.dispatchEvent(new Event('resized'));
    };
    PG.watchWidth(box, resize);
    PG.on('theme', () => {
      if (width) {
        drawAxes();
        drawPoints();
      }
    });
    return {
      root: box,
      draw,
      drawPoints,
      onResize: (f) => box.addEventListener('resized', f),
      setPoints: (next, about) => {
        points = next;
        ({ classes, task, most } = about);
        drawPoints();
      },
      show: (next) => {
        shown = { ...shown, ...next };
        drawPoints();
      },
      classes: () => classes,
      points: () => points,
    };
  };
})();
