import subprocess
import sys


def test_a_package_offers_names_of_modules_not_yet_imported(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    (room / "__init__.py").write_text(
        "from playground.core.lazy import offer\noffer(__name__, trace='trace', Request='trace')\n"
    )
    (room / "trace.py").write_text("class Request: pass\ndef trace(x): return x + 1\n")
    code = (
        "import sys, room; assert 'room.trace' not in sys.modules\n"
        "assert room.Request.__name__ == 'Request' and room.trace(1) == 2\n"
        "import room.trace; assert room.trace(2) == 3\n"  # the function keeps its name, not the module
        "from room.trace import Request; assert Request is room.Request\n"
        "try: room.nothing\nexcept AttributeError as error: print(error)\n"
    )
    path = {"PYTHONPATH": f"{tmp_path}:{sys.path[0]}:."}
    said = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True)
    assert said.stdout == "module 'room' has no attribute 'nothing'\n", said.stderr
