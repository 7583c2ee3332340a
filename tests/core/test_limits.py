import os
import subprocess
import sys

import pytest

SHOW = "from playground.core import limits as l; print(l.HUB_MB, l.HUB, l.HUB_DIR, l.MODELS_DIR)"


def limits(**environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PLAYGROUND_", "SPACE_", "HF_"))}
    return subprocess.run([sys.executable, "-c", SHOW], env=clean | environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"HOME": "/home/x"}, "1500 any /home/x/.cache/huggingface/playground None"),
        ({"SPACE_ID": "a/b", "HF_HOME": "/data"}, "1500 list /data/playground None"),
        ({"SPACE_ID": "a/b", "PLAYGROUND_HUB": "any", "PLAYGROUND_HUB_DIR": "/h"}, "1500 any /h None"),
        (
            {
                "PLAYGROUND_HUB_MB": "12",
                "PLAYGROUND_HUB": "off",
                "PLAYGROUND_HUB_DIR": "/h",
                "PLAYGROUND_MODELS_DIR": "/m",
            },
            "12 off /h /m",
        ),
    ],
)
def test_the_environment_sets_every_limit(environment, shown):
    assert limits(**environment).stdout.strip() == shown


@pytest.mark.parametrize("wrong", [{"PLAYGROUND_HUB_MB": "many"}, {"PLAYGROUND_HUB": "everything"}])
def test_a_setting_that_makes_no_sense_stops_the_start(wrong):
    said = limits(**wrong)
    assert said.returncode == 1 and next(iter(wrong)) in said.stderr and "Traceback" not in said.stderr
