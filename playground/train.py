"""Train an embedded model and write it to assets: python -m playground.train FAMILY [MODEL]."""

import argparse
import time
from importlib import import_module
from pathlib import Path

from playground.core.spec import ASSETS


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m playground.train", description=__doc__)
    parser.add_argument("family", help="such as bert or cnn")
    parser.add_argument("model", nargs="?", help="such as digits; the first one if left out")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the training data")
    parser.add_argument("--out", type=Path, help="folder to write to instead of assets/models/FAMILY/MODEL")
    parser.add_argument(
        "--keep", type=Path, help="folder for the state of a long run; an interrupted run goes on from it"
    )
    chosen = parser.parse_args(arguments)
    try:
        room = import_module(f"playground.families.{chosen.family}.train")
    except ModuleNotFoundError:
        parser.error(f"no family named {chosen.family!r} can be trained")
    name = chosen.model or next(iter(room.CONFIGS))
    if name not in room.CONFIGS:
        parser.error(f"{chosen.family} has the models {', '.join(room.CONFIGS)}, not {name!r}")
    config, start, progress = room.CONFIGS[name], time.monotonic(), None
    keep = {"keep": chosen.keep} if chosen.keep else {}
    for progress in room.train(config, chosen.data, **keep):
        seconds = time.monotonic() - start
        metrics = "  ".join(f"{key} {value:.4f}" for key, value in progress.metrics.items())
        print(f"{seconds:7.0f} s  {progress.step}/{progress.steps}  {metrics}", flush=True)
    if progress is None:
        parser.error("the training loop made no step")
    folder = chosen.out or ASSETS / "models" / chosen.family / name
    print(room.ship(progress.model, config, chosen.data, folder, time.monotonic() - start))


if __name__ == "__main__":
    main()
