"""The playground: python app.py opens it at http://127.0.0.1:7860. This is also the entry of a Hugging Face Space."""

from playground.catalog import GROUPS
from playground.ui.shell import build_app, launch

app = build_app(GROUPS)

if __name__ == "__main__":
    launch(app, GROUPS)
