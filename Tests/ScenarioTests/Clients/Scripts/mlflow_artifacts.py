#!/usr/bin/env python3
"""Keeps artifacts with MLflow's own client, and prints what it saw as JSON, so that two servers can be compared.

usage: mlflow_artifacts.py PORT

Files from 1 MB on are sent in parts where the server takes them so. The ids of runs are replaced. The test compares the output with
mlflow_artifacts.json, which a real server answered:

    mlflow server --backend-store-uri sqlite:///tracking.db --artifacts-destination artifacts --port PORT --workers 1
    mlflow_artifacts.py PORT > mlflow_artifacts.json
"""

import contextlib
import hashlib
import json
import logging
import os
import sys
import tempfile
from pathlib import Path

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "1000000"
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = "300000"
logging.disable(logging.CRITICAL)

import mlflow  # noqa: E402
import requests  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

NAMES = ("plain.txt", "a b.txt", "ünï-日本.txt", "100%.txt", "a%20b.txt", "a+b&c=d;e.txt", "q?.txt", "back\\slash", "no ending", ".hidden", "it's")


def refusal(operation, run: str) -> str:
    try:
        operation()
    except (MlflowException, OSError, requests.HTTPError) as error:
        return f"{type(error).__name__}: {error}".replace(run, "<run>").split(" for url: ")[0].split(". Response text:")[0]
    return "no refusal"


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def listing(client: MlflowClient, run: str, path: str | None = None) -> list:
    address = client.get_run(run).info.artifact_uri + (f"/{path}" if path else "")
    return [[each.path, each.is_dir, each.file_size] for each in mlflow.artifacts.list_artifacts(artifact_uri=address)]


def filled(folder: Path) -> None:
    (folder / "deep/er/est").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        (folder / name).write_text(f"{number} {name}")
    (folder / "empty").touch()
    (folder / "deep/one.json").write_text("{}")
    (folder / "deep/er/est/two.bin").write_bytes(bytes(range(256)) * 10)


def kept(client: MlflowClient, run: str, folder: Path) -> dict:
    root = client.get_run(run).info.artifact_uri
    source = folder / "source"
    filled(source)
    mlflow.log_artifact(str(source / "plain.txt"))
    mlflow.log_artifact(str(source / "a b.txt"), "one/two")
    mlflow.log_artifacts(str(source), "all")
    mlflow.log_dict({"b": [1, 2.5, None], "a": "é"}, "dicts/a.json")
    mlflow.log_dict({"b": [1]}, "dicts/a.yaml")
    mlflow.log_text("first", "texts/t.txt")
    mlflow.log_text("second", "texts/t.txt")
    mlflow.log_text("", "texts/none.txt")
    found = {"root": listing(client, run)}
    for path in ("all", "all/deep", "all/deep/er", "one", "dicts", "texts", "texts/t.txt", "absent"):
        found[path] = listing(client, run, path)
    target = folder / "target"
    target.mkdir()
    found["tree"] = tree(Path(mlflow.artifacts.download_artifacts(artifact_uri=root, dst_path=str(target))))
    found["same"] = tree(source) == tree(target / "all")
    found["file"] = Path(mlflow.artifacts.download_artifacts(artifact_uri=f"{root}/dicts/a.yaml", dst_path=str(target))).read_text()
    found["text"] = mlflow.artifacts.load_text(f"{root}/texts/t.txt")
    found["dict"] = mlflow.artifacts.load_dict(f"{root}/dicts/a.json")
    return found


def large(client: MlflowClient, run: str, folder: Path) -> dict:
    found = {}
    for size in (999_999, 1_000_000, 1_200_000, 2_500_001):
        path = folder / f"{size}.bin"
        path.write_bytes(bytes(number * number % 251 for number in range(1_000)) * (size // 1_000) + b"x" * (size % 1_000))
        mlflow.log_artifact(str(path), "large")
        (folder / "back").mkdir(exist_ok=True)
        address = f"{client.get_run(run).info.artifact_uri}/large/{size}.bin"
        back = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=str(folder / "back")))
        found[path.name] = tree(back.parent)[path.name] == tree(folder)[path.name]
    found["listing"] = listing(client, run, "large")
    return found


def refusals(client: MlflowClient, run: str) -> dict:
    return {
        "list": [refusal(lambda path=path: listing(client, run, path), run) for path in ("../../../../x", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/x")],
        "write": [refusal(lambda path=path: mlflow.log_text("x", path), run) for path in ("../x", "a//b/x", "/etc/x")],
    }


def raw(port: str, run: str) -> dict:
    base = f"http://127.0.0.1:{port}"
    root = f"{base}/api/2.0/mlflow-artifacts/artifacts/{experiment(run)}/{run}/artifacts"
    fields = ("content-type", "content-disposition", "content-length", "content-range", "accept-ranges", "x-content-type-options")

    def seen(answer: requests.Response) -> dict:
        return {"status": answer.status_code, "body": answer.content.decode().replace(run, "<run>")} | {
            name: answer.headers[name] for name in fields if name in answer.headers and answer.ok
        }

    found = {"get": seen(requests.get(f"{root}/texts/t.txt"))}
    for field in ("bytes=0-2", "bytes=-2", "bytes=4-", "bytes=6-"):
        found[field] = seen(requests.get(f"{root}/texts/t.txt", headers={"range": field}))
    found["name"] = seen(requests.get(f"{root}/all/%C3%BCn%C3%AF-%E6%97%A5%E6%9C%AC.txt"))
    found["page"] = seen(requests.get(f"{base}/get-artifact", params={"run_id": run, "path": "dicts/a.json"}))
    for path in ("", "dicts", "texts/t.txt", "absent", "../x", "/etc", "a#b"):
        query = {"run_id": run} | ({"path": path} if path else {})
        answer = requests.get(f"{base}/api/2.0/mlflow/artifacts/list", params=query)
        found[f"list {path}"] = {"status": answer.status_code} | json.loads(answer.text.replace(run, "<run>"))
    found["put"] = seen(requests.put(f"{root}/put", data=iter([b"in ", b"chunks"])))
    found["put back"] = seen(requests.get(f"{root}/put"))
    found["deleted"] = [requests.delete(f"{root}/{path}").status_code for path in ("put", "put", "one", "absent/at/all")]
    found["after"] = [requests.get(f"{root}/{path}").status_code for path in ("put", "one/two/a%20b.txt", "plain.txt", "all")]
    return found


def experiment(run: str) -> str:
    return MlflowClient().get_run(run).info.experiment_id


def main() -> None:
    mlflow.set_tracking_uri(f"http://127.0.0.1:{sys.argv[1]}")
    client = MlflowClient()
    mlflow.set_experiment("artifacts")
    # The client of MLflow 2 says on standard output where its runs are to be seen.
    output = contextlib.redirect_stdout(sys.stderr)
    with output, mlflow.start_run() as active, tempfile.TemporaryDirectory() as folder:
        run = active.info.run_id
        (Path(folder) / "large").mkdir()
        found = {"kept": kept(client, run, Path(folder)), "large": large(client, run, Path(folder) / "large")}
        found |= {"refusals": refusals(client, run), "raw": raw(sys.argv[1], run)}
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
