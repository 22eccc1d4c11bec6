"""The references of the tests of code: what Python's own parser and module finder say.

    python_imports.py parse              the import statements of the standard library, by file
    python_imports.py find SCRIPT PATH…  the files that modulefinder finds for a script in some folders
    python_imports.py run SCRIPT PATH…   the files of the modules that are loaded once the script was run
"""

import ast
import modulefinder
import os
import runpy
import sys
import sysconfig
import warnings


def statements(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield f"0 {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            names = ",".join(alias.name for alias in node.names)
            yield f"{node.level} {node.module or ''} {names}"


def parse():
    warnings.simplefilter("ignore")
    for folder, folders, files in os.walk(sysconfig.get_path("stdlib")):
        folders[:] = sorted(name for name in folders if name not in ("site-packages", "dist-packages"))
        for name in sorted(files):
            path = os.path.join(folder, name)
            if not name.endswith(".py"):
                continue
            with open(path, "rb") as file:
                source = file.read()
            try:
                lines = sorted(statements(source))
            except (SyntaxError, ValueError):
                continue  # what tests of Python itself hold on purpose
            print("\n".join([path, *lines]), end="\n\n")


class Finder(modulefinder.ModuleFinder):
    def _safe_import_hook(self, name, *rest, **named):
        # It takes a relative import that fails for a failure of the absolute one of that name.
        self.badmodules.clear()
        super()._safe_import_hook(name, *rest, **named)


def find(script, roots):
    finder = Finder(path=roots)
    finder.run_script(script)
    for module in finder.modules.values():
        if module.__file__:
            print(os.path.realpath(module.__file__))


def run(script, roots):
    sys.dont_write_bytecode = True
    sys.path[0:1] = roots
    before = set(sys.modules)
    runpy.run_path(script, run_name="__main__")
    print(os.path.realpath(script))
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file:
            print(os.path.realpath(file))


if sys.argv[1] == "parse":
    parse()
elif sys.argv[1] == "find":
    find(sys.argv[2], sys.argv[3:])
else:
    run(sys.argv[2], sys.argv[3:])
