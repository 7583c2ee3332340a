"""A net taken along answers and learns the same in PyTorch, comes back as it was, and hostile files stay harmless."""

import json
import struct
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save
from safetensors.torch import load as load_torch
from safetensors.torch import save as save_torch

from playground.core.words import Wrong
from playground.families.mlp import sight
from playground.families.mlp.config import FEATURES, OPTIMIZERS, Config
from playground.families.mlp.export import FILE_BYTES, from_safetensors, to_pytorch, to_safetensors
from playground.families.mlp.state import begin, steps
from tests.families.mlp.test_state import OWN, TABLE, after, same

PRICES = "a,b,price\n" + "\n".join(f"{i % 7},{i % 5},{100 + 3 * i}" for i in range(30))
CONFIGS = [
    Config(),
    Config(features=tuple(FEATURES), activation="relu", hidden=(5, 4, 3), dropout=0.2),
    Config(data="spiral", classes=4, activation="leaky", hidden=()),
    Config(data="multi-gauss", activation="sigmoid", l1=0.01),
    Config(data="wine", activation="linear", dropout=0.1),
    Config(data="own", own=OWN),
    Config(data="table", csv=TABLE),
    Config(data="table", csv=PRICES, task="values"),
]


def run(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "exported"}
    kept = torch.get_default_dtype()
    try:
        exec(compile(text, "mlp.py", "exec"), found)
    finally:
        torch.set_default_dtype(kept)
    return found


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: f"{config.data} {config.activation}")
def test_the_program_answers_as_the_net_does(config: Config) -> None:
    state = after(begin(config), 60)
    answer = run(to_pytorch(state))["answer"]
    said = answer(torch.tensor(state.data.test.raw)).numpy()
    np.testing.assert_allclose(said, sight.answers(state, "test").values, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "step", "exponential"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_program_learns_as_the_net_does(optimizer: str, schedule: str) -> None:
    config = Config(optimizer=optimizer, schedule=schedule, rate=0.01, length=40, factor=0.8, l1=0.001, l2=0.01)
    state = begin(config)
    program = run(to_pytorch(state))
    moving = steps(state)
    for _ in range(30):
        chosen = sight.upcoming(state)
        train = state.data.train
        program["update"](torch.tensor(train.raw[chosen]), torch.tensor(train.y[chosen, None]))
        next(moving)
    said = program["answer"](torch.tensor(state.data.test.raw)).numpy()
    np.testing.assert_allclose(said, sight.answers(state).values, atol=1e-9)


def test_the_program_runs_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    state = begin(Config(data="wine"))
    text = to_pytorch(state).replace('__name__ == "__main__"', "True")
    run(text)
    assert capsys.readouterr().out.startswith("tensor([[")


def test_a_larger_program_reads_its_weights_from_the_file_beside_it(tmp_path, monkeypatch) -> None:
    state = after(begin(Config(data="digits", hidden=(32, 8))), 10)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlp.safetensors").write_bytes(to_safetensors(state))
    answer = run(to_pytorch(state))["answer"]
    x = torch.tensor(state.data.test.x[:, :-1])
    np.testing.assert_allclose(answer(x).numpy(), sight.answers(state).values, atol=1e-9)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: f"{config.data} {config.activation}")
def test_a_saved_net_comes_back_as_it_was(config: Config) -> None:
    state = after(begin(config), 60)
    again = from_safetensors(to_safetensors(state))
    assert again.altered and not state.altered  # settings alone do not lead to given weights
    assert np.array_equal(again.nets[0].flat, state.nets[0].flat) and again.config == config
    assert again.done == 0 and after(again, 20).done == 20
    assert same(from_safetensors(to_safetensors(again)), from_safetensors(to_safetensors(again)))


def test_the_chosen_racer_is_saved_alone() -> None:
    state = after(begin(Config(race=(("sgd", 0.1), ("adam", 0.01)))), 20)
    again = from_safetensors(to_safetensors(state, 1))
    assert again.config == replace(Config(), optimizer="adam", rate=0.01)
    assert np.array_equal(again.nets[0].flat, state.nets[1].flat)


