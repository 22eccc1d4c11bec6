"""What MLflow's scoring client reads of a server: prints one JSON object. Argument: the port."""

import json
import sys

import pandas
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

frame = pandas.DataFrame({"a": [0.1, 0.5, 0.7, None], "b": [0.1, 0.9, 0.2, 0.6]})
client = ScoringServerClient("127.0.0.1", int(sys.argv[1]))


def refusal(data):
    try:
        client.invoke(data)
    except Exception as error:
        return str(error)


client.wait_server_ready(timeout=60)
print(
    json.dumps(
        {
            "ping": client.ping() is None,
            "version": client.get_version(),
            "frame": client.invoke(frame).get_predictions().iloc[:, 0].tolist(),
            "other order": client.invoke(frame[["b", "a"]]).get_predictions().iloc[:, 0].tolist(),
            "array": client.invoke(frame.to_numpy()[:3]).get_predictions().iloc[:, 0].tolist(),
            "refusal": refusal(frame[["b"]]),
        }
    )
)
