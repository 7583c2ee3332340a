// The plane of the GAN room: the discriminator's surface, real and fake points, arrows, the generator's warped grid.
// Points keep their number from frame to frame and glide to their new places.
(() => {
  const { el, t } = PG;
  const SHOWN = { light: 0.46, dark: 0.38 }; // how far into the signed ramp the surface goes: points must stand out from it
  const LONGEST = 250; // ms a movement takes at most
  const PULL = 0.06; // an arrow is this many times the gradient, the same in every picture: where none is seen, none is felt
  const LONGEST_ARROW = 0.14; // of the picture's width
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const W = {
    alt: {
      en: 'The plane: the discriminator’s surface in the background, real points as discs, fakes as diamonds. Arrow keys read the score.',
      zh: '平面：背景是判别器的评分，圆点是真实点，菱形是生成点。方向键读取评分。',
    },
    here: (x, y) => `(${PG.minus(x)}, ${PG.minus(y)})`,
  };

  // Real is the teal arm of the signed ramp, fake the crimson one, everywhere in this room.
  PG.ganInk = () => {
    const stops = PG.token('--signed').split(',').map((one) => one.trim());
    return { fake: stops[1], real: stops[7], ink: PG.token('--c-ink'), ink2: PG.token('--c-ink-2'), paper: PG.token('--c-card'), line: PG.token('--c-line') };
  };

  // A table of 256 colours as 32-bit numbers, for byte maps with 128 as paper.
  PG.ganLut = (strength = PG.dark() ? SHOWN.dark : SHOWN.light) => {
    const ramp = PG.ramp('--signed'),
      bytes = new Uint8ClampedArray(1024);
    for (let i = 0; i < 256; i += 1) bytes.set([...ramp(0.5 + ((i - 128) / 255) * strength), 255], i * 4);
    return new Uint32Array(bytes.buffer);
  };

  // Paints a square byte map into a small canvas that is then drawn large and smooth.
  PG.ganMap = () => {
    const canvas = document.createElement('canvas');
    let image = null,
      pixels = null;
    return (values, side, lut) => {
      if (canvas.width !== side || !image) {
        canvas.width = canvas.height = side;
        image = canvas.getContext('2d').createImageData(side, side);
        pixels = new Uint32Array(image.data.buffer);
      }
      for (let i = 0; i < pixels.length; i += 1) pixels[i] = lut[values[i] | 0];
      canvas.getContext('2d').putImageData(image, 0, 0);
      return canvas;
    };
  };

  // ---- shapes, many at a time in one path; `weights`, one a point, make some larger
  const discs = (g, place, points, size, weights) => {
    g.beginPath();
    for (let i = 0; i < points.length; i += 2) {
      const x = place.x(points[i]),
        y = place.y(points[i + 1]),
        r = weights ? size * weights[i / 2] : size;
      g.moveTo(x + r, y);
      g.arc(x, y, r, 0, 6.2832);
    }
  };
  const diamonds = (g, place, points, size, weights) => {
    g.beginPath();
    for (let i = 0; i < points.length; i += 2) {
      const x = place.x(points[i]),
        y = place.y(points[i + 1]),
        r = weights ? size * weights[i / 2] : size;
      g.moveTo(x, y - r);
      g.lineTo(x + r, y);
      g.lineTo(x, y + r);
      g.lineTo(x - r, y);
      g.closePath();
    }
  };
  const rimmed = (g, fill, rim, width) => {
    g.strokeStyle = rim;
    g.lineWidth = width;
    g.stroke();
    g.fillStyle = fill;
    g.fill();
  };
  PG.ganReal = (g, place, points, r, ink, weights) => {
    discs(g, place, points, r, weights);
    rimmed(g, ink.real, ink.paper, r * 0.5);
  };
  PG.ganFake = (g, place, points, r, ink, weights) => {
    diamonds(g, place, points, r * 1.35, weights);
    rimmed(g, ink.fake, ink.paper, r * 0.5);
  };
  PG.ganPlace = ([x0, x1, y0, y1], w, h = w) => ({ x: (v) => ((v - x0) / (x1 - x0)) * w, y: (v) => ((y1 - v) / (y1 - y0)) * h });

  // The generator's grid: cells tinted by how densely they hold the noise, lines on top. 1-D noise is a single line.
  const DENSE = 6;
  PG.ganGrid = (g, place, grid, rows, columns, ink, small = false) => {
    const X = (r, c) => place.x(grid[(r * columns + c) * 2]),
      Y = (r, c) => place.y(grid[(r * columns + c) * 2 + 1]);
    g.strokeStyle = g.fillStyle = ink.fake;
    if (rows > 1 && !small) tint(g, X, Y, rows, columns, Math.abs(place.x(1) - place.x(0)));
    g.beginPath();
    for (let r = 0; r < rows; r += 1) for (let c = 0; c < columns; c += 1) (c ? g.lineTo : g.moveTo).call(g, X(r, c), Y(r, c));
    if (rows > 1) for (let c = 0; c < columns; c += 1) for (let r = 0; r < rows; r += 1) (r ? g.lineTo : g.moveTo).call(g, X(r, c), Y(r, c));
    g.globalAlpha = rows > 1 ? 0.4 : 0.9;
    g.lineWidth = small ? 0.5 : rows > 1 ? 0.75 : 2;
    g.stroke();
    g.globalAlpha = 1;
  };
  const tint = (g, X, Y, rows, columns, unit) => {
    const paths = Array.from({ length: DENSE }, () => new Path2D()),
      usual = (unit * 0.2) ** 2;
    for (let r = 0; r + 1 < rows; r += 1) {
      for (let c = 0; c + 1 < columns; c += 1) {
        const [ax, ay, bx, by] = [X(r, c), Y(r, c), X(r, c + 1), Y(r, c + 1)],
          [cx, cy, dx, dy] = [X(r + 1, c + 1), Y(r + 1, c + 1), X(r + 1, c), Y(r + 1, c)];
        const area = Math.abs((cx - ax) * (dy - by) - (dx - bx) * (cy - ay)) / 2;
        const path = paths[Math.min(DENSE - 1, Math.floor((DENSE * usual) / (usual + area * 4)))];
        path.moveTo(ax, ay);
        path.lineTo(bx, by);
        path.lineTo(cx, cy);
        path.lineTo(dx, dy);
        path.closePath();
      }
    }
    paths.forEach((path, i) => {
      g.globalAlpha = 0.05 + 0.07 * i;
      g.fill(path);
    });
  };
  PG.ganArrows = (g, place, points, arrows, ink, w) => {
    const head = Math.max(2.5, w / 140),
      longest = w * LONGEST_ARROW;
    g.beginPath();
    for (let i = 0; i < points.length && i < arrows.length; i += 2) {
      const x = place.x(points[i]),
        y = place.y(points[i + 1]),
        fullX = place.x(points[i] + arrows[i] * PULL) - x,
        fullY = place.y(points[i + 1] + arrows[i + 1] * PULL) - y,
        long = Math.hypot(fullX, fullY);
      if (long < 1) continue;
      const cut = Math.min(1, longest / long),
        [dx, dy] = [fullX * cut, fullY * cut],
        [ux, uy] = [fullX / long, fullY / long];
      g.moveTo(x, y);
      g.lineTo(x + dx, y + dy);
      g.moveTo(x + dx - head * (ux - uy * 0.6), y + dy - head * (uy + ux * 0.6));
      g.lineTo(x + dx, y + dy);
      g.lineTo(x + dx - head * (ux + uy * 0.6), y + dy - head * (uy - ux * 0.6));
    }
    g.strokeStyle = ink.ink;
    g.lineWidth = 1;
    g.globalAlpha = 0.75;
    g.stroke();
    g.globalAlpha = 1;
  };

  // ---- movement: what moves glides from where it is shown to where the last frame put it
  const MOVING = ['fake', 'arrows', 'manifold'];
  class Glide {
    constructor() {
      Object.assign(this, { now: {}, from: {}, to: {}, start: 0, long: 0 });
    }
    // `jump`: other points than before, which have no way to glide.
    toward(arrays, when, jump) {
      const gap = when - (this.arrived ?? -1e9);
      this.arrived = when;
      this.start = when;
      this.long = still.matches ? 0 : Math.min(LONGEST, Math.max(100, gap * 1.35));
      for (const name of MOVING) {
        const next = arrays[name],
          shown = this.now[name];
        this.to[name] = next;
        this.from[name] = next && shown?.length === next.length && !jump ? shown.slice() : null;
        if (!next) delete this.now[name];
        else if (!this.from[name]) this.now[name] = Float32Array.from(next);
      }
    }
    // True while something still moves.
    at(when) {
      const share = this.long ? Math.min(1, (when - this.start) / this.long) : 1;
      for (const name of MOVING) {
        const from = this.from[name],
          to = this.to[name],
          now = this.now[name];
        if (!to || !from) continue;
        for (let i = 0; i < now.length; i += 1) now[i] = from[i] + share * (to[i] - from[i]);
        if (share === 1) this.from[name] = null;
      }
      return share < 1;
    }
  }

  // A sheet of the picture that changes less often than the rest: painted once, then only laid down.
  const sheet = () => {
    const canvas = document.createElement('canvas');
    let painted = '';
    return (key, side, paint) => {
      if (key !== painted) paint(PG.size(canvas, side, side));
      painted = key;
      return canvas;
    };
  };

  // PG.ganPicture({ layers: () => {surface, real, fake, arrows, manifold}, tell(level, head) -> text }) -> {root, show(frame, jump), repaint()}
  PG.ganPicture = ({ layers, tell }) => {
    const canvas = el('canvas', { role: 'img', tabindex: '0', 'aria-label': W.alt }),
      root = el('div', { class: 'gan-plane' }, canvas),
      glide = new Glide(),
      map = PG.ganMap(),
      ground = sheet(),
      reals = sheet();
    let g = null,
      side = 0,
      frame = null,
      shown = 0, // how many frames have been shown
      worn = 0, // how often the theme has changed
      ink = PG.ganInk(),
      lut = PG.ganLut(),
      waiting = 0;
    const paint = () => {
      if (!g || !frame) return;
      const on = layers(),
        { head, arrays, weights } = frame,
        { fake, arrows, manifold } = glide.now,
        place = PG.ganPlace(head.square, side),
        dot = Math.max(2, side / 190),
        lay = (made) => g.drawImage(made, 0, 0, side, side);
      g.fillStyle = ink.paper;
      g.fillRect(0, 0, side, side);
      if (on.surface) lay(ground(`${shown} ${worn} ${side}`, side, (own) => own.drawImage(map(arrays.surface, head.surface, lut), 0, 0, side, side)));
      if (on.manifold && manifold) PG.ganGrid(g, place, manifold, ...head.manifold, ink);
      if (on.real) lay(reals(`${arrays.real.slice(0, 6)} ${arrays.real.length} ${worn} ${side} ${weights ? shown : ''}`, side, (own) => PG.ganReal(own, place, arrays.real, dot, ink, weights?.real)));
      if (on.arrows && arrows && fake) PG.ganArrows(g, place, fake, arrows, ink, side);
      if (on.fake && fake) PG.ganFake(g, place, fake, dot, ink, weights?.fake);
      if (document.activeElement === canvas) mark();
    };
    const mark = () => {
      g.strokeStyle = PG.token('--c-accent');
      g.lineWidth = 2;
      g.strokeRect(probe[0] * side - 5, probe[1] * side - 5, 10, 10);
    };
    const turn = (when) => {
      waiting = 0;
      const moving = glide.at(when);
      paint();
      if (moving) again();
    };
    const again = () => {
      waiting ||= requestAnimationFrame(turn);
    };
    // Reads D's score at a place, told as shares of the picture from its top left corner.
    const read = (u, v, clientX, clientY) => {
      const { head, arrays } = frame,
        [x0, x1, y0, y1] = head.square,
        cell = (share) => Math.min(head.surface - 1, Math.max(0, Math.floor(share * head.surface)));
      PG.tip(
        { clientX, clientY },
        el('b', { text: t(tell(arrays.surface[cell(v) * head.surface + cell(u)], head)) }),
        el('span', { class: 'mono', text: W.here(x0 + u * (x1 - x0), y1 - v * (y1 - y0)) }),
      );
    };
    const over = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      if (frame) read((clientX - box.left) / box.width, (clientY - box.top) / box.height, clientX, clientY);
    };
    const probe = [0.5, 0.5]; // what the arrow keys move
    const key = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step || !frame) return;
      event.preventDefault();
      for (const axis of [0, 1]) probe[axis] = Math.min(0.975, Math.max(0.025, probe[axis] + step[axis] / 20));
      const box = canvas.getBoundingClientRect();
      read(...probe, box.left + probe[0] * box.width, box.top + probe[1] * box.height);
      again();
    };
    canvas.addEventListener('pointermove', over);
    canvas.addEventListener('keydown', key);
    canvas.addEventListener('blur', () => {
      PG.untip();
      again();
    });
    canvas.addEventListener('pointerleave', PG.untip);
    PG.watchWidth(root, (w) => {
      side = Math.floor(Math.min(w, 36 * PG.rem()));
      g = PG.size(canvas, side, side);
      paint();
    });
    PG.on('theme', () => {
      ink = PG.ganInk();
      lut = PG.ganLut();
      worn += 1;
      paint();
    });
    return {
      root,
      show: (next, jump = false) => {
        frame = next;
        shown += 1;
        glide.toward(frame.arrays, performance.now(), jump);
        again();
      },
      repaint: again,
    };
  };
})();
