"""Print the table of costs: python -m tests.bench.run."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench import browser, measures, training
from tests.chromium import FLAGS, chromium_of
from tests.serving import serving


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        rows = [measures.start_up(folder), *measures.memory(folder)]
        rows += [
            measures.bert_handler(),
            measures.bert_handler(words=126),
            measures.cnn_handler("digits"),
            measures.cnn_handler("cifar10"),
            measures.gpt_writing(),
        ]
        measures.random_bert(folder / "models" / "base")
        app = serving("app.py", log=folder / "log", PLAYGROUND_MODELS_DIR=str(folder / "models"))
        with app as address, sync_playwright() as play:
            chromium = play.chromium.launch(executable_path=chromium_of(play), args=FLAGS)
            for words in (14, 126):
                question = {"text": measures.sentence(words), "model": "local:base"}
                rows += browser.attention(chromium, address, question, folder)
            long = {"text": measures.sentence(510), "model": "local:base"}
            seconds, layer = browser.ours(chromium, address, long)
            small = next(row for row in rows if "128 tokens: first" in row.what)
            what = "attention, 12 x 12 heads, 512 tokens: first picture, s"
            said, ratio = f"{seconds:.2f} ({layer:.1f} MB a layer)", seconds / float(small.ours)
            rows.append(measures.Row(what, said, f"{small.ours}, 128 tokens", ratio))
            rows += training.rooms(chromium, address)
            chromium.close()
            rows += training.sharing(address)
    print(measures.table(rows))


if __name__ == "__main__":
    main()
