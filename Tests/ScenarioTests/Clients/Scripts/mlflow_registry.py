#!/usr/bin/env python3
"""Registers models with MLflow's own client, and prints what it saw as JSON, so that two servers can be compared.

usage: mlflow_registry.py PORT

What differs from server to server by nature (ids of runs, times) is replaced. The test compares the output with mlflow_registry.json, which a
real server answered:

    mlflow server --backend-store-uri sqlite:///tracking.db --port PORT --workers 1
    mlflow_registry.py PORT > mlflow_registry.json
"""

import contextlib
import json
import logging
import os
import re
import sys

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
logging.disable(logging.CRITICAL)

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

RUNS: dict[str, str] = {}


def plain(text: object) -> object:
    """A text in which each run's id stands under its own name."""
    if not isinstance(text, str):
        return text
    for run, name in RUNS.items():
        text = text.replace(run, f"<{name}>")
    # What a database's driver says after this is its own.
    text = re.sub(r"(already exists\.) Error:.*", r"\1", text, flags=re.DOTALL)
    # Python prints sets in any order.
    return re.sub(r"\{('.*?')\}", lambda found: "{" + ", ".join(sorted(found[1].split(", "))) + "}", text)


def seen(version) -> dict:
    return {
        "id": f"{version.name}/{version.version}",
        "stage": version.current_stage,
        "description": version.description,
        "source": plain(version.source),
        "run": plain(version.run_id),
        "link": version.run_link,
        "status": version.status,
        "tags": dict(sorted(version.tags.items())),
        "aliases": sorted(version.aliases),
        "changed": version.last_updated_timestamp > version.creation_timestamp,
    }


def shown(model) -> dict:
    return {
        "name": model.name,
        "description": model.description,
        "tags": dict(sorted(model.tags.items())),
        "aliases": {alias: str(version) for alias, version in sorted(model.aliases.items())},
        "latest": sorted((seen(version) for version in model.latest_versions or []), key=lambda version: version["id"]),
    }


def refusal(operation) -> dict:
    try:
        operation()
    except MlflowException as error:
        return {"code": error.error_code, "message": plain(error.message)}
    return {"code": None, "message": "no refusal"}


def models(client: MlflowClient) -> dict:
    found = {"made": shown(client.create_registered_model("price", {"team": "ads", "b": "ä"}, "the first"))}
    client.create_registered_model("bare")
    found["bare"] = shown(client.get_registered_model("bare"))
    client.set_registered_model_tag("price", "team", "price")
    client.set_registered_model_tag("price", "more", "x")
    client.delete_registered_model_tag("price", "b")
    client.delete_registered_model_tag("price", "absent")
    found["tagged"] = shown(client.get_registered_model("price"))
    found["described"] = shown(client.update_registered_model("bare", "told"))
    # The client of MLflow 2 refuses this by itself.
    if not mlflow.__version__.startswith("2."):
        found["cleared"] = shown(client.update_registered_model("bare", None))
    client.rename_registered_model("bare", "plain")
    found["renamed"] = shown(client.get_registered_model("plain"))
    found["refusals"] = [
        refusal(lambda: client.create_registered_model("price")),
        refusal(lambda: client.create_registered_model("a/b")),
        refusal(lambda: client.create_registered_model(" ")),
        refusal(lambda: client.create_registered_model("..")),
        refusal(lambda: client.get_registered_model("bare")),
        refusal(lambda: client.rename_registered_model("plain", "price")),
        refusal(lambda: client.rename_registered_model("plain", "x:y")),
        refusal(lambda: client.delete_registered_model("absent")),
        refusal(lambda: client.set_registered_model_tag("absent", "a", "b")),
        refusal(lambda: client.set_registered_model_tag("price", "a" * 251, "b")),
        refusal(lambda: client.update_registered_model("absent", "x")),
    ]
    client.delete_registered_model("plain")
    found["deleted"] = refusal(lambda: client.get_registered_model("plain"))
    return found


