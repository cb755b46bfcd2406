"""Original controller: asks discovery once, at the start; a message is acknowledged when it is delivered, whatever becomes of it."""

import json
import logging
import os

import pika
import requests

QUEUE_NAME = os.environ.get("QUEUE_NAME", "tasks")
DISCOVERY = "http://{}:{}".format(
    os.environ["RUNNER_DISCOVERY_CONTAINER_NAME"], os.environ.get("RUNNER_DISCOVERY_PORT", "5099")
)

logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(levelname)s :: %(message)s")
logging.getLogger("pika").setLevel("WARNING")
logger = logging.getLogger("controller")

registry = requests.request("GET", f"{DISCOVERY}/algorithms").json()
logger.info("Obtained runner registry: %s", json.dumps(registry))


def handle_message(channel, method, properties, body):
    message = json.loads(body)
    logger.info("Received message %s", message)
    algorithm = message["algorithm"]
    response = requests.request(
        "POST",
        f"{registry[algorithm]}/run/{algorithm}",
        headers={"Content-Type": "application/json"},
        data=json.dumps(message["payload"]),
    )
    if response.ok:
        logger.info("Received result from runner: %s", json.dumps(response.json()))
    else:
        logger.info("Received error response from runner: %s %s", response.status_code, json.dumps(response.json()))


connection = pika.BlockingConnection(pika.ConnectionParameters(host=os.environ.get("RABBITMQ_HOST", "localhost")))
channel = connection.channel()
channel.queue_declare(queue=QUEUE_NAME)
channel.basic_consume(queue=QUEUE_NAME, on_message_callback=handle_message, auto_ack=True)
logger.info("Listening for messages on queue %s", QUEUE_NAME)
channel.start_consuming()
