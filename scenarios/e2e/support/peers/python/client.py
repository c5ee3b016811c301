"""Requests many streams at once on one connection of gRPC's C core, and reads some of them slowly.

Takes the agent's address, how many streams and of how many keys, and files for TLS; prints JSON: for each stream its key,
its messages in hexadecimal, and the status that it ended with.
"""

import json
import sys
import threading
import time

import grpc

address, streams, keys = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if len(sys.argv) > 4:
    # Files in PEM: authority, key and certificate.
    channel = grpc.secure_channel(
        address, grpc.ssl_channel_credentials(*[open(path, "rb").read() for path in sys.argv[4:]])
    )
else:
    channel = grpc.insecure_channel(address)
generate = channel.unary_stream("/ai.agent.v1.AIAgentService/GenerateTextStream")
results = [None] * streams


def ask(number):
    key = "key-%d" % (number % keys)
    call = generate(
        b"\x0a\x05hello\x12\x05gpt-4", metadata=[("x-rehearsal-key", key)], timeout=30
    )
    messages = []
    try:
        for message in call:
            messages.append(message.hex())
            if number % 5 == 0 and len(messages) % 50 == 0:
                time.sleep(0.02)
        status = "OK"
    except grpc.RpcError as error:
        status = error.code().name
    results[number] = {"key": key, "messages": messages, "status": status}


threads = [threading.Thread(target=ask, args=(number,)) for number in range(streams)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(results))
