"""The template's only Jinja extension: gives questions and files ``stack`` and ``existing``."""

from __future__ import annotations

import functools
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2.ext import Extension

if TYPE_CHECKING:
    from types import ModuleType

    from jinja2 import Environment


def _load_package(name: str) -> ModuleType:
    """Return the package beside this file, under a name of its own.

    An update renders two versions of the template in one process; a plain import would give
    both of them the package of the first.
    """
    init = Path(__file__).parent / name / "__init__.py"
    unique = f"{name}_{abs(hash(str(init)))}"
    if unique not in sys.modules:
        spec = spec_from_file_location(unique, init, submodule_search_locations=[str(init.parent)])
        if spec is None or spec.loader is None:
            message = f"the template is incomplete: {init} is missing"
            raise ImportError(message)
        module = sys.modules[unique] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[unique]


class StackExtension(Extension):
    """Adds ``stack`` and ``existing`` to the globals of every template."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # Copier compiles every part of every path: thousands of times the same few dozen texts,
        # which took half the time of a rendering.
        compile_once: Any = functools.cache(environment.from_string)
        environment.from_string = compile_once  # type: ignore[method-assign]
        package = _load_package("copier_backend")
        root = Path(__file__).parent.parent
        stack = environment.globals["stack"] = package.Stack(root)
        environment.globals["existing"] = package.ExistingProjects(root, stack, _load_package)
