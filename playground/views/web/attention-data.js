// Attention weights that arrive as bytes, layer by layer; the layout of a block is told in views/attention.py.
(() => {
  const STEPS = 65535;

  PG.attentionData = ({ layers, heads, count }) => {
    const rows = heads * count, size = 4 + 4 * rows + 2 * rows * count;
    const blocks = Array(layers).fill(null);
    let open = null, filled = 0;

    const keep = () => {
      const layer = new DataView(open.buffer).getUint32(0, true);
      blocks[layer] = {
        largest: new Float32Array(open.buffer, 4, rows),
        shares: new Uint16Array(open.buffer, 4 + 4 * rows, rows * count),
      };
      open = null;
      filled = 0;
      return layer;
    };
    // Takes bytes as they come; returns the layers that became complete.
    const push = (chunk) => {
      const done = [];
      for (let at = 0; at < chunk.length;) {
        open ??= new Uint8Array(size);
        const take = Math.min(size - filled, chunk.length - at);
        open.set(chunk.subarray(at, at + take), filled);
        filled += take;
        at += take;
        if (filled === size) done.push(keep());
      }
      return done;
    };
    const weight = (layer, head, query, key) => {
      const { largest, shares } = blocks[layer], row = head * count + query;
      return (largest[row] * shares[row * count + key]) / STEPS;
    };
    // One head as a function of query and key, for loops.
    const matrix = (layer, head) => {
      const { largest, shares } = blocks[layer], first = head * count;
      return (query, key) => (largest[first + query] * shares[(first + query) * count + key]) / STEPS;
    };
    // The key among `keys` that gets most.
    const best = (layer, head, query, keys) => {
      const at = matrix(layer, head);
      return keys.reduce((top, key) => (at(query, key) > at(query, top) ? key : top), keys[0]);
    };
    const all = (from = 0, to = layers) => {
      const out = new Float32Array((to - from) * rows * count);
      for (let layer = from, at = 0; layer < to; layer++) {
        for (let head = 0; head < heads; head++) {
          const of = matrix(layer, head);
          for (let query = 0; query < count; query++) for (let key = 0; key < count; key++) out[at++] = of(query, key);
        }
      }
      return out;
    };
    const has = (layer) => blocks[layer] !== null;
    const complete = () => blocks.every(Boolean);
    return { layers, heads, count, push, weight, matrix, best, all, has, complete, blockBytes: size };
  };

  // The largest weight shown of one head.
  PG.attentionTop = (at, rows, cols) => {
    let top = 0;
    for (const query of rows) for (const key of cols) top = Math.max(top, at(query, key));
    return top || 1;
  };

  // ---- what a head does on average, measured: where the largest share of its attention goes
  const mean = (count, of) => {
    let sum = 0, n = 0;
    for (let i = 0; i < count; i++) { const w = of(i); if (w !== null) { sum += w; n++; } }
    return n ? sum / n : 0;
  };
  const HABITS = {
    self: [(p) => `On average this head leaves ${p} of each token's attention on the token itself.`,
      (p) => `平均而言，这个头把 ${p} 的注意力留给词元自己。`],
    before: [(p) => `On average this head gives ${p} of its attention to the token before.`,
      (p) => `平均而言，这个头把 ${p} 的注意力给了前一个词元。`],
    after: [(p) => `On average this head gives ${p} of its attention to the token after.`,
      (p) => `平均而言，这个头把 ${p} 的注意力给了后一个词元。`],
    first: [(p) => `On average this head rests ${p} of its attention on the first token.`,
      (p) => `平均而言，这个头把 ${p} 的注意力放在第一个词元上。`],
    special: [(p) => `On average this head rests ${p} of its attention on the special tokens.`,
      (p) => `平均而言，这个头把 ${p} 的注意力放在特殊词元上。`],
    spread: [(p) => `This head has no fixed habit here: no such place gets more than ${p} on average.`,
      (p) => `这个头在这里没有固定习惯：平均没有哪种位置超过 ${p}。`],
  };
  const LEAST = .3;  // share from which a habit is named

  PG.attentionHabit = (data, layer, head, special, causal = false) => {
    const at = data.matrix(layer, head), n = data.count, marks = special.flatMap((s, i) => (s ? [i] : []));
    const shares = {
      self: mean(n, (i) => at(i, i)),
      before: mean(n, (i) => (i ? at(i, i - 1) : null)),
      after: mean(n, (i) => (i + 1 < n ? at(i, i + 1) : null)),
      ...(causal ? { first: mean(n, (i) => (i ? at(i, 0) : null)) } : {}),
      special: mean(n, (i) => (special[i] ? null : marks.reduce((sum, j) => sum + at(i, j), 0))),
    };
    const [name, share] = Object.entries(shares).reduce((top, one) => (one[1] > top[1] ? one : top));
    const [en, zh] = HABITS[share >= LEAST ? name : 'spread'];
    return { name: share >= LEAST ? name : 'spread', share, say: { en: en(PG.pct(share)), zh: zh(PG.pct(share)) } };
  };
})();