def versions(client: MlflowClient) -> dict:
    run = client.create_run("0", run_name="trained")
    RUNS[run.info.run_id] = "run"
    root = run.info.artifact_uri
    first = client.create_model_version("price", f"{root}/model", run.info.run_id, tags={"k": "1"}, description="first")
    found = {"first": seen(first)}
    for number in range(2, 6):
        client.create_model_version("price", f"s3://bucket/{number}")
    found["of runs"] = seen(client.create_model_version("price", f"runs:/{run.info.run_id}/model", run.info.run_id, run_link="http://x"))
    found["copied"] = seen(client.copy_model_version("models:/price/1", "copies"))
    found["where"] = [plain(client.get_model_version_download_uri(*each)) for each in (("price", "1"), ("price", "2"), ("copies", "1"))]
    client.set_model_version_tag("price", "2", "k", "2")
    client.set_model_version_tag("price", "2", "l", "3")
    client.delete_model_version_tag("price", "2", "k")
    found["tagged"] = seen(client.get_model_version("price", "2"))
    found["described"] = seen(client.update_model_version("price", "1", "better"))
    client.transition_model_version_stage("price", "1", "production")
    client.transition_model_version_stage("price", "2", "Staging")
    found["moved"] = seen(client.transition_model_version_stage("price", "3", "PRODUCTION", archive_existing_versions=True))
    found["archived"] = seen(client.get_model_version("price", "1"))
    found["latest"] = sorted(each.version for each in client.get_latest_versions("price"))
    found["of stages"] = sorted(each.version for each in client.get_latest_versions("price", ["none", "Archived"]))
    found["stages"] = client.get_model_version_stages("price", "1")
    client.delete_model_version("price", "6")
    found["next"] = client.create_model_version("price", "dbfs:/x").version
    found["model"] = shown(client.get_registered_model("price"))
    other = client.create_run("0", run_name="other")
    RUNS[other.info.run_id] = "other"
    sources = ("/etc", "s3://bucket", "s3://b/../x", "http://h/x", f"{root}/../x", f"{root}/model", "models:/price/99", "models:/m-1", "models:/none/1")
    found["refused sources"] = {
        plain(source): refusal(lambda source=source: client.create_model_version("price", source, other.info.run_id)) for source in sources
    }
    found["refusals"] = [
        refusal(lambda: client.create_model_version("absent", "s3://b/x")),
        refusal(lambda: client.create_model_version("price", "s3://b/x", tags={"a//b": "1"})),
        refusal(lambda: client.get_model_version("price", "6")),
        refusal(lambda: client.get_model_version("price", "x")),
        refusal(lambda: client.delete_model_version("price", "6")),
        refusal(lambda: client.transition_model_version_stage("price", "1", "bogus")),
        refusal(lambda: client.get_latest_versions("price", ["bogus"])),
        refusal(lambda: client.get_latest_versions("absent")),
        refusal(lambda: client.set_model_version_tag("price", "99", "a", "b")),
        refusal(lambda: client.get_model_version_download_uri("absent", "1")),
    ]
    return found


def aliases(client: MlflowClient) -> dict:
    client.set_registered_model_alias("price", "champion", "1")
    client.set_registered_model_alias("price", "é-1", "1")
    found = {"set": seen(client.get_model_version_by_alias("price", "champion"))}
    client.set_registered_model_alias("price", "champion", "3")
    found["moved"] = seen(client.get_model_version_by_alias("price", "champion"))
    found["model"] = shown(client.get_registered_model("price"))["aliases"]
    found["latest"] = client.get_model_version_by_alias("price", "latest").version
    client.delete_registered_model_alias("price", "é-1")
    client.delete_registered_model_alias("price", "é-1")
    found["deleted"] = refusal(lambda: client.get_model_version_by_alias("price", "é-1"))
    client.set_registered_model_alias("price", "short", "4")
    client.delete_model_version("price", "4")
    found["of a deleted version"] = refusal(lambda: client.get_model_version_by_alias("price", "short"))
    found["refusals"] = [
        refusal(lambda alias=alias: client.set_registered_model_alias("price", alias, "1")) for alias in ("a b", "latest", "v1", "x" * 256)
    ] + [
        refusal(lambda: client.set_registered_model_alias("price", "a", "99")),
        refusal(lambda: client.set_registered_model_alias("absent", "a", "1")),
        refusal(lambda: client.get_model_version_by_alias("absent", "a")),
        refusal(lambda: client.delete_registered_model_alias("absent", "a")),
    ]
    return found