def test_float16_and_torch_files_open_too() -> None:
    state = after(begin(Config()), 20)
    half = from_safetensors(to_safetensors(state, half=True))
    np.testing.assert_allclose(half.nets[0].flat, state.nets[0].flat, rtol=1e-3)
    data = to_safetensors(state)
    metadata = {"config": json.dumps(Config().payload())}
    single = {name: tensor.float() for name, tensor in load_torch(data).items()}
    np.testing.assert_allclose(
        from_safetensors(save_torch(single, metadata)).nets[0].flat, state.nets[0].flat, rtol=1e-6
    )


GOOD = to_safetensors(begin(Config()))


def changed(config: object = None, drop: str = "", **tensors: np.ndarray) -> bytes:
    weights = {**load(GOOD), **{name.replace("_", "."): value for name, value in tensors.items()}}
    weights.pop(drop, None)
    metadata = {"config": config if isinstance(config, str) else json.dumps(config or Config().payload())}
    return save(weights, metadata)


def with_header(header: str) -> bytes:
    data = header.encode()
    return struct.pack("<Q", len(data)) + data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "header"),
        (b"PK\x03\x04" + b"\0" * 500, "header"),
        (struct.pack("<Q", 2**63) + b"{}", "header"),
        (with_header("{}"), "header"),
        (with_header("[" * 100_000), "header"),
        (with_header('{"__metadata__": 3}'), "what net"),
        (with_header('{"__metadata__": {"config": "{}"}}'), "other layers"),
        (with_header('{"__metadata__": {"config": "' + "[" * 100_000 + '"}}'), "what net"),
        (GOOD[:-3], "cannot be read"),
        (GOOD + b"x", "cannot be read"),
        (GOOD + b"\0" * FILE_BYTES, "too large"),
        (save(load(GOOD)), "header"),
        (changed("no json"), "what net"),
        (changed("[1]"), "what net"),
        (changed("1" * 9999), "what net"),
        (changed({"hidden": [10**9]}), "0 to 6 hidden layers"),
        (changed({"hidden": [4, 3]}), "another shape"),
        (changed({"hidden": [4]}), "other layers"),
        (changed({"data": "table", "csv": "a,b"}), "needs 20"),
        (changed({"race": ["sgd", "adam"]}), "a race"),
        (changed(drop="0.bias"), "other layers"),
        (changed(more=np.zeros(3)), "other layers"),
        (changed(**{"0_weight": np.zeros((4, 2), np.int64)}), "shape or type"),
        (changed(**{"0_weight": np.zeros((2, 4))}), "another shape"),
        (changed(**{"0_bias": np.array([0, np.nan, 0, 0])}), "not finite"),
        (changed(**{"0_bias": np.array([0, np.inf, 0, 0])}), "not finite"),
        (changed(**{"0_bias": np.array([0, 1e300, 0, 0])}), "not finite"),
    ],
)
def test_a_file_that_is_no_such_net_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(Wrong, match=said) as caught:
        from_safetensors(data)
    assert caught.value.text.zh


def test_damaged_files_are_never_worse_than_refused() -> None:
    chance = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        data = bytearray(GOOD)
        for place in chance.integers(0, len(data), 1 + chance.integers(4)):
            data[place] = chance.integers(256)
        try:
            state = from_safetensors(bytes(data))
            assert np.isfinite(state.nets[0].flat).all()
        except Wrong:
            refused += 1
    assert refused > 100


def test_no_text_of_a_table_enters_the_program() -> None:
    text = TABLE.replace("a,b,k", "'''+evil(),evil()#,k").replace("x", "{evil}")
    program = to_pytorch(begin(Config(data="table", csv=text)))
    assert "evil" not in program and len(list(islice(run(program), 3))) == 3
