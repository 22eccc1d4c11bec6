#!/usr/bin/env python3
"""Logs models, keeps datasets and webhooks with MLflow's own client, and prints what it saw as JSON, so that two servers can be compared.

usage: mlflow_logged_models.py PORT

What differs from server to server by nature (ids, times, random names) is replaced. The test compares the output with
mlflow_logged_models.json, which a real server answered:

    mlflow server --backend-store-uri sqlite:///tracking.db --port PORT --workers 1
    mlflow_logged_models.py PORT > mlflow_logged_models.json
"""

import json
import logging
import math
import os
import sys

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
logging.disable(logging.CRITICAL)

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus, Metric  # noqa: E402
from mlflow.entities.webhook import WebhookStatus  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

IDS: dict[str, str] = {}


def plain(text: object) -> object:
    """A text in which each id stands under its own name, without what a database's driver says."""
    if not isinstance(text, str):
        return text
    for id, name in IDS.items():
        text = text.replace(id, f"<{name}>")
    return text.partition("\n")[0]


def refusal(operation) -> dict:
    try:
        operation()
    except MlflowException as error:
        return {"code": error.error_code, "message": plain(error.message)}
    return {"code": None, "message": "no refusal"}


def seen(model) -> dict:
    return {
        "name": model.name,
        "status": str(model.status),
        "type": model.model_type,
        "run": plain(model.source_run_id),
        "artifacts": plain(model.artifact_location),
        "tags": dict(sorted(model.tags.items())),
        "params": dict(sorted(model.params.items())),
        "metrics": sorted(
            [each.key, each.value, each.timestamp, each.step, each.dataset_name, each.dataset_digest, plain(each.run_id)]
            for each in model.metrics or []
        ),
        "times": 0 < model.creation_timestamp <= model.last_updated_timestamp,
    }


def models(client: MlflowClient) -> dict:
    experiment = client.create_experiment("logged models")
    IDS[f"/{experiment}/"] = "/experiment/"
    run = client.create_run(experiment, run_name="r").info.run_id
    IDS[run] = "run"
    whole = client.create_logged_model(
        experiment, name="whole", source_run_id=run, tags={"b": "2", "a": "1"}, params={"depth": "7"}, model_type="tree"
    ).model_id
    IDS[whole] = "whole"
    found = {"created": seen(client.get_logged_model(whole))}
    client.log_metric(run, "accuracy", 0.5, timestamp=1, step=2, model_id=whole, dataset_name="d", dataset_digest="x")
    client.log_batch(run, [Metric("accuracy", 0.75, 2, 3, model_id=whole), Metric("loss", math.inf, 2, 3, model_id=whole)])
    client.log_batch(run, [Metric("accuracy", 0.75, 2, 3, model_id=whole), Metric("nan", math.nan, 2, 3, model_id=whole)])
    client.log_model_params(whole, {"rate": "0.1"})
    client.set_logged_model_tags(whole, {"a": "3", "c$": "x"})
    client.delete_logged_model_tag(whole, "b")
    found["finalized"] = seen(client.finalize_logged_model(whole, LoggedModelStatus.READY))
    client.log_outputs(run, [LoggedModelOutput(whole, 3)])
    client.log_inputs(run, models=[LoggedModelInput(whole)])
    linked = client.get_run(run)
    found["outputs"] = [[plain(each.model_id), each.step] for each in linked.outputs.model_outputs]
    found["inputs"] = [plain(each.model_id) for each in linked.inputs.model_inputs]
    found["metrics of the run"] = {key: value for key, value in sorted(linked.data.metrics.items()) if key != "nan"}
    found["refusals"] = [
        refusal(lambda: client.create_logged_model(experiment, name="a/b")),
        refusal(lambda: client.create_logged_model("123456", name="a")),
        refusal(lambda: client.get_logged_model("m-0")),
        refusal(lambda: client.finalize_logged_model("m-0", LoggedModelStatus.READY)),
        refusal(lambda: client.delete_logged_model_tag(whole, "absent")),
        refusal(lambda: client.log_model_params(whole, {"rate": "0.1"})),
        refusal(lambda: client.log_metric(run, "accuracy", 0.9, timestamp=2, step=3, model_id=whole)),
    ]
    gone = client.create_logged_model(experiment, name="gone").model_id
    IDS[gone] = "gone"
    client.delete_logged_model(gone)
    found["deleted"] = refusal(lambda: client.get_logged_model(gone))
    return found


FILTERS = (
    "", "name = 'model-3'", "name LIKE 'model%'", "name ILIKE 'MODEL-1'", "name IN ('model-1', 'model-2')", "params.family = 'tree'",
    "params.family != 'tree'", "tags.team = 'a' AND metrics.score > 0.1", "metrics.score >= 0.2", "metrics.absent > 0", "model_type = 't'",
    "status = 'READY'", "source_run_id = 'x'", "creation_timestamp > 0", "attributes.name != 'model-0'",
)  # fmt: skip
REFUSED = ("name >", "bogus.x = 1", "name = 'a' OR name = 'b'", "name > 'a'", "tags.a IS NULL")
ORDERS = (
    [{"field_name": "name"}], [{"field_name": "metrics.score", "ascending": False}], [{"field_name": "metrics.score"}],
    [{"field_name": "metrics.score", "dataset_name": "d0"}], [{"field_name": "model_type"}, {"field_name": "name", "ascending": False}],
)  # fmt: skip
DATASETS = ([{"dataset_name": "d0", "dataset_digest": "x"}], [{"dataset_name": "d0"}], [{"dataset_name": "d9", "dataset_digest": "x"}])


