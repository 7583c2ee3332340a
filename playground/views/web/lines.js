// An answer that comes as lines of JSON, each handed on as soon as it is whole.
(() => {
  // Resolves to {} or {wrong}, as PG.stream does; rejects with AbortError when the signal ends it.
  PG.lines = (path, question, take, signal) => {
    const reader = new TextDecoder();
    let rest = '';
    return PG.stream(path, question, (chunk) => {
      const parts = (rest + reader.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop();
      parts.forEach((part) => take(JSON.parse(part)));
    }, signal);
  };
})();
