"""Writes search_answers.json: what MLflow 3.17.2 makes of filters and orders, which SearchAnswersTests compares with Martlet.

Run it with the environment that `scripts/setup --bench-peers` makes, whose MLflow and sqlparse are pinned:

    .deps/python-mlflow/bin/python Tests/MartletRegistryTests/Search/Fixtures/search_answers.py

Each text goes through the parser and then through the code of MLflow's SQL store that looks at the parsed comparisons, so a refusal is
what a server answers. Sets in messages are sorted, since their order differs from process to process. Texts that MLflow answers with
status 500 are marked as failures: Martlet must refuse them in words of its own. The file is the same on each run.

Options for a longer search of differences: --seed, --count (random texts for each kind), --output.
"""

import argparse
import json
import math
import pathlib
import random
import re
import warnings

warnings.filterwarnings("ignore")

import sqlalchemy.orm

from mlflow.exceptions import MlflowException
from mlflow.store.db.db_types import SQLITE
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking import sqlalchemy_store as tracking
from mlflow.store.tracking.dbmodels.models import SqlLoggedModel, SqlTraceInfo
from mlflow.utils import search_logged_model_utils as logged
from mlflow.utils.search_utils import (
    SearchExperimentsUtils,
    SearchModelUtils,
    SearchModelVersionUtils,
    SearchTraceUtils,
    SearchUtils,
)

session = sqlalchemy.orm.Session()
registry = object.__new__(RegistryStore)
registry._get_workspace_clauses = lambda model: []
registry._update_query_to_exclude_prompts = lambda query, *others: query


# What the parsers answer


def runs(text):
    parsed = SearchUtils.parse_search_filter(text)
    tracking._get_sqlalchemy_filter_clauses(parsed, session, SQLITE)
    for clause in parsed:
        clause["comparator"] = clause["comparator"].upper()
        if clause["type"] == "attribute":
            clause["key"] = SearchUtils.translate_key_alias(clause["key"])
        if clause["type"] == "metric":
            clause["value"] = float(clause["value"])
    return parsed


def experiments(text):
    parsed = SearchExperimentsUtils.parse_search_filter(text)
    tracking._get_search_experiments_filter_clauses(parsed, SQLITE)
    for clause in parsed:
        if clause["key"] == "experiment_id" and clause["type"] == "attribute":
            value = clause["value"]
            clause["value"] = tuple(map(int, value)) if isinstance(value, tuple) else int(value)
    return parsed


def registered_models(text):
    parsed = SearchModelUtils.parse_search_filter(text)
    registry._get_search_registered_model_filter_query(session, parsed, SQLITE)
    return parsed


def model_versions(text):
    parsed = SearchModelVersionUtils.parse_search_filter(text)
    registry._get_search_model_versions_filter_clauses(parsed, SQLITE)
    for clause in parsed:
        if clause["key"] == "version_number" and clause["type"] == "attribute":
            clause["value"] = int(clause["value"])
    return parsed


def logged_models(text):
    singular = {"attributes": "attribute", "metrics": "metric", "params": "parameter", "tags": "tag"}
    parsed = []
    for comparison in logged.parse_filter_string(text):
        entity, value = comparison.entity, comparison.value
        if entity.type == logged.EntityType.ATTRIBUTE:
            entity.key = SqlLoggedModel.ALIASES.get(entity.key, entity.key)
            getattr(SqlLoggedModel, entity.key).type
        if value == () or isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
            raise ValueError("a list of something else than texts")
        if not isinstance(value, (str, float, tuple)):
            raise ValueError("a list that is none")
        parsed.append({"type": singular[entity.type.value], "key": entity.key, "comparator": comparison.op, "value": value})
    return parsed


def traces(text):
    parsed = SearchTraceUtils.parse_search_filter_for_search_traces(text)
    tracking._get_filter_clauses_for_search_traces(text, session, SQLITE, session.query(SqlTraceInfo))
    for clause in parsed:
        clause["comparator"] = clause["comparator"].upper()
        if clause["type"] == "attribute" and clause["key"] in SearchTraceUtils.NUMERIC_ATTRIBUTES and isinstance(clause["value"], str):
            clause["value"] = int(clause["value"])
    return parsed


