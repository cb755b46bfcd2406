"""A controller of somebody else's: it asks for one message at a time, and discovery anew for each of them."""

import json
import os
import urllib.error
import urllib.request

import pika

QUEUE_NAME = os.environ.get("QUEUE_NAME", "tasks")
DISCOVERY = "http://{}:{}".format(
    os.environ["RUNNER_DISCOVERY_CONTAINER_NAME"], os.environ.get("RUNNER_DISCOVERY_PORT", "5099")
)

connection = pika.BlockingConnection(pika.ConnectionParameters(host=os.environ.get("RABBITMQ_HOST", "localhost")))
channel = connection.channel()
channel.queue_declare(queue=QUEUE_NAME)
print("polling", flush=True)
while True:
    method, _, body = channel.basic_get(queue=QUEUE_NAME, auto_ack=False)
    if method is None:
        connection.sleep(0.05)
        continue
    message = json.loads(body)
    registry = json.load(urllib.request.urlopen(f"{DISCOVERY}/algorithms"))
    host = registry.get(message["algorithm"])
    if host is None:
        channel.basic_nack(method.delivery_tag, requeue=True)
        connection.sleep(0.2)
        continue
    request = urllib.request.Request(
        f"{host}/run/{message['algorithm']}", data=json.dumps(message["payload"]).encode(), method="POST"
    )
    request.add_header("Content-Type", "application/json")
    try:
        print("result", urllib.request.urlopen(request).read().decode(), flush=True)
    except urllib.error.HTTPError as error:
        print("error", error.code, json.dumps(json.load(error)["detail"]), flush=True)
    except urllib.error.URLError:
        # A runner registers before it listens.
        channel.basic_nack(method.delivery_tag, requeue=True)
        connection.sleep(0.2)
        continue
    channel.basic_ack(method.delivery_tag)
