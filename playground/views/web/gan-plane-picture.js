// The plane of the GAN room: the discriminator's surface, real and fake points, arrows, the generator's warped grid.
// Points keep their number from frame to frame and glide to their new places.
(() => {
  const { el, t } = PG;
  const LONGEST = 250; // ms a movement takes at most
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const W = {
    alt: {
      en: 'The plane: the discriminator’s surface in the background, real points as discs, fakes as diamonds. Arrow keys read the score.',
      zh: '平面：背景是判别器的评分，圆点是真实点，菱形是生成点。方向键读取评分。',
    },
    here: (x, y) => `(${PG.minus(x)}, ${PG.minus(y)})`,
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