def order_runs(text):
    entity, key, ascending = SearchUtils.parse_order_by_for_search_runs(text)
    tracking._get_orderby_clauses([text], session)
    return entity, SearchUtils.translate_key_alias(key) if entity == "attribute" else key, ascending


def order_experiments(text):
    parsed = SearchExperimentsUtils.parse_order_by_for_search_experiments(text)
    tracking._get_search_experiments_order_by_clauses([text])
    return parsed


def order_registered_models(text):
    key, ascending = SearchUtils.parse_order_by_for_search_registered_models(text)
    return "attribute", "name" if key == "name" else "last_updated_timestamp", ascending


def order_model_versions(text):
    _, key, ascending = SearchModelVersionUtils.parse_order_by_for_search_model_versions(text)
    RegistryStore._parse_search_model_versions_order_by([text])
    return "attribute", key, ascending


def order_traces(text):
    parsed = SearchTraceUtils.parse_order_by_for_search_traces(text)
    if parsed[:2] != ("attribute", "end_time_ms"):  # A documented key, which MLflow's SQL store answers with status 500.
        tracking._get_orderby_clauses_for_search_traces([text], session)
    return parsed


FILTERS = {
    "runs": runs,
    "experiments": experiments,
    "registeredModels": registered_models,
    "modelVersions": model_versions,
    "loggedModels": logged_models,
    "traces": traces,
}
ORDERS = {
    "runs": order_runs,
    "experiments": order_experiments,
    "registeredModels": order_registered_models,
    "modelVersions": order_model_versions,
    "traces": order_traces,
}


