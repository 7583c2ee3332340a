from playground.core.spec import ASSETS, ModelSpec


def test_a_spec_lies_under_its_key():
    spec = ModelSpec("cnn/digits", "LeNet-5", lambda folder: folder, "python -m playground.train cnn digits")
    assert spec.folder == ASSETS / "models" / "cnn" / "digits" and spec.open(spec.folder) == spec.folder
    assert ASSETS.is_dir()
