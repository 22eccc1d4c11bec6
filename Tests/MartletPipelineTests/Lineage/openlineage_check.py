"""Checks events against the classes that the OpenLineage project generates from its JSON schemas, in the package openlineage-python.

usage: openlineage_check.py EVENTS

EVENTS has one event a line. Prints a line for each flaw: a member that the schema does not have, lacks or types otherwise, a facet under
another name or version. Members and facets of Martlet's own begin with martlet_; the schemas allow them.
"""

import enum
import importlib
import importlib.util
import json
import pathlib
import pkgutil
import sys
import types
import typing

import attr

# Only the generated classes are read. Importing the package itself would want the HTTP libraries of its transports.
folder = pathlib.Path(next(iter(importlib.util.find_spec("openlineage").submodule_search_locations))) / "client"
client = types.ModuleType("openlineage.client")
client.__path__ = [str(folder)]
sys.modules["openlineage.client"] = client
base = importlib.import_module("openlineage.client.generated.base")

# What the schemas call their facets; the classes do not say it.
KEYS = {
    "ColumnLineageDatasetFacet": "columnLineage",
    "DataQualityMetricsDatasetFacet": "dataQualityMetrics",
    "DataQualityMetricsInputDatasetFacet": "dataQualityMetrics",
    "DatasetVersionDatasetFacet": "version",
    "ErrorMessageRunFacet": "errorMessage",
    "InputStatisticsInputDatasetFacet": "inputStatistics",
    "JobTypeJobFacet": "jobType",
    "NominalTimeRunFacet": "nominalTime",
    "OutputStatisticsOutputDatasetFacet": "outputStatistics",
    "OwnershipJobFacet": "ownership",
    "ParentRunFacet": "parent",
    "ProcessingEngineRunFacet": "processing_engine",
    "SQLJobFacet": "sql",
    "SchemaDatasetFacet": "schema",
    "SourceCodeLocationJobFacet": "sourceCodeLocation",
}
FACETS = {}
for module in pkgutil.iter_modules([str(folder / "generated")]):
    for made in vars(importlib.import_module(f"openlineage.client.generated.{module.name}")).values():
        if attr.has(made) and hasattr(made, "_get_schema"):
            FACETS[made._get_schema()] = made

# The classes fill these in themselves; in JSON they must be there.
ALWAYS = {"producer", "schemaURL", "_producer", "_schemaURL"}


def check(value, kind, path):
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        kinds = [part for part in typing.get_args(kind) if part is not type(None)]
        yield from check(value, kinds[0], path)
    elif origin is list:
        if not isinstance(value, list):
            yield f"{path}: expected a list"
            return
        for position, element in enumerate(value):
            yield from check(element, typing.get_args(kind)[0], f"{path}[{position}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{path}: expected an object"
            return
        part = typing.get_args(kind)[1]
        for key, element in value.items():
            if isinstance(part, type) and issubclass(part, base.BaseFacet):
                yield from check_facet(key, element, part, f"{path}.{key}")
            else:
                yield from check(element, part, f"{path}.{key}")
    elif isinstance(kind, type) and issubclass(kind, enum.Enum):
        if value not in [case.value for case in kind]:
            yield f"{path}: '{value}' is none of {kind.__name__}"
    elif attr.has(kind):
        yield from check_object(value, kind, path)
    elif kind is float and isinstance(value, int) and not isinstance(value, bool):
        return
    elif type(value) is not kind:
        yield f"{path}: expected {kind.__name__}, found {json.dumps(value)[:60]}"


def check_facet(key, value, kind, path):
    found = FACETS.get(value.get("_schemaURL"))
    if found is None:
        if not key.startswith("martlet_"):
            yield f"{path}: no schema '{value.get('_schemaURL')}'"
        yield from check_object(value, kind, path, is_open=True)
    elif not issubclass(found, kind) or KEYS.get(found.__name__) != key:
        yield f"{path}: {found.__name__} does not belong here"
    else:
        yield from check_object(value, found, path)


def check_object(value, kind, path, is_open=False):
    if not isinstance(value, dict):
        yield f"{path}: expected an object"
        return
    attr.resolve_types(kind)
    fields = {field.name: field for field in attr.fields(kind)}
    for name, field in fields.items():
        if name in value:
            yield from check(value[name], field.type, f"{path}.{name}")
            if field.validator is not None and isinstance(value[name], str):
                try:
                    field.validator(None, field, value[name])
                except ValueError as error:
                    yield f"{path}.{name}: {error}"
        elif field.default is attr.NOTHING or name in ALWAYS:
            yield f"{path}: has no {name}"
    if not is_open:
        for name in value.keys() - fields.keys():
            if not name.startswith("martlet_"):
                yield f"{path}: {kind.__name__} has no '{name}'"
    if issubclass(kind, base.BaseEvent) and value.get("schemaURL") != kind._get_schema():
        yield f"{path}: expected the schema {kind._get_schema()}"


for number, line in enumerate(open(sys.argv[1])):
    for flaw in check_object(json.loads(line), base.RunEvent, f"event {number}"):
        print(flaw)
