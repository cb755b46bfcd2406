"""A producer of somebody else's: it confirms, and sets every property a message may have. Each line of standard input is a payload."""

import json
import os
import sys
import time
import uuid

import pika

QUEUE_NAME = os.environ.get("QUEUE_NAME", "tasks")

connection = pika.BlockingConnection(pika.ConnectionParameters(host=os.environ.get("RABBITMQ_HOST", "localhost")))
channel = connection.channel()
channel.queue_declare(queue=QUEUE_NAME)
channel.confirm_delivery()
for number, line in enumerate(sys.stdin):
    properties = pika.BasicProperties(
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        headers={"source": "board", "retries": number, "nested": {"list": [1, None, True]}},
        priority=number % 10,
        correlation_id=str(uuid.uuid4()),
        reply_to="answers",
        expiration="600000",
        message_id=str(uuid.uuid4()),
        timestamp=int(time.time()),
        type="task",
        user_id="guest",
        app_id="board",
    )
    message = {"id": number, "algorithm": sys.argv[1], "payload": json.loads(line), "sent_at": time.time()}
    body = json.dumps(message, ensure_ascii=False, indent=2).encode()
    channel.basic_publish(exchange="", routing_key=QUEUE_NAME, body=body, properties=properties, mandatory=True)
connection.close()
