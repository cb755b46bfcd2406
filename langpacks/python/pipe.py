"""Entry of the Python pipe: serves the project in the working directory, or describes it with --describe.

The syntax of this file stays readable for every Python since 2.7, so that an old one gets a clear message.
"""

import os
import sys

OLDEST = (3, 8)


def _refuse_old_python():
    """Says which Python this is, where the parent expects the answer, and ends."""
    import json

    version = ".".join(str(part) for part in sys.version_info[:3])
    answer = {"executable": sys.executable, "version": version, "error": {"kind": "python_too_old"}}
    target = os.environ.get("ALGOOUT", "")
    if "--describe" in sys.argv and target.startswith("/dev/fd/"):
        os.write(int(target[len("/dev/fd/") :]), (json.dumps(answer) + "\n").encode("utf-8"))
    sys.stderr.write("Runyard needs Python 3.8 or newer; %s is %s\n" % (sys.executable, version))
    sys.exit(78)


def _import_program():
    """Loads the pipe's own modules, with bytecode kept, before the project's folder can shadow anything."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    wanted = sys.dont_write_bytecode
    sys.dont_write_bytecode = False
    from runyard_pipe import main

    sys.dont_write_bytecode = wanted
    return main


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        _refuse_old_python()
    sys.exit(_import_program().main(sys.argv[1:]))