def value_of(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return {"integer": value}
    return {"number": float(value) if math.isfinite(value) else str(float(value))}


def is_sound(clause):
    """Whether SQL could run a comparison: lists with other comparators than IN fail only there."""
    return clause["comparator"] in ("IN", "NOT IN") or not isinstance(clause["value"], tuple)


def sorted_sets(message):
    item = r"(?:'(?:[^'\\]|\\.)*')"
    return re.sub(
        r"\{(%s(?:, %s)*)\}" % (item, item), lambda match: "{" + ", ".join(sorted(match.group(1).split(", "))) + "}", message
    )


def answer(ask, text):
    try:
        return ask(text)
    except MlflowException as error:
        return {"refusal": sorted_sets(error.message)}
    except Exception as error:
        return {"failure": type(error).__name__}


def filter_answer(kind, text):
    parsed = answer(FILTERS[kind], text)
    if isinstance(parsed, dict):
        return parsed
    if not all(map(is_sound, parsed)):
        return {"failure": "list"}
    return {"comparisons": [[c["type"], c["key"], c["comparator"], value_of(c["value"])] for c in parsed]}


def order_answer(kind, text):
    parsed = answer(ORDERS[kind], text)
    return parsed if isinstance(parsed, dict) else {"order": list(parsed)}


# Texts that people chose


FILTER_TEXTS = {
    "runs": """
        metrics.accuracy > 0.72
        metric.accuracy>=-.5 and METRICS.x = 1
        metrics.`accuracy` < 1e-3 AND metrics."f1 score" <= 5 AND metrics.'it''s' != 2.
        metrics.a > 1 AND metrics.b > 2 AND metrics.c > 3
        metrics.acc > '0.5'
        metrics.acc > abc
        metrics.acc LIKE 'x'
        metrics.acc == 1
        metrics.acc <> 1
        metrics.acc IN (1, 2)
        metrics.acc IS NULL
        metrics.model-acc > 0
        metrics.a.b.c > 0
        metrics.a/b > 0
        metrics.`a/b` > 0
        metrics.a > 1_000
        metrics.a > 0x1F
        metrics.a > +5
        metrics.a > 12abc
        metrics.a > 1.5x
        metrics.a > nan
        metrics . a > 1
        metrics.a > 1 OR metrics.b > 2
        metrics.a > 1 metrics.b > 2
        metrics.a > 1 AND AND metrics.b > 2
        AND metrics.a > 1 AND
        metrics.a > 1;
        metrics.a > 1; metrics.b > 2
        metrics.a > 1 -- comment
        metrics.a /* comment */ > 1
        metrics.a > 1 /* comment */ AND params.b = 'x'
        metrics.a > 1 # comment
        params.lr = '0.01'
        param.lr != "0.01" AND parameter.`lr` = 'a' AND parameters.lr LIKE '%x'
        params.lr = 0.01
        params.lr = abc
        params.lr = `abc`
        params.lr > '5'
        params.lr like 'a%' AND params.lr ILIKE 'B_'
        params.lr not like 'a%'
        params.lr NOT LIKE 'a%'
        params.lr RLIKE 'a.*'
        params.lr IN ('a', 'b')
        params.lr IS NULL
        params.lr is not null AND tags.x IS NULL
        params.lr IS  NOT  NULL
        params.lr = NULL
        params.lr = 'it''s'
        params.lr = 'it\\'s'
        params.lr = "say \\"hi\\""
        params.lr = 'open
        params.lr = "open
        params.lr = 'a' 'b'
        params."m y" = ''
        tags.mlflow.source.type = 'LOCAL'
        tags.`mlflow.parentRunId` = 'abc' and tag."x y" != 'z'
        tag.x >= 'a'
        tags.x = 5
        tags.name = 'x' AND tags.key = 'y' AND tags.version = 'z'
        tags.[x] = 'y'
        tags.a[0] = 'y'
        tags.a b = 'y'
        tags.a AS b = 'y'
        tags.é = 'ü' AND tags.ł = 'ł' AND params.日本 = '語'
        attributes.status = 'FINISHED'
        attribute.status != "FAILED" AND attr.run_id = 'x' AND run.user_id LIKE 'a%'
        status = 'FINISHED'
        run_id IN ('a', "b")
        run_id NOT IN ('a')
        run_id in ('a')
        run_id IN ()
        run_id IN ('a',)
        run_id IN (('a', 'b'))
        run_id IN (('a'), ('b'))
        run_id IN (('a', 'b'), 'c')
        run_id IN (1, 2)
        run_id IN (1)
        run_id IN ('a', 1, None)
        run_id IN ('a' 'b')
        run_id IN ('it''s', 'it\\'s', '\\x41\\u0042', r'\\n')
        run_id IN ('a', b)
        run_id IN ('a'
        run_id IN 'a'
        run_id = ('a')
        run_id = ('a', 'b')
        run_id IN ['a']
        status IN ('FINISHED')
        attributes.run_id IN ('a') AND metrics.a > 1 AND run_id NOT IN ('b')
        run_id IS NULL
        run_id IS NOT
        start_time > 1664067852747
        attributes.start_time >= 1.5 AND end_time < 99999999999999999999
        start_time = '5'
        created > 5 AND Created < 7 AND attributes.`Created` = 6
        attributes.`run name` = 'x' AND attributes."Run Name" LIKE 'y' AND attributes.`Run name` != 'z'
        run_name = 'x'
        attributes.`run name` = x
        start_time LIKE 'x'
        start_time = 5 AND status > 'x'
        attributes.experiment_id = '1'
        attributes.lifecycle_stage = 'active'
        name = 'x'
        foo = 'bar'
        experiments.name = 'x'
        `metrics`.a > 1
        "metrics".a > 1
        datasets.name = 'iris' AND dataset.digest LIKE 'a%' AND datasets.context = "train"
        datasets.name IN ('a', 'b') AND datasets.context NOT IN ('test')
        datasets.profile = 'x'
        datasets.name = 5
        datasets.name > 'x'
        datasets.name IS NULL
        datasets.`name` ILIKE 'IRIS'
        'x' = params.a
        1 > metrics.a
        metrics.a
        metrics.a >
        > 5
        =
        metrics.a > 1 AND params
        params.a = 'x' AND (metrics.b > 1)
        (metrics.b > 1)
        params.a = 'x', params.b = 'y'
        CASE WHEN metrics.a > 1 THEN 1 END
        SELECT * FROM runs WHERE metrics.a > 1
        WHERE metrics.a > 1
        metrics.a > 1 ORDER BY x
        metrics.a = b = c
        metrics.a > 1 AS x
        func(metrics.a) > 1
        metrics.a * 2 > 1
        metrics.a::int > 1
        metrics.a := 5
        params.date = date '2020-01-01'
        timestamp > 5
        VALUES (1), (2)
        IF metrics.a > 1 END IF
        params.a = $$text$$
        params.a = $1
        params.a = ?
        params.a = :name
        params.a = %s
        @params.a = 'x'
        #params.a = 'x'
        tags.#x = 'y'
        tags.$x = 'y'
        params.a = 'x' GO params.b = 'y'
        metrics.a > 1 AND begin; end
        ((((((((((run_id))))))))))
        run_id IN ((((((((('a')))))))))
        metrics.x > 1e400 AND metrics.y < -1E5 AND metrics.z = 1E-3
        metrics.x > 1e+5
        metrics.x >= - 5
        tags.a = 'x'AND tags.b='y'
        params.`a``b` = 'x'
        tags."a\\"b" = 'x'
        params.a = '\\\\'
        params.a = ''''
    """,
    "experiments": """
        name = 'x'
        attribute.name LIKE 'x%' AND tags.a = 'b' AND tag.c != "d"
        name ILIKE 'X'
        name like 'x'
        attributes.name = 'x'
        attr.name = 'x'
        `attribute`.name = 'x'
        attribute.`name` = 'x'
        metrics.x > 1
        name > 'x'
        name IN ('a')
        name = 5
        experiment_id IN ('1', '2') AND experiment_id NOT IN ('3')
        experiment_id = '1' AND experiment_id != " 0_2 "
        experiment_id = 1
        experiment_id = 'abc'
        experiment_id IN ('1', 'x')
        experiment_id in ('1')
        experiment_id LIKE '1'
        experiment_id > '1'
        experiment_id = ('1')
        creation_time >= 1642292500000 AND last_update_time < 5
        creation_time > 1.5
        creation_time = 'x'
        creation_time LIKE 'x'
        creation_time IN (1)
        tags.a LIKE '%' AND tags.`b c` ILIKE 'X'
        tags.a like 'x'
        tags.a > 'x'
        tags.a IN ('x')
        tags.a = 5
        tags.a IS NULL AND tag.b IS NOT NULL
        name IS NULL
        name = 'a' OR name = 'b'
        last_updated_time > 5
    """,
    "registeredModels": """
        name = 'x'
        name LIKE '%x%' AND tags.a = 'b'
        name like 'x' and name ilike 'Y'
        name IN ('a', 'b')
        name NOT IN ('a')
        name > 'x'
        name = 5
        `name` = 'x'
        attribute.name = 'x'
        attribute.`name` = 'x'
        attributes.name = 'x'
        tags.`mlflow.prompt.is_prompt` = 'true'
        tag.x ILIKE 'a' AND tags."y z" != 'b'
        tags.x > 'a'
        tags.x IN ('a')
        tags.x = 5
        tags.x IS NULL
        name IS NULL
        params.x = 'y'
        run_id = 'x'
        name = 'a' OR name = 'b'
        name
    """,
    "modelVersions": """
        name = 'x' AND version_number > 3
        version_number = '3' AND version_number != ' 4 '
        version_number = 'abc'
        version_number = 1.5
        version_number LIKE '1'
        version_number IN (1)
        version_number IN ('1')
        run_id IN ('a', 'b') AND name NOT IN ('c')
        run_id = 5
        source_path LIKE 's3://%'
        source_path IN ('a')
        source = 'x'
        name > 'x'
        tags.a = 'b' AND tag.`c d` LIKE '%'
        tags.a > 'b'
        tags.a IS NULL
        creation_timestamp > 5
        current_stage = 'Production'
        version = 1
        name = "x" and run_id like 'a%'
    """,
    "loggedModels": """
        name = 'x'
        metrics.loss > 0.1 AND params.lr = 0.01
        params.lr = '0.01' AND tags.a LIKE '%b' and tags.c ilike 'D'
        params.lr = "0.01"
        params.lr = ''quoted''
        attributes.name = 'x' AND attributes.status = 'READY'
        creation_time > 5 AND creation_timestamp <= 6 AND last_updated_timestamp != 7
        attributes.creation_timestamp_ms > 5
        creation_timestamp_ms = '5'
        creation_timestamp LIKE 'x'
        metrics.a LIKE 'x'
        metrics.a > abc
        metrics.a > inf
        metrics.a IN (1)
        name > 'x'
        name IN ('a', 'b') AND model_id NOT IN ('c')
        name IN ('a')
        name = ('a')
        name IN (1)
        name IS NULL
        params.`a b` = 'x' AND params.a.b = 'y'
        unknown = 'x'
        metric.a > 1
        run.name = 'x'
        name = 'a' OR name = 'b'
        name = 'a'; name = 'b'
        source_run_id = 'x' AND model_type != 'y'
        'a' = name
        func(x) > 1
        metrics."a" > 1
        tags.x RLIKE 'a'
    """,
    "traces": """
        status = 'OK' AND timestamp > 5
        timestamp_ms >= 5 AND trace.timestamp < 6 AND attributes.timestamp_ms = 7
        timestamp > 'abc'
        timestamp = '5'
        execution_time > 1.5 AND end_time_ms < 10
        name = 'x' AND trace.name LIKE 'y%'
        run_id = 'x' AND request_id IN ('a', 'b')
        text LIKE '%x%'
        trace.text = 'x'
        prompt = 'a/1'
        prompt = 'a'
        prompt LIKE 'a'
        tags.a = 'b' AND tag.c RLIKE '^x' AND tags.d IS NULL
        tags.name = 'x'
        tags.a IN ('x')
        metadata.a = 'b' AND request_metadata.`c d` IS NOT NULL
        metadata.a > 'b'
        metadata.a IN ('x')
        span.name = 'x' AND span.type IN ('LLM') AND span.attributes.model ILIKE '%x%'
        span.name like 'x'
        span.foo = 'x'
        span.content = 'x'
        span.attributes. = 'x'
        span.name = 5
        feedback.quality = 'yes' AND expectation.score > 0.5
        feedback.quality > 'yes'
        feedback.quality = 5
        feedback.quality IS NULL
        feedback.quality IN ('x')
        issue.id = 'x'
        issue.name = 'x'
        issue.id != 'x'
        status = 5
        status > 'x'
        execution_time IN ('1')
        execution_time LIKE 'x'
        client_request_id = 'x'
        experiment_id = '1'
        metrics.x > 5
        status IS NULL
    """,
}

ORDER_TEXTS = {
    "runs": """
        metrics.accuracy
        metrics.accuracy DESC
        metrics.`a b` asc
        metrics."a b" Desc
        params.x ASC
        tags.`mlflow.user` DESC
        start_time
        attributes.start_time DESC
        Created ASC
        attribute.created
        run_id
        status desc
        run_name
        attributes.`Run name`
        experiment_id
        datasets.name
        timestamp
        timestamp DESC
        metrics.a DESC NULLS LAST
        metrics.a UP
        metrics.a DESC foo
        metrics.a, metrics.b
        metrics.a; metrics.b
        metrics.a > 1
        `metrics.a`
        "metrics.a" DESC
        'metrics.a'
        metrics.a-b
        metrics.a b c
        metrics. a
        foo
        foo.bar DESC
        1 DESC
        DESC
        metrics.'it s' DESC
        metrics.`a"b` DESC
        metrics.a /* x */ DESC
        name.x
        metrics.a\\b DESC
    """,
    "experiments": """
        name
        name DESC
        creation_time ASC
        attribute.last_update_time desc
        attributes.name
        experiment_id
        tags.a
        foo
        timestamp
        "name" DESC
        `name`
    """,
    "registeredModels": """
        name
        name DESC
        timestamp
        timestamp ASC
        timestamp  desc
        last_updated_timestamp DESC
        creation_timestamp
        attribute.name
        `name`
        `name` DESC
        version
        timestamp foo
    """,
    "modelVersions": """
        name
        version_number DESC
        creation_timestamp ASC
        last_updated_timestamp
        attribute.version_number desc
        tags.name
        tags.x
        version
        run_id
        timestamp
    """,
    "traces": """
        timestamp
        timestamp_ms DESC
        execution_time ASC
        tags.x
        metadata.y DESC
        name
        run_id desc
        trace.status
        request_id
        experiment_id
        foo
        span.name
        feedback.x
        prompt
    """,
}


# Texts made at random


WORDS = """
    metrics.a metric.`b c` params.lr param."x" parameters.y tags.z tag.`mlflow.user` attributes.status attr.run_id run.start_time start_time
    end_time created status run_id run_name name experiment_id creation_time version_number source_path datasets.name dataset.digest
    attribute.name timestamp timestamp_ms execution_time metadata.m span.name span.attributes.k feedback.f expectation.e issue.id text
    prompt model_id creation_timestamp foo metrics params. tags.. a.b.c `q` "dq" [sq] x-y tags.key tags.é user
""".split()
COMPARATORS = "= != > >= < <= LIKE ILIKE like IN in RLIKE == <> := IS".split()
COMPARATORS += ["NOT IN", "NOT LIKE", "not  in", "IS NULL", "is not null"]
VALUES = ["'x'", '"y"', "'it''s'", "'a\\'b'", '"c\\"d"', "`z`", "''", "'", '"', "'%x_'", "'a/1'", "abc", "NULL", "date '2020'"]
VALUES += ["5", "-1.5", "1e-3", "2E5x", "12ab", ".5", "1.", "0x1f", "-", "99999999999999999999"]
VALUES += ["('a', 'b')", "('a')", "('1', '2')", "()", "(1)", "('a', 5)"]
JOINTS = [" AND "] * 12 + [" and ", " OR ", ", ", "; ", " ", "\n", " AND\t", " -- c\n", " /* c */ ", " GO ", " AS "]
SCRAPS = list("()[]'\"`´.,;:*?%$#@!=<>-+/\\&|~^ \n\t_aA1é")
SCRAPS += "CASE END IF FOR BEGIN WHERE VALUES OVER NOT NULL IN AS BY ORDER DESC CREATE TABLE".split()


def random_clause(rng):
    space = rng.choice([" "] * 6 + ["", "  ", "\n"])
    return rng.choice(WORDS) + space + rng.choice(COMPARATORS) + space + rng.choice(VALUES)


def mutated(rng, text):
    for _ in range(rng.choice([0, 0, 1, 1, 2, 4])):
        place = rng.randrange(len(text) + 1)
        change = rng.randrange(3)
        if change == 0:
            text = text[:place] + rng.choice(SCRAPS) + text[place:]
        elif change == 1:
            text = text[:place] + text[place + 1 + rng.randrange(3) :]
        else:
            text = text[:place] + " " + rng.choice(SCRAPS) + " " + text[place:]
    return text


def random_filter(rng, chosen):
    """Clauses of random words, or texts that people chose, joined and then changed here and there."""
    make = rng.choice([lambda: random_clause(rng), lambda: rng.choice(chosen)])
    clauses = [make() for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))]
    text = clauses[0]
    for clause in clauses[1:]:
        text += rng.choice(JOINTS) + clause
    return mutated(rng, text)


