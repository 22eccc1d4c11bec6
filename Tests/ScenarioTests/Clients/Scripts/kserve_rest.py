"""What KServe's REST client reads of a server: prints one JSON object. Arguments: the port, the model's name."""

import asyncio
import json
import sys

import numpy
from kserve import InferInput, InferRequest, InferenceRESTClient, RESTConfig

place, model = f"http://127.0.0.1:{sys.argv[1]}", sys.argv[2]
rows = numpy.array([[0.1, 0.1], [0.5, 0.9], [0.7, 0.2]], numpy.float32)


async def predictions(client, binary):
    tensor = InferInput("input", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows, binary_data=binary)
    answer = await client.infer(place, InferRequest(model_name=model, infer_inputs=[tensor], request_id="order-7"), model_name=model)
    return {"id": answer.id, "output": answer.outputs[0].as_numpy().tolist()}


async def refusal(client):
    try:
        tensor = InferInput("input", [1, 2], "FP32", [0.1, 0.1])
        await client.infer(place, InferRequest(model_name="absent", infer_inputs=[tensor]), model_name="absent")
    except Exception as error:
        return {"status": error.response.status_code, "message": str(error)}


async def main():
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    said = {
        "live": await client.is_server_live(place),
        "ready": await client.is_server_ready(place),
        "model_ready": await client.is_model_ready(place, model),
        "json": await predictions(client, False),
        "binary": await predictions(client, True),
        "refusal": await refusal(client),
    }
    await client.close()
    print(json.dumps(said))


asyncio.run(main())
