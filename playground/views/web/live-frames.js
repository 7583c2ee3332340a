// Pictures of a training as they come down the line: see views/frame.py for how the bytes are laid out.
(() => {
  const HALF = (h) => {  // float16 to number
    const sign = h & 0x8000 ? -1 : 1, exponent = (h >> 10) & 31, rest = h & 1023;
    if (exponent === 31) return rest ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
  };
  const KINDS = {
    uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, int32: Int32Array, float32: Float32Array, float16: Uint16Array,
  };
  const text = new TextDecoder();

  const array = (buffer, start, [dtype, shape, offset]) => {
    const found = new KINDS[dtype](buffer, start + offset, shape.reduce((a, b) => a * b, 1));
    const values = dtype === 'float16' ? Float32Array.from(found, HALF) : found;
    values.shape = shape;
    return values;
  };
  // One picture: {head, arrays: {name: typed array with .shape}}
  const read = (bytes) => {
    const buffer = bytes.slice().buffer, long = new DataView(buffer).getUint32(0, true);  // a copy, so that it is aligned
    const { arrays, ...head } = JSON.parse(text.decode(new Uint8Array(buffer, 4, long)));
    return { head, arrays: Object.fromEntries(Object.entries(arrays).map(([name, place]) => [name, array(buffer, 4 + long, place)])) };
  };

  // PG.frames(onFrame) -> push(Uint8Array): chunks of any size in, whole pictures out.
  PG.frames = (onFrame) => {
    let held = new Uint8Array(0);
    return (chunk) => {
      const all = new Uint8Array(held.length + chunk.length);
      all.set(held);
      all.set(chunk, held.length);
      let at = 0;
      while (at + 4 <= all.length) {
        const length = new DataView(all.buffer, at, 4).getUint32(0, true);
        if (at + 4 + length > all.length) break;
        onFrame(read(all.subarray(at + 4, at + 4 + length)));
        at += 4 + length;
      }
      held = all.slice(at);
    };
  };
})();