def random_order(rng):
    return mutated(rng, rng.choice(WORDS) + rng.choice(["", " ASC", " DESC", " desc", "  Asc", " x", " DESC NULLS FIRST"]))


def lines(text):
    return [line.strip() for line in text.strip().splitlines()]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=20_240_317)
    arguments.add_argument("--count", type=int, default=110)
    arguments.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).with_suffix(".json"))
    options = arguments.parse_args()
    filters, orders = [], []
    for kind in FILTERS:
        rng = random.Random(f"{options.seed} {kind}")
        chosen = lines(FILTER_TEXTS[kind])
        texts = ["", " ", "\n"] + chosen + [random_filter(rng, chosen) for _ in range(options.count)]
        filters += [{"kind": kind, "text": text} | filter_answer(kind, text) for text in texts]
    for kind in ORDERS:
        rng = random.Random(f"{options.seed} {kind} order")
        texts = ["", " "] + lines(ORDER_TEXTS[kind]) + [random_order(rng) for _ in range(options.count // 4)]
        orders += [{"kind": kind, "text": text} | order_answer(kind, text) for text in texts]
    with options.output.open("w") as file:
        file.write('{"filters": [\n')
        file.write(",\n".join(json.dumps(item, ensure_ascii=False) for item in filters))
        file.write('\n], "orders": [\n')
        file.write(",\n".join(json.dumps(item, ensure_ascii=False) for item in orders))
        file.write("\n]}\n")


if __name__ == "__main__":
    main()
