"""An agent for proto/ai_agent.proto on the C core of gRPC, which knows its five fields and nothing else.

What it says is the prompt's to choose. It prints its port, and a line for each call that was cancelled.
"""

import sys
import time
from concurrent import futures

import grpc


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def chunk(delta="", is_final=False):
    text = delta.encode()
    said = b"\x0a" + varint(len(text)) + text if text else b""
    return said + (b"\x10\x01" if is_final else b"")


def prompt_of(request):
    # The first field, of less than 128 bytes.
    return request[2 : 2 + request[1]].decode()


def generate(request, context):
    prompt = prompt_of(request)
    if prompt == "words":
        for _ in range(40):
            yield chunk("abcde")
            time.sleep(0.01)
        yield chunk("!", True)
    elif prompt == "burst":
        for number in range(3000):
            yield chunk("%05d" % number)
        yield chunk("", True)
    elif prompt == "large":
        yield chunk("é" * 1_900_000)
        yield chunk("", True)
    elif prompt.startswith("think "):
        yield chunk("first")
        time.sleep(float(prompt.split()[1]))
        yield chunk("!", True)
    elif prompt == "fail":
        for _ in range(5):
            yield chunk("word ")
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "quota is gone")
    elif prompt == "hang":
        # It never ends by itself: what is over was cancelled.
        context.add_callback(lambda: print("cancelled", flush=True))
        yield chunk("first")
        while context.is_active():
            time.sleep(0.02)


compression = grpc.Compression.Gzip if sys.argv[1] == "gzip" else grpc.Compression.NoCompression
server = grpc.server(futures.ThreadPoolExecutor(200), compression=compression)
method = grpc.unary_stream_rpc_method_handler(generate)
handlers = grpc.method_handlers_generic_handler(
    "ai.agent.v1.AIAgentService", {"GenerateTextStream": method}
)
server.add_generic_rpc_handlers((handlers,))
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
