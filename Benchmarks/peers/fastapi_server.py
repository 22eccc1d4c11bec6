"""One process of FastAPI, orjson and uvicorn that answers with a LightGBM model: fastapi_server.py MODEL PORT

/json takes {"inputs": [[…], …]}; /binary takes floats in the machine's order. Nothing is checked.
"""

import sys

import lightgbm
import numpy as np
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response


def main() -> None:
    booster = lightgbm.Booster(model_file=sys.argv[1])
    width = booster.num_feature()
    app = FastAPI(openapi_url=None)

    @app.post("/json")
    async def json(request: Request) -> Response:
        rows = np.array(orjson.loads(await request.body())["inputs"], np.float32)
        predictions = booster.predict(rows, num_threads=1)
        return Response(orjson.dumps({"predictions": predictions}, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")

    @app.post("/binary")
    async def binary(request: Request) -> Response:
        rows = np.frombuffer(await request.body(), np.float32).reshape(-1, width)
        return Response(booster.predict(rows, num_threads=1).tobytes(), media_type="application/octet-stream")

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