def searches(client: MlflowClient) -> dict:
    experiment = client.create_experiment("searched models")
    run = client.create_run(experiment).info.run_id
    for count in range(6):
        id = client.create_logged_model(
            experiment, name=f"model-{count}", tags={"team": "ab"[count % 2]}, params={"family": ("tree", "net")[count % 2]}
        ).model_id
        if count != 4:
            for at, value in ((1, 1 - count / 10), (2, count / 10)):
                client.log_metric(
                    run, "score", value, timestamp=at, step=count, model_id=id, dataset_name=f"d{count % 3}", dataset_digest="x"
                )

    def names(text=None, **more) -> list[str]:
        return [each.name for each in client.search_logged_models([experiment], filter_string=text, **more)]

    found = {text: names(text, order_by=[{"field_name": "name"}]) for text in FILTERS}
    found["orders"] = [names(order_by=order + [{"field_name": "name"}]) for order in ORDERS]
    found["datasets"] = [names(datasets=each, order_by=[{"field_name": "name"}]) for each in DATASETS]
    found["refusals"] = {text: refusal(lambda text=text: names(text)) for text in REFUSED}
    found["refused orders"] = [refusal(lambda text=text: names(order_by=[{"field_name": text}])) for text in ("bogus", "params.x")]
    pages, token = [], None
    while True:
        page = client.search_logged_models([experiment], max_results=4, order_by=[{"field_name": "name"}], page_token=token)
        pages.append([each.name for each in page])
        token = page.token
        if not token:
            break
    found["pages"] = pages
    return found


def datasets(client: MlflowClient) -> dict:
    experiment = client.create_experiment("datasets")
    made = client.create_dataset(name="questions", experiment_id=[experiment], tags={"a": "b"})
    IDS[made.dataset_id] = "dataset"
    found = {"made": [made.name, made.tags, made.experiment_ids == [experiment], made.schema, made.profile, len(made.digest)]}
    made.merge_records([
        {"inputs": {"q": 1, "p": "x"}, "expectations": {"a": 2}},
        {"inputs": {"p": "x", "q": 1}, "expectations": {"b": 1.5}, "tags": {"t": "1"}},
        {"inputs": {"q": [1]}, "outputs": "text", "source": {"source_type": "HUMAN", "source_data": {"user": "u"}}},
    ])
    read = client.get_dataset(made.dataset_id)
    found["schema"] = json.loads(read.schema)
    found["profile"] = json.loads(read.profile)
    records = sorted(read.records, key=lambda each: json.dumps(each.inputs))
    found["records"] = [[each.inputs, each.outputs, each.expectations, each.tags, str(each.source and each.source.source_type)] for each in records]
    client.set_dataset_tags(made.dataset_id, {"a": "c", "d": "e"})
    client.delete_dataset_tag(made.dataset_id, "d")
    found["tags"] = client.get_dataset(made.dataset_id).tags
    found["deleted records"] = read.delete_records([records[0].dataset_record_id, "dr-0"])
    client.create_dataset(name="answers", tags={"a": "x"})
    for text in ("name = 'answers'", "tags.a = 'c'", "name LIKE '%s'", "created_time > 0"):
        found[text] = sorted(each.name for each in client.search_datasets(filter_string=text))
    found["ordered"] = [each.name for each in client.search_datasets(order_by=["name DESC"])]
    found["of the experiment"] = [each.name for each in client.search_datasets(experiment_ids=[experiment])]
    client.remove_dataset_from_experiments(made.dataset_id, [experiment])
    found["removed"] = [each.name for each in client.search_datasets(experiment_ids=[experiment])]
    client.delete_dataset(made.dataset_id)
    found["refusals"] = [
        refusal(lambda: client.get_dataset(made.dataset_id)),
        refusal(lambda: client.set_dataset_tags(made.dataset_id, {})),
        refusal(lambda: client.add_dataset_to_experiments(made.dataset_id, ["0"])),
        refusal(lambda: client.search_datasets(filter_string="foo.x = 'y'")),
    ]
    return found


def webhooks(client: MlflowClient) -> dict:
    def told(webhook) -> list:
        return [webhook.name, webhook.url, [str(each) for each in webhook.events], str(webhook.status), webhook.description, webhook.secret]

    made = client.create_webhook("w1", "https://1.1.1.1/h", ["registered_model.created", "model_version_tag.set"], "d", "hush")
    IDS[made.webhook_id] = "webhook"
    found = {"made": told(made), "found": told(client.get_webhook(made.webhook_id))}
    client.create_webhook("w2", "https://1.1.1.1/h", ["prompt.created"])
    found["listed"] = sorted(each.name for each in client.list_webhooks())
    found["changed"] = told(client.update_webhook(made.webhook_id, status=WebhookStatus.DISABLED, events=["prompt.created"], description=""))
    client.delete_webhook(made.webhook_id)
    found["refusals"] = [
        refusal(lambda: client.get_webhook(made.webhook_id)),
        refusal(lambda: client.delete_webhook(made.webhook_id)),
        refusal(lambda: client.create_webhook("w 3", "https://1.1.1.1/h", ["prompt.created"])),
        refusal(lambda: client.create_webhook("w3", "http://1.1.1.1/h", ["prompt.created"])),
        refusal(lambda: client.create_webhook("w3", "https:///x", ["prompt.created"])),
        refusal(lambda: client.create_webhook("w3", "https://127.0.0.1/x", ["prompt.created"])),
        refusal(lambda: client.list_webhooks(max_results=1001)),
    ]
    return found


def main() -> None:
    mlflow.set_tracking_uri(f"http://127.0.0.1:{sys.argv[1]}")
    client = MlflowClient()
    found = {"models": models(client), "searches": searches(client), "datasets": datasets(client), "webhooks": webhooks(client)}
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
