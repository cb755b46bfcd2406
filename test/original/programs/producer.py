"""Original producer: `producer.py ALGORITHM PAYLOAD` sends one message; without arguments, each line of standard input is one."""

import json
import os
import sys

import pika

QUEUE_NAME = os.environ.get("QUEUE_NAME", "tasks")

connection = pika.BlockingConnection(pika.ConnectionParameters(host=os.environ.get("RABBITMQ_HOST", "localhost")))
channel = connection.channel()
channel.queue_declare(queue=QUEUE_NAME)
if len(sys.argv) > 1:
    bodies = [json.dumps({"algorithm": sys.argv[1], "payload": json.loads(sys.argv[2])})]
else:
    bodies = (line.rstrip("\n") for line in sys.stdin)
for body in bodies:
    channel.basic_publish(exchange="", routing_key=QUEUE_NAME, body=body)
connection.close()
