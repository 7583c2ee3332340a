// Three probabilities as one point: each corner is a class, the nearer the likelier.
(() => {
  const { svg } = PG;
  const W = 300, H = 216, TOP = 26, BASE = 178, LEFT = 46, RIGHT = 254, MID = (LEFT + RIGHT) / 2;
  const CORNERS = [[LEFT, BASE], [MID, TOP], [RIGHT, BASE]];
  const at = (shares) => [0, 1].map((axis) => shares.reduce((sum, share, i) => sum + share * CORNERS[i][axis], 0));
  const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`;
  const SIDES = [[0, 2], [0, 1], [1, 2]]; // that meet at each corner
  const PLACES = [{ x: LEFT, y: BASE + 20, 'text-anchor': 'middle' }, { x: MID, y: TOP - 10, 'text-anchor': 'middle' }, { x: RIGHT, y: BASE + 20, 'text-anchor': 'middle' }];

  // three: [{label, chance}] -> svg; the second stands on top
  PG.triangle = (three) => {
    const shares = three.map((one) => one.chance), best = shares.indexOf(Math.max(...shares)), [x, y] = at(shares);
    const middle = at([1 / 3, 1 / 3, 1 / 3]), sides = [[.5, .5, 0], [0, .5, .5], [.5, 0, .5]].map(at);
    const field = (i) => [CORNERS[i], sides[SIDES[i][0]], middle, sides[SIDES[i][1]]];
    const told = () => three.map(({ label, chance }) => `${PG.t(label)} ${(100 * chance).toFixed(1)} %`).join(', ');
    const tip = (event) => PG.tip(event, ...three.map(({ label, chance }) => PG.el('span', {}, label, ` ${chance.toFixed(4)}`)));
    return svg('svg', { class: 'triangle', viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': told, onmousemove: tip, onmouseleave: PG.untip },
      svg('path', { class: 'tri-won', d: `${path(field(best))}Z` }),
      sides.map((side) => svg('path', { class: 'tri-line', d: path([middle, side]) })),
      svg('path', { class: 'tri-edge', d: `${path(CORNERS)}Z` }),
      svg('path', { class: 'tri-pull', d: path([[x, y], CORNERS[best]]) }),
      svg('circle', { class: 'tri-halo', cx: x, cy: y, r: 9 }), svg('circle', { class: 'tri-point', cx: x, cy: y, r: 5.5 }),
      three.map(({ label }, i) => svg('text', { class: i === best ? 'tri-name on' : 'tri-name', ...PLACES[i] }, label)));
  };
})();
