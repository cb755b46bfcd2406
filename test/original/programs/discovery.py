"""Original discovery: a registry in memory, one host an algorithm."""

import os

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class AlgorithmRegistrationRequest(BaseModel):
    algorithm: str
    host: str


app = FastAPI()
registry = {}


@app.post("/algorithms")
async def register_algorithm(request: AlgorithmRegistrationRequest):
    registry[request.algorithm] = request.host


@app.get("/algorithms")
async def get_registry():
    return registry


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", "5099")))
