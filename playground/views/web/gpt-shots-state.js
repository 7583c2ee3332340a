// A few-shot prompt under construction, as plain data; views/web/gpt-shots.js holds one and the server checks it.
// state: {description, described, rows: [[given, answer, ticked]], query, layout: {before, middle, after}, below,
//         labels, list: 'examples' | 'own' | 'free', count: 'zero' | 'one' | 'all', model}
(() => {
  const filled = ([given, answer]) => Boolean((given + answer).trim());
  const ticked = (state) => state.rows.filter((row) => row[2] && filled(row));
  const used = (state) => ({ zero: [], one: ticked(state).slice(0, 1), all: ticked(state) })[state.count];
  const answers = (state) => [...new Set(ticked(state).map(([, answer]) => answer.trim()).filter(Boolean))];
  const labels = (state) => ({ examples: answers(state), own: state.labels.filter((label) => label.trim()), free: [] })[state.list];

  // What is asked of the server.
  const prompt = (state) => ({
    description: state.described ? state.description : '', examples: used(state).map(([given, answer]) => [given, answer]),
    query: state.query, layout: state.layout, below: state.below, labels: labels(state), model: state.model,
  });
  // What is kept in files and in the address.
  const kept = ({ description, described, rows, query, layout, below, labels: own, list, count, model }) => (
    { description, described, rows, query, layout, below, labels: own, list, count, model });

  // ---- the names in a layout: "Input: " and "\nOutput:" bring Input and Output
  const BEFORE = /^([\s\S]*?)([\s:=>|~-]*)$/, MIDDLE = /^([\s,;|/=>-]*)([\s\S]*?)([\s:=>|~-]*)$/;
  const names = ({ before, middle }) => ({ given: BEFORE.exec(before)[1].trim(), answer: MIDDLE.exec(middle)[2] });
  const rename = (layout, which, name) => {
    if (which === 'given') {
      const [, , mark] = BEFORE.exec(layout.before);
      return { ...layout, before: name ? `${name}${mark.trim() ? mark : ': '}` : '' };
    }
    const [, lead, had, mark] = MIDDLE.exec(layout.middle);
    if (!name) return { ...layout, middle: lead.trim() ? lead : ' ->' };
    return { ...layout, middle: `${!had && lead.trim() ? '\n' : lead}${name}${mark || ':'}` };
  };
  const sameLayout = (a, b) => ['before', 'middle', 'after'].every((part) => a[part] === b[part]);

  // ---- an order for every seed, the same for the same rows
  const random = (seed) => () => {  // mulberry32
    seed = (seed + 0x6D2B79F5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const shuffled = (rows, seed) => {
    const out = [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)), draw = random(seed);
    for (let i = out.length - 1; i > 0; i -= 1) {
      const j = Math.floor(draw() * (i + 1));
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  };
  // The answer after this one among the allowed ones.
  const flipped = (state, answer) => {
    const all = [...new Set([...labels(state), ...answers(state)])];
    return all[(all.indexOf(answer.trim()) + 1) % all.length] ?? answer;
  };

  PG.shots = { ticked, used, answers, labels, prompt, kept, names, rename, sameLayout, shuffled, flipped };
})();
