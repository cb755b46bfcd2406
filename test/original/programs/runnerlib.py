"""Original runner: the module `runner_adapter` of the working directory behind HTTP, told to discovery once, at the start."""

import inspect
import logging
import os
import traceback
from enum import Enum
from urllib.parse import urljoin

import requests
import runner_adapter
import uvicorn
from fastapi import FastAPI, HTTPException

try:  # pydantic 2 keeps the models of pydantic 1 here
    from pydantic.v1 import ValidationError, create_model
except ImportError:
    from pydantic import ValidationError, create_model

PORT = int(os.environ.get("PORT", "5000"))
HOST = f"http://{os.environ['CONTAINER_NAME']}:{PORT}"
DISCOVERY = "http://{}:{}/".format(
    os.environ["RUNNER_DISCOVERY_CONTAINER_NAME"], os.environ.get("RUNNER_DISCOVERY_PORT", "5099")
)

logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(levelname)s :: %(message)s")
logger = logging.getLogger("runnerlib")


class ForbidExtra:
    extra = "forbid"


def create_request_model(name, handler):
    hints = inspect.getfullargspec(handler).annotations
    fields = {field: (hint, ...) for field, hint in hints.items() if field != "return"}
    return create_model(f"AlgorithmRequestModel_{name}", __config__=ForbidExtra, **fields)


handlers = {
    name.split("run_", 1)[1]: function
    for name, function in inspect.getmembers(runner_adapter, inspect.isfunction)
    if name.startswith("run_")
}
models = {name: create_request_model(name, handler) for name, handler in handlers.items()}
SupportedAlgorithm = Enum("SupportedAlgorithm", {name: name for name in handlers})
app = FastAPI()


# A handler blocks the whole server: while it works nothing else is answered, /schemas included.
@app.post("/run/{algorithm}")
async def run_algorithm(algorithm: SupportedAlgorithm, payload: dict):
    name = algorithm.value
    logger.info("Received request to run algorithm %s on payload %s", name, payload)
    try:
        models[name].validate(payload)
    except ValidationError as error:
        raise HTTPException(status_code=400, detail=str(error))
    try:
        return {"result": handlers[name](**payload)}
    except requests.RequestException as error:
        status = error.response.status_code if error.response is not None else None
        raise HTTPException(status_code=400, detail=f"Error fetching request image, received {status}")
    except Exception:
        raise HTTPException(status_code=500, detail=traceback.format_exc())


@app.get("/schemas")
async def get_schemas():
    return {name: model.schema() for name, model in models.items()}


def register_all():
    for name in handlers:
        logger.info("Registering algorithm %s", name)
        body = {"algorithm": name, "host": HOST}
        requests.post(urljoin(DISCOVERY, "algorithms"), json=body).raise_for_status()


if __name__ == "__main__":
    register_all()
    uvicorn.run(app, host="0.0.0.0", port=PORT)