MODEL_FILTERS = ("", "name = 'price'", "name LIKE 'm%'", "name ILIKE 'M%'", "name IN ('m-1', 'm-2')", "tags.team = 'a'", "tags.team != 'a'", "name != 'price'")
MODEL_REFUSED = ("name > 'x'", "bogus = 'x'", "name = 1", "tags.a > 'x'", "name = 'a' OR name = 'b'", "version_number = 1")
VERSION_FILTERS = (
    "name = 'm-1'", "name = 'm-1' AND version_number > 1", "run_id = 'r1'", "run_id IN ('r1', 'r2')", "source_path LIKE 's3://b/%'",
    "tags.k = '1'", "tags.k ILIKE 'A%'", "version_number <= 2 AND name LIKE 'm%'", "version_number != 1 AND name LIKE 'm%'",
)  # fmt: skip
VERSION_REFUSED = ("version_number > 'x'", "bogus = 'x'", "run_id > 'x'", "version_number LIKE 'x'", "source_path IN ('x')", "tags.k IN ('x')")


def searches(client: MlflowClient) -> dict:
    for number in range(1, 5):
        client.create_registered_model(f"{'mM'[number == 4]}-{number}", {"team": "ab"[number % 2]})
    for number, run in ((1, "r1"), (2, "r2"), (3, None)):
        client.create_model_version("m-1", f"s3://{'bc'[number == 3]}/{number}", run, tags={"k": ("1", "abc", "Abd")[number - 1]})
    client.create_model_version("m-2", "s3://b/9", "r1")

    def names(text: str = "", order=None, **more) -> list[str]:
        return [model.name for model in client.search_registered_models(text or None, order_by=order, **more)]

    def ids(text: str = "", order=("name ASC", "version_number ASC"), **more) -> list[str]:
        return [f"{each.name}/{each.version}" for each in client.search_model_versions(text or None, order_by=list(order), **more)]

    found = {
        "models": {text: names(text) for text in MODEL_FILTERS},
        "refused of models": {text: refusal(lambda text=text: names(text)) for text in MODEL_REFUSED},
        "versions": {text: ids(text) for text in VERSION_FILTERS},
        "refused of versions": {text: refusal(lambda text=text: ids(text)) for text in VERSION_REFUSED},
        "orders": {text: names("name LIKE 'm%'", [text]) for text in ("name DESC", "timestamp", "last_updated_timestamp DESC")},
        "version orders": {text: ids("name LIKE 'm-%'", [text]) for text in ("name DESC", "version_number DESC", "creation_timestamp")},
        "refused orders": [refusal(lambda: names(order=["bogus"])), refusal(lambda: ids(order=["bogus"])), refusal(lambda: names(order=["name UP"]))],
    }
    pages, token = [], None
    while True:
        page = client.search_registered_models("name ILIKE 'm%'", max_results=3, page_token=token)
        pages.append([model.name for model in page])
        token = page.token
        if not token:
            break
    found["pages"] = pages
    found["seen"] = [shown(model) for model in client.search_registered_models("name = 'm-1'")]
    found["version seen"] = [seen(version) for version in client.search_model_versions("name = 'price' AND version_number = 3")]
    found["token"] = refusal(lambda: names(page_token="no token"))
    found["too many"] = [refusal(lambda: names(max_results=1_001)), refusal(lambda: ids(max_results=200_001)), refusal(lambda: ids(max_results=0))]
    return found


def prompts(client: MlflowClient) -> dict:
    mlflow.genai.register_prompt("greet", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
    mlflow.genai.register_prompt("greet", "Hi {{name}}")
    mlflow.genai.set_prompt_alias("greet", "live", 1)
    prompt = mlflow.genai.load_prompt("prompts:/greet@live")
    return {
        "loaded": [prompt.name, prompt.version, prompt.template, sorted(prompt.tags.items()), prompt.commit_message],
        "no model": [model.name for model in client.search_registered_models("name = 'greet'")],
        "found": [found.name for found in client.search_prompts()],
        "clash": refusal(lambda: client.create_registered_model("greet")),
        "absent": mlflow.genai.load_prompt("absent", allow_missing=True),
    }


def main() -> None:
    mlflow.set_tracking_uri(f"http://127.0.0.1:{sys.argv[1]}")
    client = MlflowClient()
    # The client of MLflow 2 says on standard output where its runs are to be seen.
    with contextlib.redirect_stdout(sys.stderr):
        found = {
            "models": models(client), "versions": versions(client), "aliases": aliases(client), "searches": searches(client),
        }  # fmt: skip
        # Prompts of MLflow 2 are other calls.
        if not mlflow.__version__.startswith("2."):
            found["prompts"] = prompts(client)
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
