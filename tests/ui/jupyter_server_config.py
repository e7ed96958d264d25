"""The JupyterLab that the browser tests drive."""

import os
import tempfile

from jupyterlab.galata import configure_jupyter_server

configure_jupyter_server(c)  # noqa: F821
c.ServerApp.port = int(os.environ.get("GREENLAB_UI_PORT", "8911"))  # noqa: F821
c.ServerApp.allow_root = True  # noqa: F821
c.ServerApp.log_level = "WARN"  # noqa: F821

os.environ["GREENLAB_ADVICE_MIN_S"] = "0.2"
os.environ["GREENLAB_LEDGER"] = os.path.join(tempfile.mkdtemp(), "ledger.sqlite")
c.JupyterNotebookApp.expose_app_in_browser = True  # noqa: F821
# What tests of pages without Galata's stand-ins set is nobody's else.
c.LabServerApp.user_settings_dir = tempfile.mkdtemp()  # noqa: F821
